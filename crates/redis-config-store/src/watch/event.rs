use std::sync::Arc;

use super::{Filter, ResetReason};
use crate::read::{Entry, State};

/// What a watcher delivers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// The state of the watched keys. The first event, and the only one of its kind.
    Initial(State),
    /// A commit, or several.
    Change(Change),
    /// Commits that can no longer be delivered one by one: the log does not reach back so far.
    Gap(WatchGap),
    /// Redis lost something: what it holds does not follow from what it held before.
    Reset(Reset),
}

/// One commit; or, in a watcher that delivers only what is current, several at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The revision after it.
    pub revision: u64,
    /// The changed keys, in their order.
    pub keys: Vec<KeyChange>,
    /// How many versions of these keys came between and are not delivered.
    pub skipped: u64,
}

/// How one key changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// The entry before, which may be a deletion; `None` if none was known.
    pub before: Option<Arc<Entry>>,
    /// The entry now, which may be a deletion; `None` if Redis has none.
    pub after: Option<Arc<Entry>>,
}

impl KeyChange {
    /// The entry now, unless the key does not exist or is deleted.
    #[must_use]
    pub fn value(&self) -> Option<&Arc<Entry>> {
        self.after.as_ref().filter(|entry| entry.is_live)
    }

    /// How many versions came between.
    fn skipped(&self) -> u64 {
        let number = |entry: &Option<Arc<Entry>>| entry.as_ref().map_or(0, |entry| entry.version.number);
        number(&self.after).saturating_sub(number(&self.before)).saturating_sub(1)
    }
}

/// Commits that can no longer be delivered one by one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WatchGap {
    /// The last revision that was delivered.
    pub from: u64,
    /// The state now.
    pub state: State,
    /// The keys that differ.
    pub keys: Vec<KeyChange>,
    /// How many versions of these keys are not delivered.
    pub skipped: u64,
}

/// Redis lost something. No commit made the difference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reset {
    /// What happened.
    pub reason: ResetReason,
    /// The state that the watcher had delivered.
    pub before: State,
    /// The state in Redis now.
    pub after: State,
    /// The keys that differ.
    pub keys: Vec<KeyChange>,
}

/// The differences between two states, among the keys that a filter matches.
pub(super) fn differences(before: &State, after: &State, filter: &Filter) -> Vec<KeyChange> {
    let mut keys = Vec::new();
    if Arc::ptr_eq(&before.entries, &after.entries) {
        return keys;
    }
    let mut old = before.entries.iter().peekable();
    let mut new = after.entries.iter().peekable();
    loop {
        let key = match (old.peek(), new.peek()) {
            (Some((old, _)), Some((new, _))) => (*old).min(*new),
            (Some((key, _)), None) | (None, Some((key, _))) => *key,
            (None, None) => return keys,
        };
        let was = old.next_if(|(old, _)| *old == key).map(|(_, entry)| entry);
        let is = new.next_if(|(new, _)| *new == key).map(|(_, entry)| entry);
        if was != is && filter.matches(key) {
            keys.push(KeyChange { key: key.to_string(), before: was.cloned(), after: is.cloned() });
        }
    }
}

/// How many versions of changed keys came between.
pub(super) fn skipped(keys: &[KeyChange]) -> u64 {
    keys.iter().map(KeyChange::skipped).sum()
}

/// The part of a commit that a filter matches, if any.
pub(super) fn part_of(change: &Change, filter: &Filter) -> Option<Change> {
    let keys: Vec<_> = change.keys.iter().filter(|key| filter.matches(&key.key)).cloned().collect();
    (!keys.is_empty()).then_some(Change { keys, ..*change })
}
