use std::{collections::VecDeque, sync::Arc};

use redis_service_runtime::Queue;

use super::{
    Mode, ResetReason, Watch,
    event::{self, Change, Reset, WatchEvent, WatchGap},
};
use crate::{
    protocol::SnapshotReason,
    read::State,
    replica::{Mirror, Transition},
};

/// The events that one watcher has yet to deliver.
#[derive(Debug)]
pub(crate) struct Backlog {
    watch: Watch,
    has_joined: bool,
    queue: VecDeque<WatchEvent>,
    /// For a watcher of what is current: the state that it delivered last, and the one to deliver next.
    delivered: State,
    next: Option<Pending>,
    /// For a watcher of every commit that is too slow: what it knows.
    behind: Option<Mirror>,
    /// The loss that was queued last, with nothing else since.
    reported: Option<ResetReason>,
}

/// A state to deliver.
#[derive(Debug)]
struct Pending {
    state: State,
    interruption: Option<Interruption>,
}

/// Why a state does not follow from the one before by commits that are known one by one.
#[derive(Clone, Copy, Debug)]
enum Interruption {
    Gap,
    Reset(ResetReason),
}

/// The result of one synchronization of the namespace.
pub(crate) struct Publication<'a> {
    pub(crate) before: &'a Mirror,
    pub(crate) after: &'a Mirror,
    pub(crate) transition: &'a Transition,
}

impl Backlog {
    pub(crate) fn new(watch: Watch) -> Self {
        Self {
            watch,
            has_joined: false,
            queue: VecDeque::new(),
            delivered: State::default(),
            next: None,
            behind: None,
            reported: None,
        }
    }

    pub(crate) fn has_joined(&self) -> bool {
        self.has_joined
    }

    /// Queues the first event.
    pub(crate) fn join(&mut self, state: &State, damage: Option<ResetReason>) {
        self.has_joined = true;
        self.delivered = state.clone();
        self.queue.push_back(WatchEvent::Initial(state.only(&self.watch.filter)));
        if let Some(reason) = damage {
            self.push_reset(reason, state, state);
        }
    }

    /// Queues what a synchronization found.
    pub(crate) fn offer(&mut self, publication: &Publication<'_>) {
        if !self.has_joined {
            let Publication { before, after, transition } = publication;
            match transition {
                // What was known comes from the snapshot file.
                Transition::Reset(_) if !before.state.epoch.is_empty() => self.join(&before.state, None),
                _ => return self.join(&after.state, after.reported),
            }
        }
        // A loss from a sound state is another one than the loss that was queued before.
        if publication.before.reported.is_none() {
            self.reported = None;
        }
        match self.watch.mode {
            Mode::State => self.offer_state(publication),
            // It reads the log itself.
            Mode::Log if self.behind.is_some() => {}
            Mode::Log => self.offer_log(publication),
        }
    }

    fn offer_state(&mut self, publication: &Publication<'_>) {
        let interruption = match publication.transition {
            Transition::Unchanged => return,
            Transition::Commits(_) | Transition::Snapshot(SnapshotReason::Initial) => None,
            Transition::Snapshot(_) => {
                let (before, after) = (&publication.before.state, &publication.after.state);
                let is_visible = !event::differences(before, after, &self.watch.filter).is_empty();
                is_visible.then_some(Interruption::Gap)
            }
            Transition::Reset(reason) => Some(Interruption::Reset(*reason)),
        };
        let state = publication.after.state.clone();
        // A reset that has not been delivered yet outweighs what came after it.
        let interruption = match (self.next.take().and_then(|next| next.interruption), interruption) {
            (_, Some(Interruption::Reset(reason))) => Some(Interruption::Reset(reason)),
            (Some(Interruption::Reset(reason)), _) => Some(Interruption::Reset(reason)),
            (Some(Interruption::Gap), _) | (_, Some(Interruption::Gap)) => Some(Interruption::Gap),
            (None, None) => None,
        };
        self.next = Some(Pending { state, interruption });
    }

