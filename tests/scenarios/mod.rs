//! One file per worry, each run through both APIs.

// Arguments are checked before anything is sent.
mod bad_input;
// Many keys at a time: order, gaps, all or nothing.
mod bulk;
// Forms of stored values, and that all of them are read.
mod codecs;
// Commands without a method of their own; connections of one's own.
mod commands;
// What a key held: history, versions, differences, going back.
mod config_history;
// The layout of an older store is read and written, and what its own reader sees.
mod config_legacy;
// The older layout is taken over, with its history.
mod config_legacy_adoption;
// Several write the older layout at the same time, an older writer among them.
mod config_legacy_races;
// Whoever watches the older layout is told what changes, announced or not.
mod config_legacy_watch;
// The rights that the guide says users of the configuration store need.
mod config_least_privilege;
// Several change the same configuration at the same time.
mod config_races;
// Configuration is put, changed and deleted: versions, expectations, commits.
mod config_store;
// Whoever watches is told everything once, in order, and nothing else.
mod config_watch;
// Stores that share a service share what listens.
mod config_listening;
// A value that is kept current, and what it is when it cannot be.
mod config_live;
// Counters, and that nothing counts twice.
mod counters;
// When keys expire.
mod expiry;
// What sibling crates stand on.
mod extension;
// Hashes: typed fields, and structs as hashes.
mod hashes;
// What the service knows of itself: health, breaker, degradation.
mod health;
// Connections that died while nobody called.
mod idling;
// The rights that the guide says a user needs.
mod least_privilege;
// Lists: order, both ends, and places that do not exist.
mod lists;
// Keys of different namespaces, and patterns, keep apart.
mod namespaces;
// A server that is down, goes away, comes back or says no; closing.
mod outages;
// Pipelines: one round trip, and a result for each command.
mod pipelines;
// What is published is heard, or its loss is told.
mod pubsub;
// Whatever the service can do, queued: by the same names, with the same results.
mod queued_operations;
// Keys by pattern: found, listed, deleted.
mod scans;
// Scripts run once, known to the server or not.
mod scripts;
// Passwords, users, values and arguments are shown by nothing.
mod secrets;
// Sets: members are there once.
mod sets;
// Sorted sets: order, ranks, and scores at the edge of what is a number.
mod sorted_sets;
// What Python services have stored, and will read.
mod stored_by_python;
// Servers and certificates that are not to be trusted, and those that are.
mod tls;
// Transactions: nothing is lost to others, nothing is left behind.
mod transactions;
// What a value is, and that it comes back as it went in.
mod values;
