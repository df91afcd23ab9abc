use std::sync::Arc;

use crate::{Entry, Filter, State};

/// What a watcher is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// How things are. The first event, and the only one of its kind.
    Initial(State),
    /// Something was committed.
    Change(Change),
    /// Something was committed that can no longer be told one by one: the log does not reach back so far.
    Gap(WatchGap),
    /// What Redis holds does not follow from what it held before: it lost something.
    Reset(Reset),
}

/// One commit, or, to a watcher that only wants what is current, several at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The revision after it.
    pub revision: u64,
    /// What changed, in the order of the keys.
    pub keys: Vec<KeyChange>,
    /// How many versions of these keys came between and are not told.
    pub skipped: u64,
}

/// How one key changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// What was before; `None` if nothing was known of it. It may be a deletion.
    pub before: Option<Arc<Entry>>,
    /// What is now; `None` if Redis knows nothing of it. It may be a deletion.
    pub after: Option<Arc<Entry>>,
}

impl KeyChange {
    /// The value that is now, unless the key is not there.
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

/// Commits that can no longer be told one by one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WatchGap {
    /// The last revision that was told.
    pub from: u64,
    /// How things are now.
    pub state: State,
    /// What is different.
    pub keys: Vec<KeyChange>,
    /// How many versions of these keys are not told.
    pub skipped: u64,
}

/// Redis lost something. What is different was not committed by anybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reset {
    /// What happened.
    pub reason: ResetReason,
    /// What the watcher held.
    pub before: State,
    /// What Redis holds.
    pub after: State,
    /// What is different.
    pub keys: Vec<KeyChange>,
}

/// In what way Redis holds something else than it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResetReason {
    /// Both keys are gone: flushed, deleted, renamed, expired or evicted.
    Emptied,
    /// The values are gone, and the log is there.
    ValuesLost,
    /// The log is gone, and the values are there.
    LogLost,
    /// Log and values are of different revisions: one of them was restored or written by somebody else.
    Disagreement,
    /// The keys are of another type or form, or a value is not what its digest says: somebody else has written to
    /// them. Of the values, those that can be read are told.
    Foreign,
    /// Everything was lost, and begun anew.
    NewEpoch,
    /// Redis is behind what was known: it lost commits, or was restored from an older dump.
    Regressed,
    /// Redis has another commit in place of one that was known: it lost commits, and others followed.
    Forked,
    /// The log misses records in the middle.
    LogBroken,
}

/// What is different between two states, of the keys that a filter matches.
pub(crate) fn differences(before: &State, after: &State, filter: &Filter) -> Vec<KeyChange> {
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

pub(crate) fn skipped(keys: &[KeyChange]) -> u64 {
    keys.iter().map(KeyChange::skipped).sum()
}
