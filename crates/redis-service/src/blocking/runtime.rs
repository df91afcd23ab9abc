//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;

pub(crate) use maybe_async::must_be_sync as dual;

pub(crate) use super::link::Link;

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;

#[cfg(test)]
pub(crate) use core::prelude::v1::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
#[cfg(test)]
pub(crate) fn answers<T>(value: T) -> T {
    value
}
