use std::{collections::BTreeMap, sync::Arc, time::Instant};

use redis_config_store::Version;
use redis_service_runtime::Queue;

use crate::{LegacyChange, LegacyEntry, LegacyEvent, reply::Look};

/// What one watcher knows, and the changes that it has not taken yet. However slow it is, each key waits once.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// As Redis had it.
    known: BTreeMap<String, Arc<LegacyEntry>>,
    /// When every key was last checked.
    confirmed: Option<Instant>,
    has_joined: bool,
    pending: BTreeMap<String, Pending>,
}

/// A change that the watcher has not taken yet.
#[derive(Debug)]
struct Pending {
    before: Option<Arc<LegacyEntry>>,
    is_reset: bool,
}

impl Backlog {
    pub(crate) fn version(&self, key: &str) -> Option<Version> {
        self.known.get(key).map(|entry| entry.version())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.known.keys()
    }

    /// Takes over what Redis has of a key.
    pub(crate) fn offer(&mut self, key: &str, look: Look) {
        let before = self.known.get(key).cloned();
        let (after, follows) = match look {
            Look::Same => return,
            Look::None => (None, true),
            Look::Foreign => (None, false),
            Look::Value { entry, follows } => (Some(Arc::new(entry)), follows),
        };
        if before == after {
            return;
        }
        match &after {
            Some(entry) => drop(self.known.insert(key.to_owned(), Arc::clone(entry))),
            None => drop(self.known.remove(key)),
        }
        // A first value follows from nothing, unless the watcher never saw that the key was gone.
        let was_gone = self.pending.get(key).is_some_and(|pending| pending.before.is_some());
        let is_reset = if before.is_some() { !follows } else { was_gone };
        let pending = self.pending.entry(key.to_owned()).or_insert(Pending { before, is_reset: false });
        pending.is_reset |= is_reset;
    }

    /// Every key was checked, beginning at `asked`.
    pub(crate) fn confirm(&mut self, asked: Instant) {
        self.confirmed = Some(asked);
    }

    pub(crate) fn confirmed(&self) -> Option<Instant> {
        self.confirmed
    }
}

impl Queue for Backlog {
    type Item = LegacyEvent;

    fn pop(&mut self) -> Option<LegacyEvent> {
        if !self.has_joined {
            self.confirmed?;
            self.has_joined = true;
            self.pending.clear();
            return Some(LegacyEvent::Initial(self.known.clone()));
        }
        while let Some((key, Pending { before, is_reset })) = self.pending.pop_first() {
            let after = self.known.get(&key).cloned();
            if before != after || (is_reset && before.is_some()) {
                return Some(LegacyEvent::Change(LegacyChange { key, before, after, is_reset }));
            }
        }
        None
    }

    fn clear(&mut self) {
        self.pending.clear();
        self.has_joined = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(number: u64, value: &str, follows: bool) -> Look {
        Look::Value { entry: LegacyEntry::new(number, value.into()), follows }
    }

    /// A watcher that has seen `a` at version 5.
    fn watching() -> Backlog {
        let mut backlog = Backlog::default();
        backlog.offer("a", value(5, "5", true));
        assert!(backlog.pop().is_none(), "not every key was checked");
        backlog.confirm(Instant::now());
        let Some(LegacyEvent::Initial(state)) = backlog.pop() else { panic!("no initial state") };
        assert_eq!(state["a"].version().number, 5);
        backlog
    }

    /// The next change: the versions before and after, and whether it is a reset.
    fn next(backlog: &mut Backlog) -> Option<(Option<u64>, Option<u64>, bool)> {
        let number = |entry: Option<Arc<LegacyEntry>>| entry.map(|entry| entry.version().number);
        match backlog.pop()? {
            LegacyEvent::Change(change) => {
                Some((number(change.before), number(change.after), change.is_reset))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_slow_watcher_sees_what_is_current_once() {
        let mut backlog = watching();
        for number in 6..=9 {
            backlog.offer("a", value(number, "n", true));
            backlog.offer("a", Look::Same);
        }
        assert_eq!(next(&mut backlog), Some((Some(5), Some(9), false)));
        assert_eq!(next(&mut backlog), None);
    }

    #[test]
    fn a_change_that_does_not_follow_is_a_reset_also_if_it_came_in_between() {
        let mut backlog = watching();
        backlog.offer("a", value(6, "n", false));
        backlog.offer("a", value(7, "n", true));
        assert_eq!(next(&mut backlog), Some((Some(5), Some(7), true)));
        backlog.offer("a", Look::None);
        assert_eq!(next(&mut backlog), Some((Some(7), None, false)));
        backlog.offer("a", value(1, "n", true));
        assert_eq!(next(&mut backlog), Some((None, Some(1), false)));
        backlog.offer("a", Look::Foreign);
        backlog.offer("a", Look::Foreign);
        assert_eq!(next(&mut backlog), Some((Some(1), None, true)));
        assert_eq!(next(&mut backlog), None);
    }

    #[test]
    fn a_key_that_came_and_went_is_no_change_and_a_replaced_one_is() {
        let mut backlog = watching();
        backlog.offer("b", value(1, "n", true));
        backlog.offer("b", Look::None);
        assert_eq!(next(&mut backlog), None);
        backlog.offer("a", Look::None);
        backlog.offer("a", value(5, "5", true));
        assert_eq!(next(&mut backlog), Some((Some(5), Some(5), true)));
    }

    #[test]
    fn a_cleared_backlog_has_no_event() {
        let mut backlog = Backlog::default();
        backlog.offer("a", value(5, "5", true));
        backlog.confirm(Instant::now());
        backlog.clear();
        assert!(backlog.pop().is_none());
    }
}
