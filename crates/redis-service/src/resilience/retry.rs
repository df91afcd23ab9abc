//! Whether to retry, and when.

mod budget;

pub(crate) use budget::RetryBudget;

use std::time::{Duration, Instant};

use redis_service_runtime::{Backoff, Jitter};

use crate::{
    config::RetryPolicy,
    error::{Error, ErrorKind, Outcome},
    protocol::RetryCategory,
    resilience::Deadline,
};

/// The attempts of one call.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    deadline: Deadline,
    made: u32,
    /// Whether an earlier attempt may have been applied. No later attempt can undo that.
    is_uncertain: bool,
    /// The error of the last attempt but one.
    earlier: Option<Error>,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(policy: &'a RetryPolicy, budget: &'a RetryBudget, deadline: Deadline) -> Self {
        Self { policy, budget, deadline, made: 0, is_uncertain: false, earlier: None }
    }

    /// Notes that an attempt succeeded.
    pub(crate) fn succeeded(&self) {
        self.budget.refund(self.made > 0);
    }

    /// Returns how many attempts failed.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Notes that an attempt failed, at work of this category. Returns the pause before the next attempt.
    ///
    /// # Errors
    ///
    /// The call's error, if no further attempt follows. Its outcome covers all attempts.
    pub(crate) fn failed(
        &mut self,
        error: Error,
        category: RetryCategory,
        now: Instant,
        random: f64,
    ) -> Result<Duration, Error> {
        self.made += 1;
        self.is_uncertain |= error.outcome() == Outcome::Unknown;
        let pause = self.pause(random);
        let may_repeat = self.made < self.policy.attempts
            && is_worth_repeating(&error, category)
            && pause < self.deadline.left(now)
            && self.budget.withdraw();
        if may_repeat {
            self.earlier = Some(error);
            return Ok(pause);
        }
        // An attempt that had too little time left says less than the one before.
        let ran_out = self.deadline.has_passed(now)
            && error.kind() == ErrorKind::Timeout
            && error.outcome() == Outcome::NotApplied;
        let error = self.earlier.take().filter(|_| ran_out).unwrap_or(error);
        Err(if self.is_uncertain { error.with_outcome(Outcome::Unknown) } else { error })
    }

    /// Full jitter: any time up to the exponential pause, so that callers do not come back together.
    fn pause(&self, random: f64) -> Duration {
        let backoff = Backoff::doubling(self.policy.base, self.policy.cap);
        Jitter::Full.apply(backoff.after(self.made), random)
    }
}

