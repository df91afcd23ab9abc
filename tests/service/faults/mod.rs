//! Faults outside the service, one file per worry, each run through both APIs. Tests count effects on the server,
//! through a connection of the testkit's own.

// An established connection swallows everything.
mod black_hole;
// What the circuit breaker lets through, counted on the server.
mod breaker;
// How the breaker judges dedicated connections, transactions and subscriptions.
mod breaker_connections;
// A script blocks the server.
mod busy;
// No process listens on the port.
mod closed_port;
// Consumers of streams: kills, freezes and lost replies lose nothing.
mod consumers;
// Requests arrive in part.
mod cut_requests;
// The server loses its scripts.
mod forgotten_scripts;
// The server stands still, and later runs what it had received.
mod frozen;
// Replies are malformed, or answer no request.
mod garbage;
// The service starts while the server is down.
mod late_start;
// The server is loading its data.
mod loading;
// Replies are lost on their way.
mod lost_replies;
// Every error and log names the server that could not be reached.
mod named_servers;
// The server refuses what is sent before all of it has arrived.
mod oversized;
// A connection has a reply too many or too few.
mod out_of_step;
// What the log says of an outage: when it began, when it ended, and little in between.
mod outage_log;
// The server is out of memory.
mod out_of_memory;
// Passwords are wrong, or users lack rights.
mod permissions;
// A master has become a replica.
mod read_only;
// The server refuses writes until an operator acts.
mod refused_writes;
// Passwords change while the service runs.
mod rotation;
// No error, log or trace shows a password or a value.
mod secrets;
// Scripts that fail with an error of their own, or for a missing right.
mod script_errors;
// The server accepts connections and sends nothing.
mod silent_handshake;
// Replies arrive byte by byte.
mod trickle;
// A value of another type leaves the connection usable.
mod wrong_types;
