//! The async API, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod runtime;

pub use self::dual::*;
