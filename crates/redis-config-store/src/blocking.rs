//! The blocking API, for services on threads: every method blocks its thread until the result is there.
//!
//! Inside an async runtime use the async API, or call these methods on a thread for blocking work.

#[path = "dual/mod.rs"]
mod dual;

mod iterator;
mod runtime;

pub use redis_service_runtime::blocking::ListenerHandle;

pub use self::dual::*;
