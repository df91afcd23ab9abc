//! Faults outside the configuration store, one file per worry, each run through both APIs.

// Damages a namespace, and checks what its watchers receive.
mod harm;
// Watchers of every kind on one store, and the events that each received.
mod watcher_panel;

// Redis is down, and the store starts from its snapshot file.
mod cold_start;
// The server is full and drops any key.
mod eviction;
// The primary is lost and its replica takes over.
mod failover;
// Redis loses, forks or restores configuration: the event names the reason.
mod losses;
// Announcements of changes do not come.
mod notifications;
// The store cannot be reached for a while.
mod outages;
// The server refuses writes.
mod refusals;
// The server starts again with an older dump.
mod restore;
// A snapshot file is damaged, or not the store's own, or left half written.
mod snapshot_files;
// Another program writes to the store's keys.
mod tampering;
// The server announces changes by tracking keys.
mod tracking;
