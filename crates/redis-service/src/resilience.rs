//! How the service lives with servers and networks that fail: decisions, and no I/O.

#[cfg(feature = "async")]
mod coalescing;
#[cfg(feature = "async")]
mod liveness;

#[cfg(feature = "async")]
pub(crate) use self::{coalescing::Coalescing, liveness::Liveness};
