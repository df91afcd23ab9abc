//! What `dual/` needs of the async API.

pub(crate) use maybe_async::must_be_async as dual;
pub(crate) use tokio::time::sleep;

pub(crate) use super::link::Link;
