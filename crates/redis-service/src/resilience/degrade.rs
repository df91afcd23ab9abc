use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{clock, error::Result};

/// Degrades results, so that a caller can go on without Redis where it chooses to.
///
/// ```
/// use redis_service::{Degrade, Error};
///
/// # fn get() -> Result<Option<u32>, Error> { Ok(Some(1)) }
/// # fn count() -> Result<u64, Error> { Ok(1) }
/// # fn set() -> Result<(), Error> { Ok(()) }
/// // `redis.get("limit")?` fails while Redis is down; this returns `None` then, and logs a warning.
/// let limit: Option<u32> = get().unavailable_as_none()?;
/// // Every other call has a value of its own for that.
/// let visits: u64 = count().unavailable_as(0)?;
/// set().unavailable_as(())?;
/// # Ok::<(), Error>(())
/// ```
pub trait Degrade: Sized {
    /// What the call returns.
    type Value;

    /// Turns an error of unavailability ([`Error::is_unavailable`](crate::error::Error::is_unavailable)) into
    /// `default`, and counts it: [`Health::degraded_calls`](crate::health::Health::degraded_calls). At most once
    /// a second it logs a warning with the number of calls since the last. All other errors stay errors: a
    /// value that does not decode, a wrong password or a wrong type is not a miss.
    ///
    /// Of a write whose [outcome](crate::error::Error::outcome) is unknown, the caller no longer learns that Redis
    /// may have done it.
    ///
    /// # Errors
    ///
    /// Every error that is not unavailability.
    fn unavailable_as(self, default: Self::Value) -> Result<Self::Value>;

    /// Turns an error of unavailability into `None`, as [`unavailable_as`](Self::unavailable_as) does.
    ///
    /// # Errors
    ///
    /// Every error that is not unavailability.
    fn unavailable_as_none<T>(self) -> Result<Option<T>>
    where
        Self: Degrade<Value = Option<T>>,
    {
        self.unavailable_as(None)
    }
}

impl<T> Degrade for Result<T> {
    type Value = T;

    fn unavailable_as(self, default: T) -> Self {
        match self {
            Err(error) if error.is_unavailable() => {
                if let Some(calls) = error.degradations().unwrap_or(&UNATTRIBUTED).count(clock::now()) {
                    tracing::warn!(%error, calls, "Redis is unavailable; going on without");
                }
                Ok(default)
            }
            other => other,
        }
    }
}

/// The errors of no server, such as those of a deadline that had passed before the call.
static UNATTRIBUTED: Degradations = Degradations::new();

/// Counts the calls of one server that were degraded, and says when to log.
#[derive(Debug)]
pub(crate) struct Degradations {
    total: AtomicU64,
    logged: Mutex<Option<Logged>>,
}

#[derive(Debug)]
struct Logged {
    at: Instant,
    total: u64,
}

/// The time between two lines of the log.
const PAUSE: Duration = Duration::from_secs(1);

impl Degradations {
    pub(crate) const fn new() -> Self {
        Self { total: AtomicU64::new(0), logged: Mutex::new(None) }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Counts one. Returns how many there were since the last line, if another line is due.
    fn count(&self, now: Instant) -> Option<u64> {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let total = self.total.fetch_add(1, Ordering::Relaxed) + 1;
        let before = match &*logged {
            Some(logged) if now.saturating_duration_since(logged.at) < PAUSE => return None,
            Some(logged) => logged.total,
            None => 0,
        };
        *logged = Some(Logged { at: now, total });
        Some(total - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    #[test]
    fn unavailability_is_a_miss_and_nothing_else_is() {
        use ErrorKind::{Busy, CircuitOpen, Connection, Loading, PoolTimeout, Timeout};
        for kind in ErrorKind::ALL {
            let result = Err::<Option<u8>, _>(Error::new(kind, "")).unavailable_as_none();
            let is_miss = matches!(kind, Connection | Timeout | PoolTimeout | CircuitOpen | Loading | Busy);
            assert_eq!(result.is_ok(), is_miss, "{kind:?}");
        }
        assert_eq!(Ok(Some(1)).unavailable_as_none().unwrap(), Some(1));
        let down = || Error::new(Connection, "");
        assert_eq!(Err(down()).unavailable_as(7).unwrap(), 7);
        assert_eq!(Err(down()).unavailable_as(vec![1]).unwrap(), [1]);
        Err::<(), _>(down()).unavailable_as(()).unwrap();
        Err::<(), _>(Error::new(ErrorKind::WrongType, "")).unavailable_as(()).unwrap_err();
    }

    #[test]
    fn every_call_is_counted_and_one_a_second_is_logged() {
        let (degradations, start) = (Degradations::new(), Instant::now());
        let lines: Vec<_> =
            (0..3_500).filter_map(|call| degradations.count(start + Duration::from_millis(call))).collect();
        assert_eq!(lines, [1, 1_000, 1_000, 1_000]);
        assert_eq!(degradations.total(), 3_500);
    }
}
