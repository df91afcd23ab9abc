//! One file per worry, each run through both APIs.

// Arguments are checked before anything is sent.
mod bad_input;
// Many keys at a time: order, gaps, all or nothing.
mod bulk;
// Commands without a method of their own; connections of one's own.
mod commands;
// Counters, and that nothing counts twice.
mod counters;
// When keys expire.
mod expiry;
// What the service knows of itself: health, breaker, degradation.
mod health;
// Keys of different namespaces, and patterns, keep apart.
mod namespaces;
// A server that is down, goes away, comes back or says no; closing.
mod outages;
// Pipelines: one round trip, and a result for each command.
mod pipelines;
// Keys by pattern: found, listed, deleted.
mod scans;
// Scripts run once, known to the server or not.
mod scripts;
// What Python services have stored, and will read.
mod stored_by_python;
// Transactions: nothing is lost to others, nothing is left behind.
mod transactions;
// What a value is, and that it comes back as it went in.
mod values;
