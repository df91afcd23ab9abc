//! The async API, on tokio.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a leaf: sockets, waiting, spawning"
)]

#[path = "dual/mod.rs"]
mod dual;

mod connect;
mod dedicated_connection;
mod keys;
mod multiplexed;
mod runtime;
mod socket;
mod subscription;
mod transaction;
mod transport;

pub use redis_service_runtime::asynchronous::ListenerHandle;

use self::dual::{Body, Execute};
pub use self::{dual::*, keys::Keys};
