//! Deadlines, retries, the circuit breaker and graceful degradation: how calls survive failing servers and
//! networks.
//!
//! All of it is policy without I/O: each decision takes the time as an argument.

mod breaker;
mod cache_padded;
#[cfg(feature = "async")]
mod coalescing;
mod deadline;
mod degrade;
#[cfg(feature = "async")]
mod liveness;
mod outage;
mod patience;
mod retry;
mod sequence_check;

pub use self::{breaker::BreakerStatus, deadline::Deadline, degrade::Degrade};

pub(crate) use self::{
    breaker::{Breaker, BreakerChange, Permit},
    cache_padded::CachePadded,
    degrade::Degradations,
    outage::{ConnectionChange, Outage},
    patience::Patience,
    retry::{Attempts, RetryBudget},
    sequence_check::SequenceCheck,
};
#[cfg(feature = "async")]
pub(crate) use self::{coalescing::Coalescing, liveness::Liveness};
