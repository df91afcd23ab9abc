/// Decides whether a driver sends the waiting commands at once, or first lets every task run that is ready.
///
/// Callers that have just received their replies often send the next command at once. The first of them wakes
/// the driver, and its command alone would be sent; a moment later all of them travel together. That moment
/// is as long as the ready tasks take. It waits for no reply, and a single caller waits for no other.
#[derive(Debug, Default)]
pub(crate) struct Coalescing {
    /// How many times in a row other tasks were let run first, and how many commands waited then.
    yields: u32,
    waited: usize,
    /// How many callers have received a reply since commands were last taken.
    answered: usize,
}

/// How many times in a row other tasks, which may have more to send, are let run first.
const MOST_YIELDS: u32 = 3;

impl Coalescing {
    /// Notes that a waiting caller has received its reply.
    pub(crate) fn answered(&mut self) {
        self.answered += 1;
    }

    /// Notes that the waiting commands were taken, to be sent.
    pub(crate) fn taken(&mut self) {
        self.answered = 0;
    }

    /// Returns whether to let every ready task run first, while `waiting` commands wait.
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
