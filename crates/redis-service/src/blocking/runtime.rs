//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;

pub(crate) use maybe_async::must_be_sync as dual;

pub(crate) use super::link::Link;
