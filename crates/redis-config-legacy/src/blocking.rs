//! The blocking API: `dual/` with every `async` and `.await` removed.
//!
//! Its methods block their thread. Inside an async runtime use the async API, or a thread made for blocking.

#[path = "dual/mod.rs"]
mod dual;

mod runtime;

pub use self::dual::*;
