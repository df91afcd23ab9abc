/// Whether a driver sends what waits at once, or lets every task run first that could.
///
/// Callers who have just got their replies often ask again at once. The first of them wakes the driver, and on its own
/// command would go alone; a moment later all of them travel together. That moment is as long as the tasks take that are
/// ready to run, no reply is waited for, and whoever calls alone waits for no one.
#[derive(Debug, Default)]
pub(crate) struct Coalescing {
    /// How often in a row others were let go first, and how many commands waited then.
    yields: u32,
    waited: usize,
    /// How many callers have got a reply since commands were last taken.
    answered: usize,
}

/// How often in a row others are let go first who may have more to send.
const MOST_YIELDS: u32 = 3;

impl Coalescing {
    /// A caller who still waited has got its reply.
    pub(crate) fn answered(&mut self) {
        self.answered += 1;
    }

    /// What waited was taken, to be sent.
    pub(crate) fn taken(&mut self) {
        self.answered = 0;
    }

    /// Whether to wait until every task that could run has run, while so many commands wait.
    pub(crate) fn should_yield(&mut self, waiting: usize) -> bool {
        let is_growing = self.yields == 0 || waiting > self.waited;
        if (1..self.answered).contains(&waiting) && is_growing && self.yields < MOST_YIELDS {
            self.yields += 1;
            self.waited = waiting;
            return true;
        }
        self.yields = 0;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answered: usize) -> Coalescing {
        let mut coalescing = Coalescing::default();
        (0..answered).for_each(|_| coalescing.answered());
        coalescing
    }

    #[test]
    fn whoever_calls_alone_waits_for_no_one() {
        assert!(!after(0).should_yield(1));
        assert!(!after(1).should_yield(1));
    }

    #[test]
    fn those_who_were_answered_together_are_waited_for_until_they_are_back() {
        let mut coalescing = after(8);
        assert!(!coalescing.should_yield(0));
        assert!(coalescing.should_yield(3));
        assert!(coalescing.should_yield(5));
        assert!(!coalescing.should_yield(8));
    }

    #[test]
    fn waiting_ends_once_no_one_comes_and_after_a_few_times() {
        let mut coalescing = after(64);
        assert!(coalescing.should_yield(5));
        assert!(!coalescing.should_yield(5));
        let mut coalescing = after(64);
        let yields = (1..10).take_while(|waiting| coalescing.should_yield(*waiting)).count();
        assert_eq!(yields, 3);
    }

    #[test]
    fn what_was_taken_is_not_waited_for_again() {
        let mut coalescing = after(8);
        coalescing.taken();
        assert!(!coalescing.should_yield(3));
    }
}
