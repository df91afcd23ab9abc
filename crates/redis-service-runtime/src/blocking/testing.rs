//! For tests that are compiled twice.

pub use core::prelude::v1::test as scenario;

/// Wraps the value that a mock returns as this API returns it.
pub fn answers<T>(value: T) -> T {
    value
}
