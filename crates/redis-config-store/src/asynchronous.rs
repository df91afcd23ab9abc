//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod runtime;
mod stream;

pub use redis_service_runtime::asynchronous::ListenerHandle;

pub use self::dual::*;
