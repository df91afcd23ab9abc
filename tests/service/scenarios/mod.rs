//! The service: one file per worry, each run through both APIs.

// Arguments are checked before anything is sent.
mod bad_input;
// Text that other programs write and read without JSON.
mod bare_text;
// Many keys at a time: order, missing keys, all or nothing.
mod bulk;
// Every stored form of a value is read, whichever form is written.
mod codecs;
// Commands without a method of their own; dedicated connections.
mod commands;
// Consumers of streams: what is delivered, how often, and what is missing.
mod consumers;
// Counters count exactly once.
mod counters;
// When keys expire.
mod expiry;
// The extension points that sibling crates use.
mod extension;
// Hashes: typed fields, and structs as hashes.
mod hashes;
// What the service reports of itself: health, breaker, degradation.
mod health;
// What the server is told of each connection.
mod identity;
// Connections die while no call is made.
mod idling;
// The rights that the guide lists for a user suffice.
mod least_privilege;
// Lists: order, both ends, and positions that do not exist.
mod lists;
// Keys of different namespaces, and patterns, stay apart.
mod namespaces;
// A server is down, goes away, comes back or refuses; the service closes.
mod outages;
// Pipelines: one round trip, and a result for each command.
mod pipelines;
// A subscriber receives every message, or an event that says some were lost.
mod pubsub;
// Every operation of the service can be queued, under the same name and with the same result.
mod queued_operations;
// The types of replies to each command.
mod reply_types;
// Keys by pattern: found, listed, deleted.
mod scans;
// A service without a server, whose commands are answered from a script.
mod scripted;
// Scripts run once, whether the server knows them or not.
mod scripts;
// Nothing shows passwords, users, values or arguments.
mod secrets;
// What the server says is there on request, and nowhere else.
mod server_text;
// Sets hold each member once.
mod sets;
// Sorted sets: order, ranks, and scores at the limits of numbers.
mod sorted_sets;
// Settings that do not exist.
mod settings;
// Subscriptions end with their service, and with what reads their connection.
mod subscription_ends;
// Streams: ids, order, what is trimmed and what does not decode; groups and what is pending in them.
mod streams;
// States that a subscription reports survive an overflow; its heartbeat is no flood.
mod subscription_states;
// Values that Python services have stored, and values that they will read.
mod stored_by_python;
// A value is waited for on a connection of the caller's own.
mod blocking_pops;
// Values that Python writes as well are the same bytes.
mod python_json;
// Which servers and certificates are trusted.
mod tls;
// Transactions: no lost update, nothing left behind on the connection.
mod transactions;
// The server is at a Unix domain socket.
mod unix_sockets;
// A value comes back as it was stored.
mod values;
