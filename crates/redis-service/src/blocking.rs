//! The blocking API, for services on threads: every method blocks its thread until the result is there, and
//! all clones of a service share a pool of connections. No async runtime is in its build.
//!
//! Inside an async runtime use the async API, or call these methods on a thread for blocking work.

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
