use std::sync::Arc;

use crate::{
    Filter, State,
    change::{Change, KeyChange, ResetReason},
    entry::Record,
    state::Entries,
    sync::{Because, Damage, Hash, SyncReply},
};

/// What is known of a namespace: how it was when it was last looked at, and how to ask what came since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mirror {
    pub(crate) state: State,
    pub(crate) position: Position,
    /// What is wrong with the namespace, and has been told.
    pub(crate) told: Option<ResetReason>,
    /// Where the history was last, if it cannot be followed at the moment.
    pub(crate) last: Option<Place>,
}

/// A place in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    epoch: String,
    revision: u64,
    head: String,
}

impl Place {
    fn of(hash: &Hash) -> Self {
        let Hash { epoch, revision, head, .. } = hash;
        Self { epoch: epoch.clone(), revision: *revision, head: head.clone() }
    }

    /// In what way a hash does not follow from this, if it does not.
    fn contradicts(&self, hash: &Hash) -> Option<ResetReason> {
        if self.epoch != hash.epoch {
            Some(ResetReason::NewEpoch)
        } else if self.revision > hash.revision {
            Some(ResetReason::Regressed)
        } else if self.revision == hash.revision && self.head != hash.head {
            Some(ResetReason::Forked)
        } else {
            None
        }
    }
}

/// Where in the history of the namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Position {
    /// It was never looked at.
    #[default]
    Unknown,
    /// There was nothing.
    Empty,
    /// After the revision of the state, with this head.
    At(String),
}

/// What a reply does to a mirror.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Same,
    /// Commits in order, each whole.
    Commits(Vec<Arc<Change>>),
    /// Something known for the first time, or after the log had been trimmed too far.
    Snapshot(Because),
    Reset(ResetReason),
}

impl Mirror {
    /// The arguments of the sync script: what is known.
    pub(crate) fn known(&self) -> [String; 3] {
        match &self.position {
            Position::Unknown => [String::new(), "0".to_owned(), String::new()],
            Position::Empty => ["-".to_owned(), "0".to_owned(), String::new()],
            Position::At(head) => {
                [self.state.epoch.to_string(), self.state.revision.to_string(), head.clone()]
            }
        }
    }

    /// Takes over what the server answered, and says what that was. The second value says whether there is
    /// more to ask for.
    pub(crate) fn apply(&mut self, reply: SyncReply) -> (Step, bool) {
        match reply {
            SyncReply::Same => {
                (self.told, self.last) = (None, None);
                (Step::Same, false)
            }
            SyncReply::Events { epoch, revision, records } => self.append(&epoch, revision, records),
            SyncReply::Snapshot { because, hash } => {
                let told = self.told.take();
                let contradiction = self.last.take().and_then(|last| last.contradicts(&hash));
                self.replace(hash);
                if let (Because::Initial, Some(reason)) = (because, contradiction) {
                    return (Step::Reset(reason), false);
                }
                let step = match (because, told) {
                    (Because::Initial, Some(ResetReason::LogBroken)) => Step::Reset(ResetReason::LogBroken),
                    // What was lost is there again.
                    (Because::Initial, Some(_)) => Step::Snapshot(Because::Compacted),
                    (Because::Initial | Because::Compacted, _) => Step::Snapshot(because),
                    (Because::Epoch, _) => Step::Reset(ResetReason::NewEpoch),
                    (Because::Regress, _) => Step::Reset(ResetReason::Regressed),
                    (Because::Fork, _) => Step::Reset(ResetReason::Forked),
                };
                (step, false)
            }
            SyncReply::Empty => (self.emptied(), false),
            SyncReply::Damaged { damage, hash } => (self.damaged(damage, hash), false),
            SyncReply::Rewritten { hash } => {
                self.replace(hash);
                (Step::Reset(ResetReason::Foreign), false)
            }
        }
    }

    /// Whether a hash has other values: somebody wrote past the store. `None` if it is that of another revision.
    pub(crate) fn contradicts(&self, hash: &Hash) -> Option<bool> {
        let is_same = *self.state.epoch == *hash.epoch
            && self.state.revision == hash.revision
            && self.position == Position::At(hash.head.clone());
        is_same.then(|| *self.state.entries != hash.entries)
    }

    fn append(&mut self, epoch: &str, revision: u64, records: Vec<Record>) -> (Step, bool) {
        let Some(commits) = self.commits(records) else {
            // Asked by somebody who knows nothing, the server gives the whole: told with that.
            self.position = Position::Unknown;
            self.told = Some(ResetReason::LogBroken);
            return (Step::Same, true);
        };
        (self.told, self.last) = (None, None);
        self.state.epoch = epoch.into();
        let is_behind = self.state.revision < revision;
        (Step::Commits(commits), is_behind)
    }

