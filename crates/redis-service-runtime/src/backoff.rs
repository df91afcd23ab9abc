use std::time::Duration;

/// Pauses that grow with the number of failures in a row.
///
/// It reads no clock and draws no random number; a [`Jitter`] spreads what it returns.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use redis_service_runtime::{Backoff, Jitter};
///
/// let mut backoff = Backoff::doubling(Duration::from_millis(20), Duration::from_secs(1));
/// assert_eq!(backoff.failed(), Duration::from_millis(20));
/// assert_eq!(backoff.failed(), Duration::from_millis(40));
/// assert_eq!(Jitter::Half.apply(backoff.failed(), 0.5), Duration::from_millis(60));
/// backoff.reset();
/// assert_eq!(backoff.failed(), Duration::from_millis(20));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    growth: Growth,
    /// The number of failures in a row.
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum Growth {
    Doubling,
    Linear,
}

impl Backoff {
    /// Pauses that double, from `first` up to `longest`.
    #[must_use]
    pub const fn doubling(first: Duration, longest: Duration) -> Self {
        Self { first, longest, growth: Growth::Doubling, failures: 0 }
    }

    /// Pauses that grow by `step`, from one step up to `longest`.
    #[must_use]
    pub const fn linear(step: Duration, longest: Duration) -> Self {
        Self { first: step, longest, growth: Growth::Linear, failures: 0 }
    }

    /// Counts a failure, and returns the pause after it.
    pub fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.after(self.failures)
    }

    /// Forgets the counted failures. Call it after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Returns the pause after this number of failures in a row, for callers that count by themselves: 1 for
    /// the first.
    #[must_use]
    pub fn after(&self, failures: u32) -> Duration {
        let times = match self.growth {
            Growth::Doubling => 1 << failures.saturating_sub(1).min(30),
            Growth::Linear => failures,
        };
        self.first.saturating_mul(times).min(self.longest)
    }
}

/// How pauses are spread at random, so that callers that failed together do not come back together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Jitter {
    /// Any time up to the pause: spreads callers over the most time.
    Full,
    /// Between half of the pause and all of it: never zero.
    Half,
    /// Between four fifths of the pause and all of it: nearly an interval, but the instances of a service do
    /// not all act at the same moment.
    Spread,
}

impl Jitter {
    /// Returns the spread pause. `random` is from 0 to 1; with 1 the result is the whole pause.
    #[must_use]
    pub fn apply(self, pause: Duration, random: f64) -> Duration {
        let share = match self {
            Self::Full => random,
            Self::Half => 0.5 + random / 2.0,
            Self::Spread => 0.8 + random / 5.0,
        };
        // `mul_f64` panics where this fails: a float may be rounded to more than a duration can hold.
        Duration::try_from_secs_f64(pause.as_secs_f64() * share).unwrap_or(pause).min(pause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn pauses(backoff: &mut Backoff, times: usize) -> Vec<u128> {
        (0..times).map(|_| backoff.failed().as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::doubling(20 * MS, 1_000 * MS);
        assert_eq!(pauses(&mut backoff, 8), [20, 40, 80, 160, 320, 640, 1_000, 1_000]);
        backoff.reset();
        assert_eq!(pauses(&mut backoff, 2), [20, 40]);
        assert_eq!(backoff.after(u32::MAX), 1_000 * MS);
    }

    #[test]
    fn pauses_grow_by_steps_up_to_the_longest() {
        let mut backoff = Backoff::linear(MS, 5 * MS);
        assert_eq!(pauses(&mut backoff, 7), [1, 2, 3, 4, 5, 5, 5]);
        assert_eq!(backoff.after(u32::MAX), 5 * MS);
    }

    #[test]
    fn jitter_begins_at_its_share_of_the_pause() {
        let least = |jitter: Jitter| jitter.apply(1_000 * MS, 0.0).as_millis();
        assert_eq!([Jitter::Full, Jitter::Half, Jitter::Spread].map(least), [0, 500, 800]);
    }

    fn any_duration() -> impl Strategy<Value = Duration> {
        (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_the_one_before_or_longer_than_the_longest(
            first in any_duration(), longest in any_duration(), failures in 1..100_u32, is_linear: bool,
        ) {
            let new = if is_linear { Backoff::linear } else { Backoff::doubling };
            let backoff = new(first, longest);
            prop_assert_eq!(backoff.after(1), first.min(longest));
            prop_assert!(backoff.after(failures) <= backoff.after(failures + 1));
            prop_assert!(backoff.after(failures) <= longest);
        }

        #[test]
        fn jitter_stays_within_its_bounds(pause in any_duration(), random in 0.0..=1.0_f64) {
            for (jitter, least) in [(Jitter::Full, 0.0), (Jitter::Half, 0.5), (Jitter::Spread, 0.8)] {
                let spread = jitter.apply(pause, random);
                prop_assert!(spread <= pause);
                // The bounds hold except for the rounding of a float.
                prop_assert!(spread.as_secs_f64() >= pause.as_secs_f64() * least * (1.0 - 1e-9) - 1e-9);
            }
        }
    }
}
