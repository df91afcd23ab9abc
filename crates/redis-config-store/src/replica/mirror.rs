#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::checkpoint::Checkpoint;
use crate::{
    protocol::{CurrentValues, Damage, Record, SnapshotReason, SyncReply},
    read::{Entries, State},
    watch::{Change, KeyChange, ResetReason},
};

/// The local copy of a namespace as of its last synchronization, and what to ask for next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mirror {
    pub(crate) state: State,
    pub(crate) position: Position,
    /// The damage of the namespace that has been reported, for as long as it lasts.
    pub(crate) reported: Option<ResetReason>,
    /// The last known point of the history, while that cannot be followed.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// The position in the history of the namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Position {
    /// Redis was never asked.
    #[default]
    Unknown,
    /// The namespace was empty.
    Empty,
    /// After the revision of the state, with this head.
    At(String),
}

/// How a reply changes a mirror.
#[derive(Clone, Debug)]
pub(crate) enum Transition {
    Unchanged,
    /// Commits in order, each whole.
    Commits(Vec<Arc<Change>>),
    /// The state, known for the first time, or after the log was trimmed too far.
    Snapshot(SnapshotReason),
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

    /// Applies the server's answer, and returns how that changes the mirror. The second value says whether there is
    /// more to ask for.
    pub(crate) fn apply(&mut self, reply: SyncReply) -> (Transition, bool) {
        match reply {
            SyncReply::Same => {
                (self.reported, self.checkpoint) = (None, None);
                (Transition::Unchanged, false)
            }
            SyncReply::Events { epoch, revision, records } => self.append(&epoch, revision, records),
            SyncReply::Snapshot { reason, current } => (self.apply_snapshot(reason, current), false),
            SyncReply::Empty => (self.empty(), false),
            SyncReply::Damaged { damage, current } => (self.damage(damage, current), false),
            SyncReply::Rewritten { current } => {
                self.replace(current);
                (Transition::Reset(ResetReason::Foreign), false)
            }
        }
    }

    /// Whether current values of the same revision differ: another program wrote them. `None` if they are of another
    /// revision.
    pub(crate) fn differs_from(&self, current: &CurrentValues) -> Option<bool> {
        let is_same = *self.state.epoch == *current.epoch
            && self.state.revision == current.revision
            && self.position == Position::At(current.head.clone());
        is_same.then(|| *self.state.entries != current.entries)
    }

    fn append(&mut self, epoch: &str, revision: u64, records: Vec<Record>) -> (Transition, bool) {
        let Some(commits) = self.commits(records) else {
            // To a client that knows nothing, the server answers with the whole state. The loss is reported with that.
            self.position = Position::Unknown;
            self.reported = Some(ResetReason::LogBroken);
            return (Transition::Unchanged, true);
        };
        (self.reported, self.checkpoint) = (None, None);
        self.state.epoch = epoch.into();
        let is_behind = self.state.revision < revision;
        (Transition::Commits(commits), is_behind)
    }

    /// Groups the records into commits; `None` if one is incomplete or missing.
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

    fn apply_snapshot(&mut self, reason: SnapshotReason, current: CurrentValues) -> Transition {
        let reported = self.reported.take();
        let contradiction = self.checkpoint.take().and_then(|checkpoint| checkpoint.contradicts(&current));
        self.replace(current);
        if let (SnapshotReason::Initial, Some(reason)) = (reason, contradiction) {
            return Transition::Reset(reason);
        }
        match (reason, reported) {
            (SnapshotReason::Initial, Some(ResetReason::LogBroken)) => {
                Transition::Reset(ResetReason::LogBroken)
            }
            // What was lost is back.
            (SnapshotReason::Initial, Some(_)) => Transition::Snapshot(SnapshotReason::Compacted),
            (SnapshotReason::Initial | SnapshotReason::Compacted, _) => Transition::Snapshot(reason),
            (SnapshotReason::Epoch, _) => Transition::Reset(ResetReason::NewEpoch),
            (SnapshotReason::Regress, _) => Transition::Reset(ResetReason::Regressed),
            (SnapshotReason::Fork, _) => Transition::Reset(ResetReason::Forked),
        }
    }

    fn replace(&mut self, current: CurrentValues) {
        let CurrentValues { epoch, revision, head, entries } = current;
        self.state = State { epoch: epoch.into(), revision, entries: Arc::new(entries) };
        self.position = Position::At(head);
    }

    fn empty(&mut self) -> Transition {
        let was = std::mem::replace(&mut self.position, Position::Empty);
        self.checkpoint = None;
        let transition = match was {
            Position::Unknown if self.reported.is_none() => Transition::Snapshot(SnapshotReason::Initial),
            Position::Empty => Transition::Unchanged,
            Position::At(_) | Position::Unknown => {
                self.reported = Some(ResetReason::Emptied);
                Transition::Reset(ResetReason::Emptied)
            }
        };
        self.state = State::default();
        transition
    }

    fn damage(&mut self, damage: Damage, current: Option<CurrentValues>) -> Transition {
        let reason = damage.reason();
        let before = (self.state.clone(), self.position.clone());
        match current {
            Some(current) => {
                self.checkpoint = Some(Checkpoint::of(&current));
                self.replace(current);
            }
            None => self.state = State::default(),
        }
        // Unreadable keys may be repaired without a commit: they are read again each time.
        if matches!(damage, Damage::CurrentMissing | Damage::WrongType | Damage::Unreadable) {
            let (state, position) = &before;
            if let Position::At(head) = position {
                let (epoch, revision) = (state.epoch.to_string(), state.revision);
                self.checkpoint.get_or_insert(Checkpoint { epoch, revision, head: head.clone() });
            }
            self.position = Position::Unknown;
        }
        let (state, position) = before;
        let is_reported = self.reported.replace(reason) == Some(reason);
        if is_reported && state.epoch == self.state.epoch && state.revision < self.state.revision {
            // The same damage as before, and a commit was made in spite of it.
            return Transition::Snapshot(SnapshotReason::Compacted);
        }
        let is_same = position == self.position
            && state.revision == self.state.revision
            && state.entries == self.state.entries;
        if is_reported && is_same { Transition::Unchanged } else { Transition::Reset(reason) }
    }
}

fn put(entries: &mut Entries, record: Record) -> KeyChange {
    let after = Arc::new(record.entry);
    let before = entries.insert(record.key.as_str().into(), Arc::clone(&after));
    KeyChange { key: record.key, before, after: Some(after) }
}
