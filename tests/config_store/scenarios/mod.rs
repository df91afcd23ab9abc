//! The configuration store: one file per worry, each run through both APIs.

// An error names the method that was called, and the caller's key.
mod errors;
// What a key held: history, versions, differences, going back.
mod history;
// What is known locally is never older than what was read, followed or committed, and is bounded.
mod known_locally;
// The rights that the guide lists for users of the configuration store suffice.
mod least_privilege;
// The older layout is read and written, and its own reader understands what we write.
mod legacy;
// The older layout is taken over, with its history.
mod legacy_adoption;
// Several writers change the older layout at the same time, an older writer among them.
mod legacy_races;
// Watchers of the older layout receive every change, announced or not.
mod legacy_watch;
// Stores that share a service share one listener.
mod listening;
// A live value stays current, and says so when it cannot.
mod live;
// An operation that is repeated is done once, and its name stands for one commit.
mod operations;
// Several writers change the same configuration at the same time.
mod races;
// Stores of one service that have opened the same namespace share one local copy.
mod sharing;
// Configuration is put, changed and deleted: versions, expectations, commits.
mod store;
// A watcher is waited on for a limited time, and closed from elsewhere.
mod waiting;
// A watcher receives every change once, in order, and nothing else.
mod watch;
// What the user wrote may take long, panic, and look at the live value that it belongs to.
mod user_code;
