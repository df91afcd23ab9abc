//! The circuit breaker: when to stop sending calls to a server that does not answer, and when to resume.

mod status;
mod window;

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub use self::status::BreakerStatus;
use self::window::Window;
use crate::{
    config::BreakerConfig,
    error::{Error, ErrorKind, Result},
};

/// A circuit breaker.
///
/// While closed it counts; when too many calls of its window fail it opens, and calls fail at once, without
/// I/O. After a pause it admits a few calls as probes: if all succeed it closes, if one fails it opens again
/// for longer. The report of a call counts only towards the state in which the call was admitted.
///
/// While it is closed, successful calls take no lock.
#[derive(Debug)]
pub(crate) struct Breaker {
    config: BreakerConfig,
    state: Mutex<State>,
    /// The epoch of the state while its phase is `Closed`, otherwise [`NOT_CLOSED`].
    closed_in: AtomicU64,
    /// The counts since it closed.
    window: Window,
}

const NOT_CLOSED: u64 = u64::MAX;

#[derive(Debug)]
struct State {
    /// Rises with each change of phase, to distinguish late reports from current ones.
    epoch: u64,
    phase: Phase,
}

/// A change of the state that is worth a line of the log. That a probe failed is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BreakerChange {
    Opened { lasts: Duration },
    Closed,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open {
        until: Instant,
        lasts: Duration,
    },
    /// Opened by [`Breaker::force_open`].
    Forced,
    HalfOpen {
        admitted: u32,
        succeeded: u32,
        lasted: Duration,
    },
}

impl Breaker {
    pub(crate) fn new(config: BreakerConfig, now: Instant) -> Self {
        let window = Window::new(config.window, now);
        let state = Mutex::new(State { epoch: 0, phase: Phase::Closed });
        Self { config, state, closed_in: AtomicU64::new(0), window }
    }

    /// Admits a call.
    ///
    /// # Errors
    ///
    /// `CircuitOpen`, with the time to wait before the next attempt.
    pub(crate) fn admit(&self, now: Instant) -> Result<Permit<'_>> {
        let epoch = self.closed_in.load(Ordering::Acquire);
        if epoch != NOT_CLOSED {
            return Ok(Permit { breaker: self, epoch, holds_place: false });
        }
        let mut state = self.state();
        if let Phase::Open { until, lasts } = state.phase
            && until <= now
            && self.config.enabled
        {
            self.enter(&mut state, Phase::HalfOpen { admitted: 0, succeeded: 0, lasted: lasts });
        }
        match &mut state.phase {
            // It closed since that check.
            Phase::Closed => {
                return Ok(Permit { breaker: self, epoch: state.epoch, holds_place: false });
            }
            Phase::Open { until, .. } => return Err(refused(Some(until.saturating_duration_since(now)))),
            Phase::Forced => return Err(refused(None)),
            Phase::HalfOpen { admitted, succeeded, .. } => {
                // Probes that have succeeded keep their place: no more of them are needed.
                if *admitted + *succeeded >= self.config.probes {
                    return Err(refused(Some(Duration::ZERO)));
                }
                *admitted += 1;
            }
        }
        Ok(Permit { breaker: self, epoch: state.epoch, holds_place: true })
    }

    /// Refuses all calls until [`reset`](Self::reset). Returns whether that changes anything.
    pub(crate) fn force_open(&self) -> bool {
        let mut state = self.state();
        let is_change = !matches!(state.phase, Phase::Forced);
        self.enter(&mut state, Phase::Forced);
        is_change
    }

    /// Closes the breaker and forgets its counts. Returns whether it was not closed.
    pub(crate) fn reset(&self) -> bool {
        let mut state = self.state();
        let is_change = !matches!(state.phase, Phase::Closed);
        self.enter(&mut state, Phase::Closed);
        is_change
    }

    pub(crate) fn status(&self, now: Instant) -> BreakerStatus {
        match &self.state().phase {
            Phase::Forced => BreakerStatus::Open { retry_after: None },
            Phase::Closed if !self.config.enabled => BreakerStatus::Off,
            Phase::Closed => BreakerStatus::Closed,
            Phase::Open { until, .. } => {
                BreakerStatus::Open { retry_after: Some(until.saturating_duration_since(now)) }
            }
            Phase::HalfOpen { .. } => BreakerStatus::HalfOpen,
        }
    }

    fn report(&self, epoch: u64, failed: bool, now: Instant, random: f64) -> Option<BreakerChange> {
        if !failed && self.closed_in.load(Ordering::Acquire) == epoch {
            self.window.succeeded(now);
            return None;
        }
        let mut state = self.state();
        if state.epoch != epoch {
            return None;
        }
        let next = match &mut state.phase {
            Phase::Closed if failed => {
                let (failures, calls) = self.window.failed(now);
                let rate = f64::from(failures) / f64::from(calls);
                let is_too_much = failures >= self.config.min_failures && rate >= self.config.failure_rate;
                (self.config.enabled && is_too_much).then(|| self.opened(self.config.open_for, now, random))
            }
            Phase::HalfOpen { lasted, .. } if failed => {
                Some(self.opened(lasted.saturating_mul(2), now, random))
            }
            Phase::HalfOpen { admitted, succeeded, .. } => {
                *admitted = admitted.saturating_sub(1);
                *succeeded += 1;
                (*succeeded >= self.config.probes).then_some(Phase::Closed)
            }
            // It closed since that check, or counts no more.
            Phase::Closed | Phase::Open { .. } | Phase::Forced => None,
        };
        let phase = next?;
        let change = match (&state.phase, &phase) {
            (Phase::Closed, Phase::Open { lasts, .. }) => Some(BreakerChange::Opened { lasts: *lasts }),
            (_, Phase::Closed) => Some(BreakerChange::Closed),
            _ => None,
        };
        self.enter(&mut state, phase);
        change
    }

    fn enter(&self, state: &mut State, phase: Phase) {
        state.epoch += 1;
        let is_closed = matches!(phase, Phase::Closed);
        if is_closed {
            self.window.forget();
        }
        state.phase = phase;
        self.closed_in.store(if is_closed { state.epoch } else { NOT_CLOSED }, Ordering::Release);
    }

    /// The pause is longer by up to a tenth at random, so that services do not probe a server all at once.
    fn opened(&self, lasts: Duration, now: Instant, random: f64) -> Phase {
        let lasts = lasts.min(self.config.max_open_for);
        Phase::Open { until: now + lasts.mul_f64(1.0 + random / 10.0), lasts }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Succeeded,
    Failed,
    /// The result says nothing about the server.
    None,
}

