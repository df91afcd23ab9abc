use std::time::Duration;

use crate::{
    config::ServiceConfig,
    error::{Error, ErrorKind, Outcome},
};

/// How long a call must be ready to wait for its timeout to say something about the server.
///
/// A caller may have less time than the configuration gives a call. That its time ran out says nothing that others need
/// to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For an answer.
    answer: Duration,
    /// For a connection.
    connection: Duration,
}

impl Patience {
    pub(crate) fn of(config: &ServiceConfig) -> Self {
        // The configuration's own deadline is no caller's whim: where it is the shorter one, it decides.
        let answer = config.response_timeout.min(config.deadline);
        Self { answer, connection: config.connect_timeout.min(answer) }
    }

    /// Whether a call with this much time in all, which failed so, gave the server enough of it.
    pub(crate) fn is_fair(self, time: Duration, error: &Error) -> bool {
        let needed = match (error.kind(), error.outcome()) {
            (ErrorKind::Timeout, Outcome::NotApplied) => self.connection,
            (ErrorKind::Timeout, _) => self.answer,
            _ => return true,
        };
        time >= needed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{
        config::BreakerConfig,
        resilience::{Breaker, BreakerStatus},
    };

    fn patience(connect: u64, response: u64, deadline: u64) -> Patience {
        let config = ServiceConfig::default()
            .with_connect_timeout(Duration::from_secs(connect))
            .with_response_timeout(Duration::from_secs(response));
        Patience::of(&config.with_deadline(Duration::from_secs(deadline)))
    }

    fn timeout(outcome: Outcome) -> Error {
        Error::new(ErrorKind::Timeout, "").with_outcome(outcome)
    }

    #[test]
    fn a_timeout_counts_from_the_response_timeout_on() {
        let (patience, unanswered) = (patience(2, 5, 10), timeout(Outcome::Unknown));
        for (millis, is_fair) in [(2, false), (4_999, false), (5_000, true), (10_000, true), (60_000, true)] {
            assert_eq!(patience.is_fair(Duration::from_millis(millis), &unanswered), is_fair, "{millis}");
        }
    }

    #[test]
    fn one_of_connecting_counts_from_the_connect_timeout_on() {
        let (patience, unconnected) = (patience(2, 5, 10), timeout(Outcome::NotApplied));
        for (millis, is_fair) in [(2, false), (1_999, false), (2_000, true), (4_000, true)] {
            assert_eq!(patience.is_fair(Duration::from_millis(millis), &unconnected), is_fair, "{millis}");
        }
    }

    #[test]
    fn the_configurations_own_deadline_counts_however_short_it_is() {
        let patience = patience(2, 5, 1);
        for outcome in [Outcome::NotApplied, Outcome::Unknown] {
            assert!(patience.is_fair(Duration::from_secs(1), &timeout(outcome)));
            assert!(!patience.is_fair(Duration::from_millis(999), &timeout(outcome)));
        }
    }

    #[test]
    fn what_the_server_is_seen_to_fail_with_always_counts() {
        for kind in ErrorKind::ALL.into_iter().filter(|kind| *kind != ErrorKind::Timeout) {
            assert!(patience(2, 5, 10).is_fair(Duration::from_millis(1), &Error::new(kind, "")), "{kind:?}");
        }
    }

    #[test]
    fn the_impatient_open_no_breaker_and_keep_none_open() {
        let start = Instant::now();
        let config = BreakerConfig::default().with_threshold(0.5, 5).with_probes(1);
        let (breaker, patience) = (Breaker::new(config, start), patience(2, 5, 10));
        let call = |time: Duration, second: u64| {
            let now = start + Duration::from_secs(second);
            let permit = breaker.admit(now)?;
            let error = timeout(Outcome::Unknown);
            if patience.is_fair(time, &error) {
                permit.report(&Err::<(), _>(error), now, 0.0);
            }
            Ok::<(), Error>(())
        };
        for _ in 0..1_000 {
            call(Duration::from_millis(2), 0).unwrap();
        }
        assert_eq!(breaker.status(start), BreakerStatus::Closed);
        for _ in 0..5 {
            call(Duration::from_secs(10), 0).unwrap();
        }
        assert!(call(Duration::from_secs(10), 0).is_err());
        // Half open, one of little patience gives its place back.
        call(Duration::from_millis(2), 6).unwrap();
        let now = start + Duration::from_secs(6);
        assert_eq!(breaker.status(now), BreakerStatus::HalfOpen);
        breaker.admit(now).unwrap().report(&Ok(()), now, 0.0);
        assert_eq!(breaker.status(now), BreakerStatus::Closed);
    }
}
