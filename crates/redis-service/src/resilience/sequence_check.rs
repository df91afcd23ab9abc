use std::time::{Duration, Instant};

/// When a connection is to be asked for a reply that can be told from every other, to show that callers still get the
/// replies to their own commands: RESP has no numbers on its replies.
///
/// A connection on which nothing is awaited and nothing is left to read is in order. So only one on which replies are
/// awaited without a break is asked.
#[derive(Debug)]
pub(crate) struct SequenceCheck {
    /// How many replies were asked for since the connection was last known to be in order.
    unverified: u32,
    verified_at: Instant,
    is_possible: bool,
}

/// No more replies than these follow each other unverified, but for those of one pipeline.
pub(crate) const UNVERIFIED: u32 = 128;

/// On a connection that is never without a command, no more time than this passes between two checks.
const PERIOD: Duration = Duration::from_millis(100);

impl SequenceCheck {
    /// Of a connection that was opened `now`.
    pub(crate) fn new(now: Instant) -> Self {
        Self { unverified: 0, verified_at: now, is_possible: true }
    }

    /// Commands with so many replies are sent. Returns whether the check is to follow them.
    pub(crate) fn is_due_after(&mut self, replies: usize, now: Instant) -> bool {
        if self.unverified == 0 {
            self.verified_at = now;
        }
        self.unverified = self.unverified.saturating_add(u32::try_from(replies).unwrap_or(u32::MAX));
        let is_due =
            self.unverified >= UNVERIFIED || now.saturating_duration_since(self.verified_at) >= PERIOD;
        if is_due {
            // It is under way; the next is counted from here.
            self.unverified = 0;
        }
        is_due && self.is_possible
    }

    /// Nothing is awaited, and nothing is left to read.
    pub(crate) fn in_order(&mut self) {
        self.unverified = 0;
    }

    /// The server refuses the check: its user may not do that.
    pub(crate) fn refused(&mut self) {
        self.is_possible = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_follows_so_many_replies() {
        let now = Instant::now();
        let mut check = SequenceCheck::new(now);
        let due = (1..=3 * UNVERIFIED).filter(|_| check.is_due_after(1, now)).count();
        assert_eq!(due, 3);
        assert!(check.is_due_after(5_000, now) && !check.is_due_after(1, now));
    }

    #[test]
    fn a_connection_that_comes_to_rest_is_in_order() {
        let now = Instant::now();
        let mut check = SequenceCheck::new(now);
        for round in 0..100 {
            assert!(!check.is_due_after(100, now + round * PERIOD));
            check.in_order();
        }
    }

    #[test]
    fn a_trickle_that_never_rests_is_checked_as_well() {
        let now = Instant::now();
        let mut check = SequenceCheck::new(now);
        assert!(!check.is_due_after(1, now));
        assert!(!check.is_due_after(1, now + PERIOD / 2));
        assert!(check.is_due_after(1, now + PERIOD));
        assert!(!check.is_due_after(1, now + PERIOD + PERIOD / 2));
    }

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let now = Instant::now();
        let mut check = SequenceCheck::new(now);
        check.refused();
        assert!(!(0..1_000).any(|_| check.is_due_after(1, now)));
    }
}