    fn offer_log(&mut self, publication: &Publication<'_>) {
        let Publication { before, after, transition } = publication;
        let events = match transition {
            Transition::Unchanged | Transition::Snapshot(SnapshotReason::Initial) => 0,
            Transition::Commits(commits) => commits.len(),
            Transition::Snapshot(_) | Transition::Reset(_) => 1,
        };
        if events <= self.room() {
            self.push(transition, &before.state, &after.state);
        } else {
            self.behind = Some((*before).clone());
        }
    }

    /// How many commits there is room for.
    pub(crate) fn room(&self) -> usize {
        self.watch.buffer.saturating_sub(self.queue.len())
    }

    /// What a watcher that is behind knows, once it has room for more.
    pub(crate) fn behind(&self) -> Option<&Mirror> {
        self.behind.as_ref().filter(|_| self.room() * 2 >= self.watch.buffer)
    }

    /// Catches up by one step. `now` is what the store knows.
    pub(crate) fn catch_up(&mut self, after: Mirror, transition: &Transition, now: &Mirror) {
        let Some(before) = self.behind.take() else { return };
        self.push(transition, &before.state, &after.state);
        // Damage, and what was written without the log, leave no record there.
        let is_damaged = matches!(transition, Transition::Unchanged) && now.reported.is_some();
        if after.known() != now.known() && !is_damaged {
            self.behind = Some(after);
        } else if after.state.entries != now.state.entries {
            self.push_reset(now.reported.unwrap_or(ResetReason::Foreign), &after.state, &now.state);
        }
    }

    fn push(&mut self, transition: &Transition, before: &State, after: &State) {
        match transition {
            Transition::Unchanged | Transition::Snapshot(SnapshotReason::Initial) => {}
            Transition::Commits(commits) => self.push_commits(commits),
            Transition::Snapshot(_) => self.push_gap(before, after),
            Transition::Reset(reason) => self.push_reset(*reason, before, after),
        }
    }

    fn push_commits(&mut self, commits: &[Arc<Change>]) {
        let parts = commits.iter().filter_map(|commit| event::part_of(commit, &self.watch.filter));
        let before = self.queue.len();
        self.queue.extend(parts.map(WatchEvent::Change));
        if self.queue.len() > before {
            self.reported = None;
        }
    }

    /// Queues what changed between two states, as one change.
    fn push_change(&mut self, before: &State, after: &State) {
        let keys = event::differences(before, after, &self.watch.filter);
        if !keys.is_empty() {
            let skipped = event::skipped(&keys);
            self.reported = None;
            self.queue.push_back(WatchEvent::Change(Change { revision: after.revision, keys, skipped }));
        }
    }

    fn push_gap(&mut self, before: &State, after: &State) {
        let keys = event::differences(before, after, &self.watch.filter);
        if !keys.is_empty() {
            let skipped = event::skipped(&keys);
            let state = after.only(&self.watch.filter);
            self.reported = None;
            self.queue.push_back(WatchEvent::Gap(WatchGap { from: before.revision, state, keys, skipped }));
        }
    }

    fn push_reset(&mut self, reason: ResetReason, before: &State, after: &State) {
        let filter = &self.watch.filter;
        let keys = event::differences(before, after, filter);
        let is_same = (&before.epoch, before.revision) == (&after.epoch, after.revision);
        if keys.is_empty() && is_same && self.reported == Some(reason) {
            return;
        }
        self.reported = Some(reason);
        let (before, after) = (before.only(filter), after.only(filter));
        self.queue.push_back(WatchEvent::Reset(Reset { reason, before, after, keys }));
    }
}

impl Queue for Backlog {
    type Item = WatchEvent;

    /// The next event.
    fn pop(&mut self) -> Option<WatchEvent> {
        if let Some(next) = self.next.take_if(|_| self.queue.is_empty()) {
            let before = std::mem::replace(&mut self.delivered, next.state);
            let after = self.delivered.clone();
            match next.interruption {
                Some(Interruption::Reset(reason)) => self.push_reset(reason, &before, &after),
                Some(Interruption::Gap) => self.push_gap(&before, &after),
                None => self.push_change(&before, &after),
            }
        }
        self.queue.pop_front()
    }

    fn clear(&mut self) {
        self.queue.clear();
        self.next = None;
        self.behind = None;
    }
}
