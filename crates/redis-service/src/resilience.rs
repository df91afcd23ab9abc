//! How calls survive servers and networks that fail: deadlines, retries, the circuit breaker, degradation.
//!
//! Policy without I/O: each decision takes the time as an argument.

mod breaker;
mod cache_padded;
#[cfg(feature = "async")]
mod coalescing;
mod deadline;
mod degrade;
#[cfg(feature = "async")]
mod liveness;
mod patience;
mod retry;

pub use self::{breaker::BreakerStatus, deadline::Deadline, degrade::Degrade};

pub(crate) use self::{
    breaker::{Breaker, Permit},
    cache_padded::CachePadded,
    patience::Patience,
    retry::{Attempts, RetryBudget},
};
#[cfg(feature = "async")]
pub(crate) use self::{coalescing::Coalescing, liveness::Liveness};
