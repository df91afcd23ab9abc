//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod runtime;
mod stream;

pub use self::dual::*;
