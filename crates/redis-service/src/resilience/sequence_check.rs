/// Decides when to ask the server for a reply that differs from every other, which shows that callers still get the
/// replies to their own commands: RESP has no numbers on its replies.
///
/// A connection on which nothing is awaited need not be in order: a displaced reply may be on its way, to be taken for the
/// answer to what is asked next. So replies count until a check follows them.
#[derive(Debug)]
pub(crate) struct SequenceCheck {
    /// The number of replies that were asked for since the last check.
    unverified: u32,
    /// Whether any of them came while others are awaited.
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
    /// Commands with this number of replies are sent. Returns whether a check should follow them.
    pub(crate) fn is_due_after(&mut self, replies: u32) -> bool {
        self.unverified = self.unverified.saturating_add(replies);
        self.unverified >= UNVERIFIED && self.asked()
    }

    /// Returns whether a check is due although few replies were asked for: some of them came. Call it at intervals while
    /// replies are awaited.
    #[cfg(feature = "async")]
    pub(crate) fn is_due(&mut self) -> bool {
        self.is_answered && self.unverified > 0 && self.asked()
    }

    /// Returns whether a check is possible, and counts from here.
    fn asked(&mut self) -> bool {
        (self.unverified, self.is_answered) = (0, false);
        self.is_possible
    }

    /// Replies came. At rest, nothing more is awaited: what comes then ends the connection, and needs no check.
    #[cfg(feature = "async")]
    pub(crate) fn answered(&mut self, is_at_rest: bool) {
        self.is_answered = !is_at_rest;
    }

    /// The server does not permit the check to its user.
    pub(crate) fn refused(&mut self) {
        self.is_possible = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_follows_128_replies() {
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

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let mut check = SequenceCheck::default();
        check.refused();
        assert!(!(0..1_000).any(|_| check.is_due_after(1)));
    }
}
