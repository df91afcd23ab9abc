use std::{
    path::Path,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use super::{member::Member, runtime::Mailbox};
use crate::{
    clock,
    error::StoreError,
    options::StoreOptions,
    protocol::SyncReply,
    read::{Source, State},
    replica::{EntryCache, Health, Known, Mirror, Observer, Position, Transition, Update, Updates},
    status::Status,
    watch::{Backlog, Publication, ResetReason},
};

/// What is known of a namespace, and which stores are notified of changes.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) mirror: Mirror,
    pub(super) health: Health,
    /// Whether a replicator runs.
    pub(super) is_replicated: bool,
    cache: EntryCache,
    members: Vec<Member>,
    /// Counts the members that have joined.
    joined: u64,
    updates: Updates,
    is_closed: bool,
}

/// What is known locally of a key.
pub(super) struct LocalEntry {
    pub(super) known: Known,
    /// When Redis was asked; `None` if it never was.
    pub(super) asked: Option<Instant>,
    pub(super) source: Source,
}

impl Hub {
    /// A hub that begins with what an earlier process knew.
    pub(super) fn new(mirror: Mirror) -> Self {
        Self {
            mirror,
            health: Health::new(),
            is_replicated: false,
            cache: EntryCache::default(),
            members: Vec::new(),
            joined: 0,
            updates: Updates::default(),
            is_closed: false,
        }
    }

    /// Why it was closed, if it was.
    pub(super) fn reason_for_end(&self) -> Option<StoreError> {
        self.health.fatal().filter(|_| self.is_closed)
    }

    /// Closes all stores, for a reason. The hub stays closed.
    pub(super) fn close(&mut self, error: StoreError) {
        self.is_closed = true;
        self.health.end(error);
        self.members.drain(..).for_each(Member::close);
    }

    /// Adds a store, and returns its number; `None` if the hub is closed. What an earlier process knew counts while
    /// nothing else is known.
    pub(super) fn join(&mut self, options: &StoreOptions, mirror: &Mirror) -> Option<u64> {
        if self.is_closed {
            return None;
        }
        if !self.is_known() {
            self.mirror = mirror.clone();
        }
        self.joined += 1;
        self.members.push(Member::new(self.joined, options));
        Some(self.joined)
    }

    /// Removes a store, and ends its watchers and live values. The last one closes the hub, for a reason.
    pub(super) fn leave(&mut self, number: u64, reason: StoreError) {
        let Some(index) = self.members.iter().position(|member| member.number == number) else { return };
        self.members.swap_remove(index).close();
        if self.members.is_empty() {
            self.close(reason);
        }
    }

