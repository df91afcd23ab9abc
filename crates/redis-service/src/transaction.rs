//! The options of a transaction.

use std::time::Duration;

use redis_service_runtime::{Backoff, Jitter};

/// How a transaction goes on after another client changed a watched key.
///
/// ```
/// use redis_service::transaction::TransactionOptions;
///
/// // For a key that many clients change at the same time.
/// let options = TransactionOptions::default().with_attempts(50);
/// # drop(options);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// How many times the closure runs, at most, the first time included; at least once. Default: 10.
    pub attempts: u32,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self { attempts: 10 }
    }
}

impl TransactionOptions {
    /// Sets how many times the closure runs, at most, the first time included.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }
}

const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(2), Duration::from_millis(64));

/// Returns the pause after this number of conflicts: any time up to the exponential pause, so that those who
/// collided do not collide again. `random` is from 0 to 1.
pub(crate) fn pause(conflicts: u32, random: f64) -> Duration {
    Jitter::Full.apply(BACKOFF.after(conflicts), random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_their_cap() {
        let longest: Vec<_> = (1..9).map(|conflicts| pause(conflicts, 1.0).as_millis()).collect();
        assert_eq!(longest, [2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(pause(u32::MAX, 1.0), Duration::from_millis(64));
        assert_eq!(pause(3, 0.0), Duration::ZERO);
    }
}
