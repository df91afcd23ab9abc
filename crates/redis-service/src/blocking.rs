//! The blocking API: `dual/` with every `async` and `.await` removed.
//!
//! Its methods block their thread. Inside an async runtime use the async API, or a thread made for blocking.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a leaf: sockets, waiting, spawning"
)]

#[path = "dual/mod.rs"]
mod dual;

mod connection;
mod dedicated_connection;
mod keys;
mod link;
mod runtime;
mod socket;
mod subscription;
mod transaction;
mod transport;

pub use redis_service_runtime::blocking::ListenerHandle;

use self::dual::{Body, Execute};
pub use self::{dual::*, keys::Keys};
