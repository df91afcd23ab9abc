//! A service whose commands are answered from a script, for unit tests without a server; behind the feature
//! `testing`.
//!
//! [`RedisService::scripted`](crate::blocking::Service::scripted) and
//! [`AsyncRedisService::scripted`](crate::asynchronous::Service::scripted) return an ordinary service. Only its sockets
//! are replaced, by memory: encoding, pipelining, retries, the breaker, the classification of errors and the decoding
//! of replies are those of every other service. The [guide](crate::guide::testing) has examples, and says what to test
//! with a script and what with a real server.
//!
//! - [`ScriptedServer`] is the script: the expected commands, and the [`Answer`] to each.
//! - [`Recorded`] is what the service sent.
//!
//! An error about a command that the script does not expect names the command and the number of its arguments, never an
//! argument: the code under test may log it. [`Recorded`] shows everything: only the test sees it.

mod answer;
mod conversation;
mod expectation;
mod recorded;
mod request;
mod scripted_server;
mod state;
mod transaction;
mod unscripted;

#[cfg(feature = "blocking")]
pub(crate) use self::conversation::Incoming;
pub use self::{
    answer::Answer,
    recorded::Recorded,
    scripted_server::{PendingExpectation, ScriptedServer},
};
pub(crate) use self::{
    conversation::Conversation, state::ServerState, unscripted::parse as parse_unscripted,
};

/// The words of a command.
type Words = Vec<Vec<u8>>;
