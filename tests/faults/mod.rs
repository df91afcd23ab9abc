//! What goes wrong outside, one file per worry, each run through both APIs. Effects are counted on the server, through
//! a connection of the testkit's own.

// What every fault is watched from.
pub(crate) mod bench;
// Watchers of every kind, and what they were told.
mod audience;

// An established connection that swallows everything.
mod black_hole;
// The circuit breaker, as the server sees it.
mod breaker;
// Connections of one caller's own, and what the breaker makes of them.
mod breaker_connections;
// A script that blocks the server.
mod busy;
// A port that nobody listens on.
mod closed_port;
// Configuration on a server that drops any key when it is full.
mod config_eviction;
// Configuration on a primary whose replica takes over.
mod config_failover;
// What is done to configuration, and what watchers are told of it.
mod config_harm;
// Configuration that Redis loses, forks or restores: told by name.
mod config_losses;
// Configuration that somebody else writes to, past the store.
mod config_tampering;
// Announcements of changes that do not come.
mod config_notifications;
// Changes of which the server tells by tracking keys.
mod config_tracking;
// Configuration from a file, while Redis is down.
mod config_cold_start;
// Configuration that cannot be reached for a while.
mod config_outages;
// Configuration on a server that refuses writes.
mod config_refusals;
// Configuration from an older dump.
mod config_restore;
// Requests that arrive in part.
mod cut_requests;
// A server that forgets its scripts.
mod forgotten_scripts;
// A server that stands still, and what it does when it goes on.
mod frozen;
// Replies that are none, and replies that nobody asked for.
mod garbage;
// A server that is loading its data.
mod loading;
// Replies that are lost on the way.
mod lost_replies;
// Which server could not be reached, in every error and log.
mod named_servers;
// A server without memory.
mod out_of_memory;
// Passwords that are wrong, users that may not.
mod permissions;
// A master that has become a replica.
mod read_only;
// Writes that the server refuses until somebody acts.
mod refused_writes;
// Passwords that change while the service runs.
mod rotation;
// Passwords and values, in whatever can be shown.
mod secrets;
// Scripts that fail in their own words, or for a right that is missing.
mod script_errors;
// A server that accepts connections and says nothing.
mod silent_handshake;
// Replies that come byte by byte.
mod trickle;
// Values of another type leave the connection alone.
mod wrong_types;