    pub(super) fn member(&mut self, number: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.number == number)
    }

    /// The stores with watchers or live values, past or present.
    pub(super) fn followers(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_following)
    }

    pub(super) fn watchers(&self) -> Vec<Arc<Mailbox<Backlog>>> {
        self.members.iter().flat_map(|member| &member.watchers).filter_map(Weak::upgrade).collect()
    }

    pub(super) fn is_known(&self) -> bool {
        self.mirror.position != Position::Unknown
    }

    fn source(&self) -> Source {
        if self.health.confirmed().is_some() { Source::Local } else { Source::Disk }
    }

    /// The status of a store.
    pub(super) fn status(&self, now: Instant, interval: Duration, number: u64) -> Status {
        let State { epoch, revision, .. } = &self.mirror.state;
        let status = self.health.status(now, interval, self.mirror.reported, (Arc::clone(epoch), *revision));
        Status { snapshot_error: self.snapshot_error(number).cloned(), ..status }
    }

    /// Why a store's snapshot file could not be read or written.
    pub(super) fn snapshot_error(&self, number: u64) -> Option<&StoreError> {
        self.members.iter().find(|member| member.number == number)?.snapshot_error.as_ref()
    }

    /// A snapshot file was written, or was not.
    pub(super) fn snapshot_written(&mut self, path: &Path, error: Option<StoreError>) {
        let members = self.members.iter_mut();
        members
            .filter(|member| member.snapshot_file.as_deref() == Some(path))
            .for_each(|member| member.snapshot_error.clone_from(&error));
    }

    /// Applies what Redis answered at `asked` to a question from `known`, unless the mirror has moved on since. Queues
    /// events for the watchers; the caller notifies the observers.
    pub(super) fn apply(&mut self, asked: Instant, known: &[String; 3], reply: SyncReply) -> Applied {
        if self.mirror.known() != *known {
            return Applied { is_change: false, is_more: true, observers: Vec::new(), update: None };
        }
        let before = self.mirror.clone();
        let (transition, is_more) = self.mirror.apply(reply);
        let reset = match transition {
            Transition::Reset(reason) => Some(reason),
            _ => None,
        };
        self.health.succeeded(asked, is_more, reset);
        self.cache.followed(clock::now(), reset.is_some());
        let is_change = !matches!(transition, Transition::Unchanged);
        // An incomplete finding is published with the answer to the next question.
        let is_incomplete = is_more && !is_change;
        if self.is_known() || is_change || (self.mirror.reported.is_some() && !is_incomplete) {
            let publication = Publication { before: &before, after: &self.mirror, transition: &transition };
            for member in &mut self.members {
                member.watchers.retain(|watcher| match watcher.upgrade() {
                    Some(watcher) => {
                        watcher.put(|backlog| backlog.offer(&publication));
                        true
                    }
                    None => false,
                });
            }
        }
        let update = (!is_incomplete).then(|| self.update(reset));
        Applied { is_change, is_more, observers: self.observers(), update }
    }

    /// Redis did not answer. A watcher without a first event gets the local copy.
    pub(super) fn fail(&mut self, error: StoreError) {
        self.health.failed(error);
        if self.is_known() {
            for watcher in self.watchers() {
                watcher.put(|backlog| {
                    if !backlog.has_joined() {
                        backlog.join(&self.mirror.state, self.mirror.reported);
                    }
                });
            }
        }
    }

    fn observers(&mut self) -> Vec<Arc<dyn Observer>> {
        for member in &mut self.members {
            member.observers.retain(|observer| observer.strong_count() > 0);
        }
        self.members.iter().flat_map(|member| &member.observers).filter_map(Weak::upgrade).collect()
    }

    /// The next update for observers.
    pub(super) fn update(&mut self, reset: Option<ResetReason>) -> Update {
        let (state, confirmed) = (self.mirror.state.clone(), self.health.confirmed());
        self.updates.next(state, confirmed, reset.or(self.mirror.reported))
    }

    /// Records what Redis answered about a key: when it was asked, and when the answer came.
    pub(super) fn record(&mut self, key: &str, known: Known, times: (Instant, Instant)) {
        self.cache.record(key, known, times, &self.mirror.state.entries);
    }

    /// Records the commits that a watcher reads from the log by itself: it may be ahead.
    pub(super) fn record_commits(&mut self, transition: &Transition, times: (Instant, Instant)) {
        let Transition::Commits(commits) = transition else { return };
        for change in commits.iter().flat_map(|commit| &commit.keys) {
            self.record_newer(&change.key, Known::Entry(change.after.clone()), times);
        }
    }

    /// Records what Redis answered about a key, if it is newer than what is known.
    pub(super) fn record_newer(&mut self, key: &str, known: Known, times: (Instant, Instant)) {
        let is_newer = self.local(key).is_none_or(|local| local.known.number() < known.number());
        if is_newer {
            self.record(key, known, times);
        }
    }

    /// What is known of a key, from the latest answer about it.
    pub(super) fn local(&self, key: &str) -> Option<LocalEntry> {
        let confirmed = self.health.confirmed();
        let followed = self.mirror.state.entries.get(key);
        let cached = match self.is_known() {
            true => self.cache.latest(key, followed.map_or(0, |entry| entry.version.number), confirmed),
            false => self.cache.get(key),
        };
        if let Some(cached) = cached {
            let known = cached.known.clone();
            return Some(LocalEntry { known, asked: Some(cached.asked), source: Source::Local });
        }
        self.is_known().then(|| LocalEntry {
            known: Known::Entry(followed.cloned()),
            asked: confirmed,
            source: self.source(),
        })
    }
}

/// The result of applying an answer.
pub(super) struct Applied {
    pub(super) is_change: bool,
    pub(super) is_more: bool,
    observers: Vec<Arc<dyn Observer>>,
    update: Option<Update>,
}

impl Applied {
    /// Notifies the observers, which run user code: never while the hub is locked.
    pub(super) fn notify(self) {
        if let Some(update) = self.update {
            self.observers.iter().for_each(|observer| observer.observe(&update));
        }
    }
}