    /// The records as commits, if they are whole and without a hole.
    fn commits(&mut self, records: Vec<Record>) -> Option<Vec<Arc<Change>>> {
        let mut entries = Entries::clone(&self.state.entries);
        let mut revision = self.state.revision;
        let mut commits = Vec::new();
        let mut records = records.into_iter().peekable();
        let mut head = None;
        while let Some(first) = records.next() {
            revision += 1;
            if first.revision != revision {
                return None;
            }
            let size = usize::try_from(first.size).ok()?;
            let mut keys = vec![first];
            while let Some(record) = records.next_if(|record| record.revision == revision) {
                keys.push(record);
            }
            if keys.len() != size {
                return None;
            }
            head = keys.last().map(|record| record.head.clone());
            let mut keys: Vec<_> = keys.into_iter().map(|record| put(&mut entries, record)).collect();
            keys.sort_by(|a, b| a.key.cmp(&b.key));
            commits.push(Arc::new(Change { revision, keys, skipped: 0 }));
        }
        self.position = Position::At(head?);
        self.state.revision = revision;
        self.state.entries = Arc::new(entries);
        Some(commits)
    }

    fn replace(&mut self, hash: Hash) {
        let Hash { epoch, revision, head, entries } = hash;
        self.state = State { epoch: epoch.into(), revision, entries: Arc::new(entries) };
        self.position = Position::At(head);
    }

    fn emptied(&mut self) -> Step {
        let was = std::mem::replace(&mut self.position, Position::Empty);
        self.last = None;
        let step = match was {
            Position::Unknown if self.told.is_none() => Step::Snapshot(Because::Initial),
            Position::Empty => Step::Same,
            Position::At(_) | Position::Unknown => {
                self.told = Some(ResetReason::Emptied);
                Step::Reset(ResetReason::Emptied)
            }
        };
        self.state = State::default();
        step
    }

    fn damaged(&mut self, damage: Damage, hash: Option<Hash>) -> Step {
        let reason = match damage {
            Damage::LogMissing => ResetReason::LogLost,
            Damage::LogDiffers => ResetReason::Disagreement,
            Damage::CurrentMissing => ResetReason::ValuesLost,
            Damage::WrongType | Damage::Unreadable => ResetReason::Foreign,
        };
        let before = (self.state.clone(), self.position.clone());
        match hash {
            Some(hash) => {
                self.last = Some(Place::of(&hash));
                self.replace(hash);
            }
            None => self.state = State::default(),
        }
        // What could not be read may be mended without a commit: it is read again each time.
        if matches!(damage, Damage::CurrentMissing | Damage::WrongType | Damage::Unreadable) {
            let (state, position) = &before;
            if let Position::At(head) = position {
                let (epoch, revision) = (state.epoch.to_string(), state.revision);
                self.last.get_or_insert(Place { epoch, revision, head: head.clone() });
            }
            self.position = Position::Unknown;
        }
        let (state, position) = before;
        let is_told = self.told.replace(reason) == Some(reason);
        if is_told && state.epoch == self.state.epoch && state.revision < self.state.revision {
            // Damaged as before, and something was committed all the same.
            return Step::Snapshot(Because::Compacted);
        }
        let is_same = position == self.position
            && state.revision == self.state.revision
            && state.entries == self.state.entries;
        if is_told && is_same { Step::Same } else { Step::Reset(reason) }
    }
}

fn put(entries: &mut Entries, record: Record) -> KeyChange {
    let after = Arc::new(record.entry);
    let before = entries.insert(record.key.as_str().into(), Arc::clone(&after));
    KeyChange { key: record.key, before, after: Some(after) }
}

