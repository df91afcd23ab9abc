//! For tests that are compiled twice.

pub use core::prelude::v1::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
pub fn answers<T>(value: T) -> T {
    value
}
