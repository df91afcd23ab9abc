/// When the server is to be asked for a reply that can be told from every other, to show that callers still get the
/// replies to their own commands: RESP has no numbers on its replies.
#[derive(Debug)]
pub(crate) struct SequenceCheck {
    /// How many replies were asked for since the connection was last known to be in order.
    unverified: u32,
    is_possible: bool,
}

/// No more replies than these follow each other unverified, but for those of one pipeline.
const UNVERIFIED: u32 = 128;

impl Default for SequenceCheck {
    fn default() -> Self {
        Self { unverified: 0, is_possible: true }
    }
}

impl SequenceCheck {
    /// Commands with so many replies are sent. Returns whether the check is to follow them.
    pub(crate) fn is_due_after(&mut self, replies: usize) -> bool {
        self.unverified = self.unverified.saturating_add(u32::try_from(replies).unwrap_or(u32::MAX));
        self.unverified >= UNVERIFIED && self.is_due()
    }

    /// Returns whether a check makes sense, and takes it to be on its way: what is counted from now on is behind it.
    pub(crate) fn is_due(&mut self) -> bool {
        std::mem::take(&mut self.unverified) > 0 && self.is_possible
    }

    /// Nothing is awaited on the connection, and nothing is left to read.
    #[cfg(feature = "async")]
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
        let mut check = SequenceCheck::default();
        let due = (1..=3 * UNVERIFIED).filter(|_| check.is_due_after(1)).count();
        assert_eq!(due, 3);
        assert!(check.is_due_after(5_000) && !check.is_due_after(1));
    }

    #[test]
    fn what_was_verified_is_not_verified_again() {
        let mut check = SequenceCheck::default();
        assert!(!check.is_due());
        assert!(!check.is_due_after(1) && check.is_due() && !check.is_due());
    }

    #[cfg(feature = "async")]
    #[test]
    fn a_connection_that_comes_to_rest_is_in_order() {
        let mut check = SequenceCheck::default();
        for _ in 0..100 {
            assert!(!check.is_due_after(100));
            check.in_order();
        }
    }

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let mut check = SequenceCheck::default();
        check.refused();
        assert!(!(0..1_000).any(|_| check.is_due_after(1)));
        assert!(!check.is_due());
    }
}