/// The part of a commit that a filter matches, if any.
pub(crate) fn part_of(change: &Change, filter: &Filter) -> Option<Change> {
    let keys: Vec<_> = change.keys.iter().filter(|key| filter.matches(&key.key)).cloned().collect();
    (!keys.is_empty()).then_some(Change { keys, ..*change })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Version, version::Digest};

    fn entry(number: u64, revision: u64) -> Entry {
        let digest = Digest::parse("da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        Entry {
            version: Version { number, revision, digest },
            is_live: true,
            time: 0,
            restores: 0,
            author: String::new(),
            message: String::new(),
            value: number.to_string().into_bytes(),
        }
    }

    fn record(key: &str, revision: u64, size: u64) -> Record {
        let head = format!("h{revision}");
        Record { revision, key: key.to_owned(), entry: entry(revision, revision), head, size }
    }

    fn hash(revision: u64, head: &str) -> Hash {
        let entries = [("a".into(), Arc::new(entry(revision, revision)))].into();
        Hash { epoch: "e".to_owned(), revision, head: head.to_owned(), entries }
    }

    fn events(revision: u64, records: Vec<Record>) -> SyncReply {
        SyncReply::Events { epoch: "e".to_owned(), revision, records }
    }

    fn snapshot(because: Because, revision: u64, head: &str) -> SyncReply {
        SyncReply::Snapshot { because, hash: hash(revision, head) }
    }

    #[test]
    fn commits_are_whole_and_in_order() {
        let mut mirror = Mirror::default();
        assert!(matches!(mirror.apply(SyncReply::Empty), (Step::Snapshot(Because::Initial), false)));
        assert!(matches!(mirror.apply(SyncReply::Empty), (Step::Same, false)));
        assert_eq!(mirror.known(), ["-", "0", ""]);
        let (step, more) =
            mirror.apply(events(3, vec![record("b", 1, 2), record("a", 1, 2), record("a", 2, 1)]));
        let Step::Commits(commits) = step else { panic!("{step:?}") };
        let keys: Vec<Vec<_>> =
            commits.iter().map(|commit| commit.keys.iter().map(|key| &*key.key).collect()).collect();
        assert_eq!((keys, more), (vec![vec!["a", "b"], vec!["a"]], true));
        assert_eq!(mirror.known(), ["e", "2", "h2"]);
        assert_eq!(commits[1].keys[0].before.as_ref().unwrap().version.number, 1);
    }

    #[test]
    fn holes_and_torn_commits_are_told_and_everything_is_asked_for_anew() {
        for records in [vec![record("a", 9, 1)], vec![record("a", 8, 2)], vec![]] {
            let mut mirror = Mirror::default();
            mirror.apply(snapshot(Because::Initial, 7, "h7"));
            let (step, more) = mirror.apply(events(9, records));
            assert!(matches!(step, Step::Same) && more, "{step:?}");
            assert_eq!(mirror.known(), ["", "0", ""]);
            let (step, _) = mirror.apply(snapshot(Because::Initial, 9, "h9"));
            assert!(matches!(step, Step::Reset(ResetReason::LogBroken)), "{step:?}");
        }
    }

    #[test]
    fn losses_are_told_by_name_and_once() {
        let mut mirror = Mirror::default();
        mirror.apply(snapshot(Because::Initial, 7, "h7"));
        let (step, _) = mirror.apply(snapshot(Because::Regress, 6, "h6"));
        assert!(matches!(step, Step::Reset(ResetReason::Regressed)));
        let (step, _) = mirror.apply(snapshot(Because::Fork, 6, "other"));
        assert!(matches!(step, Step::Reset(ResetReason::Forked)));
        let lost = || SyncReply::Damaged { damage: Damage::LogMissing, hash: Some(hash(6, "other")) };
        assert!(matches!(mirror.apply(lost()).0, Step::Reset(ResetReason::LogLost)));
        assert!(matches!(mirror.apply(lost()).0, Step::Same));
        assert_eq!(mirror.told, Some(ResetReason::LogLost));
        assert!(matches!(mirror.apply(SyncReply::Empty).0, Step::Reset(ResetReason::Emptied)));
        assert!(matches!(mirror.apply(SyncReply::Empty).0, Step::Same));
        assert!(mirror.state.is_empty());
    }

    #[test]
    fn what_comes_back_is_compared_with_what_was_last_followed() {
        let lost = || SyncReply::Damaged { damage: Damage::CurrentMissing, hash: None };
        for (revision, head, reason) in [
            (6, "h6", Some(ResetReason::Regressed)),
            (7, "other", Some(ResetReason::Forked)),
            (7, "h7", None),
            (8, "h8", None),
        ] {
            let mut mirror = Mirror::default();
            mirror.apply(snapshot(Because::Initial, 7, "h7"));
            mirror.apply(lost());
            let (step, _) = mirror.apply(snapshot(Because::Initial, revision, head));
            match reason {
                Some(reason) => assert!(matches!(step, Step::Reset(told) if told == reason), "{step:?}"),
                None => assert!(matches!(step, Step::Snapshot(Because::Compacted)), "{step:?}"),
            }
        }
        // Once it is followed again, that is forgotten.
        let mut mirror = Mirror::default();
        mirror.apply(snapshot(Because::Initial, 7, "h7"));
        mirror.apply(lost());
        mirror.apply(SyncReply::Empty);
        mirror.apply(events(1, vec![record("a", 1, 1)]));
        mirror.apply(events(3, vec![record("a", 3, 1)]));
        let (step, _) = mirror.apply(snapshot(Because::Initial, 3, "h3"));
        assert!(matches!(step, Step::Reset(ResetReason::LogBroken)), "{step:?}");
    }

    #[test]
    fn values_that_are_lost_leave_nothing_behind() {
        let mut mirror = Mirror::default();
        mirror.apply(snapshot(Because::Initial, 7, "h7"));
        let lost = || SyncReply::Damaged { damage: Damage::CurrentMissing, hash: None };
        assert!(matches!(mirror.apply(lost()).0, Step::Reset(ResetReason::ValuesLost)));
        assert!(matches!(mirror.apply(lost()).0, Step::Same));
        assert!(mirror.state.is_empty());
        assert!(matches!(mirror.apply(SyncReply::Empty).0, Step::Reset(ResetReason::Emptied)));
    }
}