/// The admission of a call. If it is dropped without a report, as when the caller is cancelled, it counts for
/// nothing and frees its place.
#[must_use]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    /// Whether the call is a probe.
    holds_place: bool,
}

impl Permit<'_> {
    /// Reports the result of the call. Returns a change of the state that is to be logged.
    pub(crate) fn report<T>(
        mut self,
        result: &Result<T>,
        now: Instant,
        random: f64,
    ) -> Option<BreakerChange> {
        let verdict = match result {
            Ok(_) => Verdict::Succeeded,
            Err(error) => verdict_on(error),
        };
        // Without a verdict, the drop frees the place.
        if verdict == Verdict::None {
            return None;
        }
        self.holds_place = false;
        self.breaker.report(self.epoch, verdict == Verdict::Failed, now, random)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.holds_place {
            return;
        }
        let mut state = self.breaker.state();
        if state.epoch == self.epoch
            && let Phase::HalfOpen { admitted, .. } = &mut state.phase
        {
            *admitted = admitted.saturating_sub(1);
        }
    }
}

/// A server that answers, even with an error, is healthy; a call that never reached it says nothing.
fn verdict_on(error: &Error) -> Verdict {
    use ErrorKind::{
        Busy, CircuitOpen, Closed, Config, Connection, InvalidInput, Loading, PoolTimeout, ReadOnly,
        Serialization, Timeout, Unsupported,
    };
    match error.kind() {
        Connection | Timeout | Loading | Busy | ReadOnly => Verdict::Failed,
        PoolTimeout | CircuitOpen | Closed | Config | InvalidInput | Serialization | Unsupported => {
            Verdict::None
        }
        _ => Verdict::Succeeded,
    }
}

fn refused(retry_after: Option<Duration>) -> Error {
    let error = Error::new(ErrorKind::CircuitOpen, "too many calls failed; this one was not tried");
    match retry_after {
        Some(retry_after) => error.with_retry_after(retry_after),
        None => error,
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
