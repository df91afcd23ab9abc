//! The blocking API: `dual/` with every `async` and `.await` removed.
//!
//! Its methods block their thread. Inside an async runtime use the async API, or a thread made for blocking.

#[path = "dual/mod.rs"]
mod dual;

mod iterator;
mod runtime;

pub use redis_service_runtime::blocking::ListenerHandle;

pub use self::dual::*;