/// Returns whether a further attempt can help, and cannot apply the call twice.
fn is_worth_repeating(error: &Error, category: RetryCategory) -> bool {
    use ErrorKind::{Busy, Connection, Loading, PoolTimeout, Protocol, ReadOnly, Timeout, WriteRefused};
    match error.outcome() {
        Outcome::NotApplied => match error.kind() {
            Connection | Timeout | PoolTimeout | Loading | Busy | ReadOnly => true,
            // Replicas come back by themselves; a full disk (MISCONF) needs a person.
            WriteRefused => error.code() == Some("NOREPLICAS"),
            _ => false,
        },
        Outcome::Unknown => {
            category <= RetryCategory::LastWins && matches!(error.kind(), Connection | Timeout | Protocol)
        }
        Outcome::Applied => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, outcome: Outcome) -> Error {
        Error::new(kind, "").with_outcome(outcome)
    }

    fn pause_after(error: Error, category: RetryCategory) -> Result<Duration, Error> {
        let now = Instant::now();
        let budget = RetryBudget::new();
        let policy = RetryPolicy::default();
        let deadline = Deadline::after(now, Duration::from_secs(60));
        Attempts::new(&policy, &budget, deadline).failed(error, category, now, 1.0)
    }

    #[test]
    fn what_was_not_applied_is_repeated_whatever_it_is() {
        use ErrorKind::*;
        for kind in ErrorKind::ALL {
            let repeats = matches!(kind, Connection | Timeout | PoolTimeout | Loading | Busy | ReadOnly);
            for category in [RetryCategory::ReadOnly, RetryCategory::Never] {
                let pause = pause_after(error(kind, Outcome::NotApplied), category);
                assert_eq!(pause.is_ok(), repeats, "{kind:?}");
            }
        }
        let refused = |code| error(WriteRefused, Outcome::NotApplied).with_code(code);
        assert!(pause_after(refused("NOREPLICAS"), RetryCategory::Never).is_ok());
        assert!(pause_after(refused("MISCONF"), RetryCategory::Never).is_err());
    }

    #[test]
    fn what_may_have_been_applied_is_repeated_only_if_that_changes_nothing() {
        for (category, repeats) in [
            (RetryCategory::ReadOnly, true),
            (RetryCategory::LastWins, true),
            (RetryCategory::Checked, false),
            (RetryCategory::Accumulating, false),
            (RetryCategory::Never, false),
        ] {
            for kind in [ErrorKind::Timeout, ErrorKind::Connection, ErrorKind::Protocol] {
                let pause = pause_after(error(kind, Outcome::Unknown), category);
                assert_eq!(pause.is_ok(), repeats, "{category:?} {kind:?}");
            }
            assert!(pause_after(error(ErrorKind::Deserialization, Outcome::Applied), category).is_err());
        }
    }

    #[test]
    fn an_attempt_that_may_have_been_applied_makes_the_whole_call_uncertain() {
        let now = Instant::now();
        let (budget, policy) = (RetryBudget::new(), RetryPolicy::default().with_attempts(2));
        let deadline = Deadline::after(now, Duration::from_secs(60));
        let mut attempts = Attempts::new(&policy, &budget, deadline);
        assert!(
            attempts
                .failed(error(ErrorKind::Timeout, Outcome::Unknown), RetryCategory::LastWins, now, 0.5)
                .is_ok()
        );
        let last = attempts
            .failed(error(ErrorKind::Connection, Outcome::NotApplied), RetryCategory::LastWins, now, 0.5)
            .unwrap_err();
        assert_eq!((last.kind(), last.outcome()), (ErrorKind::Connection, Outcome::Unknown));
    }

    #[test]
    fn ten_thousand_pauses_fill_their_range_and_never_pass_the_deadline() {
        let now = Instant::now();
        let budget = RetryBudget::new();
        let policy = RetryPolicy::default().with_attempts(100);
        for (made, longest) in [(0, 100), (1, 200), (2, 400), (3, 800), (4, 1_600), (5, 2_000), (60, 2_000)] {
            let mut random = fastrand::Rng::with_seed(7);
            let mut pauses: Vec<_> = (0..10_000)
                .map(|_| {
                    let deadline = Deadline::after(now, Duration::from_secs(60));
                    let mut attempts = Attempts::new(&policy, &budget, deadline);
                    attempts.made = made;
                    attempts.made += 1;
                    attempts.pause(random.f64())
                })
                .collect();
            pauses.sort();
            let longest = Duration::from_millis(longest);
            assert!(pauses[9_999] <= longest, "{made}");
            for quarter in 1..4_u32 {
                let found = pauses[quarter as usize * 2_500].as_secs_f64() / longest.as_secs_f64();
                assert!((found - f64::from(quarter) / 4.0).abs() < 0.03, "{made}: {found}");
            }
        }
        let soon = Deadline::after(now, Duration::from_millis(50));
        let mut attempts = Attempts::new(&policy, &budget, soon);
        assert!(
            attempts
                .failed(error(ErrorKind::Connection, Outcome::NotApplied), RetryCategory::ReadOnly, now, 0.51)
                .is_err()
        );
        assert!(
            attempts
                .failed(error(ErrorKind::Connection, Outcome::NotApplied), RetryCategory::ReadOnly, now, 0.1)
                .is_ok()
        );
    }

    #[test]
    fn an_attempt_without_time_does_not_hide_why_the_others_failed() {
        let now = Instant::now();
        let (budget, policy) = (RetryBudget::new(), RetryPolicy::default());
        let deadline = Deadline::after(now, Duration::from_secs(1));
        for outcome in [Outcome::NotApplied, Outcome::Unknown] {
            let mut attempts = Attempts::new(&policy, &budget, deadline);
            let kind = if outcome == Outcome::Unknown { ErrorKind::Connection } else { ErrorKind::Loading };
            attempts.failed(error(kind, outcome), RetryCategory::ReadOnly, now, 0.0).unwrap();
            let late = now + Duration::from_secs(1);
            let failed = attempts.failed(Deadline::passed(), RetryCategory::ReadOnly, late, 0.0).unwrap_err();
            assert_eq!((failed.kind(), failed.outcome()), (kind, outcome));
        }
    }

    #[test]
    fn attempts_are_counted() {
        let now = Instant::now();
        let (budget, policy) = (RetryBudget::new(), RetryPolicy::default());
        let deadline = Deadline::after(now, Duration::from_secs(60));
        let mut attempts = Attempts::new(&policy, &budget, deadline);
        let refused = || error(ErrorKind::Connection, Outcome::NotApplied);
        assert!(attempts.failed(refused(), RetryCategory::Never, now, 1.0).is_ok());
        assert!(attempts.failed(refused(), RetryCategory::Never, now, 1.0).is_ok());
        assert!(attempts.failed(refused(), RetryCategory::Never, now, 1.0).is_err());
    }
}
