//! Redis for Rust services.

mod error;

pub use error::{Error, ErrorKind, Outcome, Result};
