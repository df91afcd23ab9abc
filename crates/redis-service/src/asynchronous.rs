//! The async API, on tokio: every method is an `async fn`, and all clones of a service share one connection.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a leaf: sockets, waiting, spawning"
)]

#[path = "dual/mod.rs"]
mod dual;

mod connect;
mod consumer;
mod dedicated_connection;
mod keys;
mod multiplexed;
mod runtime;
#[cfg(feature = "testing")]
mod scripted;
mod socket;
mod subscription;
mod transaction;
mod transport;

#[doc = include_str!("asynchronous/examples/listener.md")]
pub use redis_service_runtime::asynchronous::ListenerHandle;

use self::dual::{Body, Execute};
pub use self::{dual::*, keys::Keys};
