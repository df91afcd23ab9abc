//! One file per worry, each run through both APIs.

// Arguments are checked before anything is sent.
mod bad_input;
// Many keys at a time: order, gaps, all or nothing.
mod bulk;
// Commands without a method of their own; connections of one's own.
mod commands;
// What a key held: history, versions, differences, going back.
mod config_history;
// Several change the same configuration at the same time.
mod config_races;
// Configuration is put, changed and deleted: versions, expectations, commits.
mod config_store;
// Whoever watches is told everything once, in order, and nothing else.
mod config_watch;
// A value that is kept current, and what it is when it cannot be.
mod config_live;
// Counters, and that nothing counts twice.
mod counters;
// When keys expire.
mod expiry;
// What the service knows of itself: health, breaker, degradation.
mod health;
// Connections that died while nobody called.
mod idling;
// The rights that the guide says a user needs.
mod least_privilege;
// Keys of different namespaces, and patterns, keep apart.
mod namespaces;
// A server that is down, goes away, comes back or says no; closing.
mod outages;
// Passwords, users, values and arguments are shown by nothing.
mod secrets;
// What Python services have stored, and will read.
mod stored_by_python;
// Servers and certificates that are not to be trusted, and those that are.
mod tls;
// What is published is heard, or its loss is told.
mod pubsub;
// What a value is, and that it comes back as it went in.
mod values;
