use std::{collections::VecDeque, sync::Arc};

use redis_service_runtime::Queue;

use crate::{
    State, Watch,
    change::{self, Change, Reset, ResetReason, WatchEvent, WatchGap},
    mirror::{Mirror, Step, part_of},
    sync::Because,
    watch::Mode,
};

/// What one watcher has yet to be told.
#[derive(Debug)]
pub(crate) struct Backlog {
    watch: Watch,
    has_joined: bool,
    queue: VecDeque<WatchEvent>,
    /// Of a watcher of what is current: what it was told last, and what is to be told next.
    shown: State,
    next: Option<Next>,
    /// Of a watcher of every commit that is too slow: how far it was told.
    behind: Option<Mirror>,
    /// The loss that it was told last, with nothing else since.
    told: Option<ResetReason>,
}

#[derive(Debug)]
struct Next {
    state: State,
    because: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
enum Told {
    Gap,
    Reset(ResetReason),
}

/// What came of one look at the namespace.
pub(crate) struct Publication<'a> {
    pub(crate) before: &'a Mirror,
    pub(crate) after: &'a Mirror,
    pub(crate) step: &'a Step,
}

impl Backlog {
    pub(crate) fn new(watch: Watch) -> Self {
        Self {
            watch,
            has_joined: false,
            queue: VecDeque::new(),
            shown: State::default(),
            next: None,
            behind: None,
            told: None,
        }
    }

    pub(crate) fn has_joined(&self) -> bool {
        self.has_joined
    }

    /// The first thing that the watcher is told.
    pub(crate) fn join(&mut self, state: &State, damage: Option<ResetReason>) {
        self.has_joined = true;
        self.shown = state.clone();
        self.queue.push_back(WatchEvent::Initial(state.only(&self.watch.filter)));
        if let Some(reason) = damage {
            self.tell_reset(reason, state, state);
        }
    }

    pub(crate) fn offer(&mut self, publication: &Publication<'_>) {
        if !self.has_joined {
            let Publication { before, after, step } = publication;
            match step {
                // What was known comes from the snapshot file.
                Step::Reset(_) if !before.state.epoch.is_empty() => self.join(&before.state, None),
                _ => return self.join(&after.state, after.told),
            }
        }
        // A loss of what was well is another than the one that was told before.
        if publication.before.told.is_none() {
            self.told = None;
        }
        match self.watch.mode {
            Mode::State => self.offer_state(publication),
            // It asks for itself.
            Mode::Log if self.behind.is_some() => {}
            Mode::Log => self.offer_log(publication),
        }
    }

    fn offer_state(&mut self, publication: &Publication<'_>) {
        let told = match publication.step {
            Step::Same => return,
            Step::Commits(_) => None,
            Step::Snapshot(Because::Initial) => None,
            Step::Snapshot(_) => {
                let (before, after) = (&publication.before.state, &publication.after.state);
                let is_told = !change::differences(before, after, &self.watch.filter).is_empty();
                is_told.then_some(Told::Gap)
            }
            Step::Reset(reason) => Some(Told::Reset(*reason)),
        };
        let state = publication.after.state.clone();
        // A reset that has not been told yet is not forgotten for what came after it.
        let because = match (self.next.take().and_then(|next| next.because), told) {
            (_, Some(Told::Reset(reason))) => Some(Told::Reset(reason)),
            (Some(Told::Reset(reason)), _) => Some(Told::Reset(reason)),
            (Some(Told::Gap), _) | (_, Some(Told::Gap)) => Some(Told::Gap),
            (None, None) => None,
        };
        self.next = Some(Next { state, because });
    }

    fn offer_log(&mut self, publication: &Publication<'_>) {
        let Publication { before, after, step } = publication;
        let wanted = match step {
            Step::Same | Step::Snapshot(Because::Initial) => 0,
            Step::Commits(commits) => commits.len(),
            Step::Snapshot(_) | Step::Reset(_) => 1,
        };
        if wanted <= self.room() {
            self.tell(step, &before.state, &after.state);
        } else {
            self.behind = Some((*before).clone());
        }
    }

    fn tell(&mut self, step: &Step, before: &State, after: &State) {
        match step {
            Step::Same | Step::Snapshot(Because::Initial) => {}
            Step::Commits(commits) => self.tell_commits(commits),
            Step::Snapshot(_) => self.tell_gap(before, after),
            Step::Reset(reason) => self.tell_reset(*reason, before, after),
        }
    }

    /// How many commits there is room for.
    pub(crate) fn room(&self) -> usize {
        self.watch.buffer.saturating_sub(self.queue.len())
    }

    /// What a watcher that is behind knows, once it has room for more.
    pub(crate) fn wants(&self) -> Option<&Mirror> {
        self.behind.as_ref().filter(|_| self.room() * 2 >= self.watch.buffer)
    }

    /// Catches up by one step. `now` is what everybody else knows.
    pub(crate) fn catch_up(&mut self, after: Mirror, step: &Step, now: &Mirror) {
        let Some(before) = self.behind.take() else { return };
        self.tell(step, &before.state, &after.state);
        // What is damaged, or was written past the log, leaves no record there.
        let is_damaged = matches!(step, Step::Same) && now.told.is_some();
        if after.known() != now.known() && !is_damaged {
            self.behind = Some(after);
        } else if after.state.entries != now.state.entries {
            self.tell_reset(now.told.unwrap_or(ResetReason::Foreign), &after.state, &now.state);
        }
    }

    fn tell_commits(&mut self, commits: &[Arc<Change>]) {
        let parts = commits.iter().filter_map(|commit| part_of(commit, &self.watch.filter));
        let before = self.queue.len();
        self.queue.extend(parts.map(WatchEvent::Change));
        if self.queue.len() > before {
            self.told = None;
        }
    }

    fn tell_gap(&mut self, before: &State, after: &State) {
        let keys = change::differences(before, after, &self.watch.filter);
        if !keys.is_empty() {
            let skipped = change::skipped(&keys);
            let state = after.only(&self.watch.filter);
            self.told = None;
            self.queue.push_back(WatchEvent::Gap(WatchGap { from: before.revision, state, keys, skipped }));
        }
    }

    fn tell_reset(&mut self, reason: ResetReason, before: &State, after: &State) {
        let filter = &self.watch.filter;
        let keys = change::differences(before, after, filter);
        let is_same = (&before.epoch, before.revision) == (&after.epoch, after.revision);
        if keys.is_empty() && is_same && self.told == Some(reason) {
            return;
        }
        self.told = Some(reason);
        let (before, after) = (before.only(filter), after.only(filter));
        self.queue.push_back(WatchEvent::Reset(Reset { reason, before, after, keys }));
    }
}

impl Queue for Backlog {
    type Item = WatchEvent;

    /// What is told next.
    fn pop(&mut self) -> Option<WatchEvent> {
        if let Some(next) = self.next.take_if(|_| self.queue.is_empty()) {
            let before = std::mem::replace(&mut self.shown, next.state);
            let after = self.shown.clone();
            match next.because {
                Some(Told::Reset(reason)) => self.tell_reset(reason, &before, &after),
                Some(Told::Gap) => self.tell_gap(&before, &after),
                None => {
                    let keys = change::differences(&before, &after, &self.watch.filter);
                    if !keys.is_empty() {
                        let skipped = change::skipped(&keys);
                        let change = Change { revision: after.revision, keys, skipped };
                        self.told = None;
                        self.queue.push_back(WatchEvent::Change(change));
                    }
                }
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
