//! Helpers for tests that are compiled twice.

pub use core::prelude::v1::test as scenario;

/// Wraps the value that a mock returns into this API's form: the value itself.
pub fn answers<T>(value: T) -> T {
    value
}
