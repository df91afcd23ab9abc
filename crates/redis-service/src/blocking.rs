//! The blocking API, for services on threads: every method blocks its thread until the result is there, and
//! all clones of a service share a pool of connections. No async runtime is in its build.
//!
//! Inside an async runtime use the async API, or call these methods on a thread for blocking work.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a leaf: sockets, waiting, spawning"
)]

#[path = "dual/mod.rs"]
mod dual;

mod connection;
mod consumer;
mod dedicated_connection;
mod keys;
mod link;
mod pool_thread;
mod runtime;
#[cfg(feature = "testing")]
mod scripted;
mod socket;
mod subscription;
mod transaction;
mod transport;

#[doc = include_str!("blocking/examples/listener.md")]
pub use redis_service_runtime::blocking::ListenerHandle;

use self::dual::{Body, Execute};
pub use self::{dual::*, keys::Keys};
