use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// The time by which a call must have returned: one for the whole call, whatever it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// Far enough to never pass, near enough for every clock to count to.
const FOR_EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

impl Deadline {
    /// `time` after `now`.
    #[must_use]
    pub fn after(now: Instant, time: Duration) -> Self {
        Self(now + time.min(FOR_EVER))
    }

    /// The moment itself.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left; zero once it has passed.
    #[must_use]
    pub fn left(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(self, now: Instant) -> bool {
        self.0 <= now
    }

    /// This, or `time` after `now` if that is earlier.
    #[must_use]
    pub fn or_after(self, now: Instant, time: Duration) -> Self {
        self.min(Self::after(now, time))
    }

    /// The error of a call that had no time left before it sent anything.
    pub(crate) fn passed() -> Error {
        Error::new(ErrorKind::Timeout, "the deadline passed before anything was sent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_never_falls_below_zero() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_secs(1));
        assert_eq!(deadline.left(now), Duration::from_secs(1));
        assert_eq!(deadline.left(now + Duration::from_secs(2)), Duration::ZERO);
        assert!(!deadline.has_passed(now));
        assert!(deadline.has_passed(now + Duration::from_secs(1)));
    }

    #[test]
    fn the_earlier_of_two_counts() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_secs(2));
        assert_eq!(deadline.or_after(now, Duration::from_secs(1)).left(now), Duration::from_secs(1));
        assert_eq!(deadline.or_after(now, Duration::MAX).left(now), Duration::from_secs(2));
    }
}
