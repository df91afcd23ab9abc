/// When the server is to be asked for a reply that can be told from every other, to show that callers still get the
/// replies to their own commands: RESP has no numbers on its replies.
#[derive(Debug)]
pub(crate) struct SequenceCheck {
    /// How many replies were asked for since the connection was last known to be in order.
    unverified: u32,
    /// Whether any of them came.
    is_answered: bool,
    is_possible: bool,
}

/// No more replies than these follow each other unverified, but for those of one pipeline.
const UNVERIFIED: u32 = 128;

impl Default for SequenceCheck {
    fn default() -> Self {
        Self { unverified: 0, is_answered: false, is_possible: true }
    }
}

impl SequenceCheck {
    /// Commands with so many replies are sent. Returns whether the check is to follow them.
    pub(crate) fn is_due_after(&mut self, replies: u32) -> bool {
        self.unverified = self.unverified.saturating_add(replies);
        self.unverified >= UNVERIFIED && self.asked()
    }

    /// Whether a check is due though few replies were asked for: some of them came, and others are awaited without a
    /// break. Call it now and then.
    #[cfg(feature = "async")]
    pub(crate) fn is_due(&mut self) -> bool {
        self.is_answered && self.unverified > 0 && self.asked()
    }

    /// Returns whether a check is possible, and takes it to be on its way: what is counted from now on is behind it.
    fn asked(&mut self) -> bool {
        (self.unverified, self.is_answered) = (0, false);
        self.is_possible
    }

    /// Replies came. If nothing more is awaited, and nothing is left to read, they were in their places.
    #[cfg(feature = "async")]
    pub(crate) fn answered(&mut self, is_at_rest: bool) {
        self.is_answered = true;
        if is_at_rest {
            (self.unverified, self.is_answered) = (0, false);
        }
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
        let mut check = SequenceCheck::default();
        let due = (1..=3 * UNVERIFIED).filter(|_| check.is_due_after(1)).count();
        assert_eq!(due, 3);
        assert!(check.is_due_after(5_000) && !check.is_due_after(1));
    }

    #[cfg(feature = "async")]
    #[test]
    fn a_trickle_that_never_rests_is_checked_as_well() {
        let mut check = SequenceCheck::default();
        assert!(!check.is_due());
        // A slow server, of which nothing was heard, has nothing to verify.
        assert!(!check.is_due_after(2) && !check.is_due());
        check.answered(false);
        assert!(check.is_due() && !check.is_due());
    }

    #[cfg(feature = "async")]
    #[test]
    fn a_connection_that_comes_to_rest_is_in_order() {
        let mut check = SequenceCheck::default();
        for _ in 0..100 {
            assert!(!check.is_due_after(100));
            check.answered(true);
            assert!(!check.is_due());
        }
    }

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let mut check = SequenceCheck::default();
        check.refused();
        assert!(!(0..1_000).any(|_| check.is_due_after(1)));
    }
}
