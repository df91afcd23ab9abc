use std::time::Duration;

/// How a transaction goes on when somebody else was faster.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// How often the closure is run at most, the first time included; at least once. 10 unless set.
    pub attempts: u32,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self { attempts: 10 }
    }
}

impl TransactionOptions {
    /// Sets how often the closure is run at most, the first time included.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }
}

const BASE: Duration = Duration::from_millis(1);
const CAP: Duration = Duration::from_millis(64);

/// How long to pause after so many conflicts: anything up to the exponential pause, so that those who met do
/// not meet again. `random` is from 0 to 1.
pub(crate) fn pause(conflicts: u32, random: f64) -> Duration {
    BASE.saturating_mul(1 << conflicts.min(30)).min(CAP).mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_their_cap() {
        let longest: Vec<_> = (1..9).map(|conflicts| pause(conflicts, 1.0).as_millis()).collect();
        assert_eq!(longest, [2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(pause(u32::MAX, 1.0), CAP);
        assert_eq!(pause(3, 0.0), Duration::ZERO);
    }
}
