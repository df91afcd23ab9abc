use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use super::runtime::Mailbox;
use crate::{
    Entry, ResetReason, Source, State, Status, StoreError,
    backlog::{Backlog, Publication},
    health::Health,
    mirror::{Mirror, Position, Step},
    sync::SyncReply,
};

/// What a store knows, and whom it tells.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) mirror: Mirror,
    pub(super) health: Health,
    pub(super) is_followed: bool,
    pub(super) watchers: Vec<Weak<Mailbox<Backlog>>>,
    pub(super) lives: Vec<Weak<dyn Follow>>,
    /// What was read one by one.
    held: BTreeMap<String, Held>,
    /// Counts what was published, so that nothing overtakes.
    published: u64,
    /// The last of that which told of a loss, and of which.
    last_reset: Option<(u64, ResetReason)>,
    is_closed: bool,
}

/// Somebody who is told how things are, and keeps a part of that.
pub(super) trait Follow: Send + Sync {
    fn follow(&self, news: &News);
}

/// How things are.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) number: u64,
    pub(super) state: State,
    pub(super) source: Source,
    /// The last of the news that told of a loss. What is gone with it was not deleted by anybody.
    last_reset: Option<(u64, ResetReason)>,
}

impl News {
    /// The loss that is told to somebody who was told that piece of news before: it may have been overtaken.
    pub(super) fn reset_since(&self, number: u64) -> Option<ResetReason> {
        // Whoever begins knows of no loss but the one that there is now.
        let since = if number == 0 { self.number - 1 } else { number };
        self.last_reset.filter(|(at, _)| *at > since).map(|(_, reason)| reason)
    }
}

#[derive(Debug)]
struct Held {
    entry: Option<Arc<Entry>>,
    asked: Instant,
    received: Instant,
}

/// What is known of a key locally.
pub(super) struct Local {
    pub(super) entry: Option<Arc<Entry>>,
    /// `None`: Redis was never asked.
    pub(super) asked: Option<Instant>,
    pub(super) source: Source,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            mirror: Mirror::default(),
            health: Health::new(),
            is_followed: false,
            watchers: Vec::new(),
            lives: Vec::new(),
            held: BTreeMap::new(),
            published: 0,
            last_reset: None,
            is_closed: false,
        }
    }

    /// Begins with what another process knew.
    pub(super) fn start_from(&mut self, mirror: Mirror) {
        self.mirror = mirror;
    }

    /// Why it was closed, if it was.
    pub(super) fn reason_for_end(&self) -> Option<StoreError> {
        self.health.fatal().filter(|_| self.is_closed)
    }

    pub(super) fn close(&mut self, error: StoreError) {
        self.is_closed = true;
        self.health.end(error);
        for watcher in self.watchers.drain(..).filter_map(|watcher| watcher.upgrade()) {
            watcher.discard();
        }
        self.lives.clear();
    }

    pub(super) fn is_known(&self) -> bool {
        self.mirror.position != Position::Unknown
    }

    fn source(&self) -> Source {
        if self.health.confirmed().is_some() { Source::Local } else { Source::Disk }
    }

    pub(super) fn status(&self, now: Instant, interval: Duration) -> Status {
        let State { epoch, revision, .. } = &self.mirror.state;
        self.health.status(now, interval, self.mirror.told, (Arc::clone(epoch), *revision))
    }

    /// Takes over what Redis answered at `asked` to somebody who knew `known`, unless somebody else was
    /// faster; tells the watchers, and says what happened.
    pub(super) fn settle(&mut self, asked: Instant, known: &[String; 3], reply: SyncReply) -> Settled {
        if self.mirror.known() != *known {
            return Settled { is_change: false, is_more: true, followers: Vec::new(), news: None };
        }
        let before = self.mirror.clone();
        let (step, is_more) = self.mirror.apply(reply);
        let reset = match step {
            Step::Reset(reason) => Some(reason),
            _ => None,
        };
        self.health.succeeded(asked, is_more, reset);
        let is_change = !matches!(step, Step::Same);
        // Half of a finding is none: what was found is told with what is asked for next.
        let is_half = is_more && !is_change;
        if self.is_known() || is_change || (self.mirror.told.is_some() && !is_half) {
            let publication = Publication { before: &before, after: &self.mirror, step: &step };
            self.watchers.retain(|watcher| match watcher.upgrade() {
                Some(watcher) => {
                    watcher.put(|backlog| backlog.offer(&publication));
                    true
                }
                None => false,
            });
        }
        let news = (!is_half).then(|| self.news(reset));
        Settled { is_change, is_more, followers: self.followers(), news }
    }

    /// Redis did not answer. Whoever was never told anything is told what is known.
    pub(super) fn fail(&mut self, error: StoreError) {
        self.health.failed(error);
        if self.is_known() {
            for watcher in self.watchers.iter().filter_map(Weak::upgrade) {
                watcher.put(|backlog| {
                    if !backlog.has_joined() {
                        backlog.join(&self.mirror.state, self.mirror.told);
                    }
                });
            }
        }
    }

    pub(super) fn followers(&mut self) -> Vec<Arc<dyn Follow>> {
        self.lives.retain(|live| live.strong_count() > 0);
        self.lives.iter().filter_map(Weak::upgrade).collect()
    }

    pub(super) fn news(&mut self, reset: Option<ResetReason>) -> News {
        self.published += 1;
        let reset = reset.or(self.mirror.told);
        if let Some(reason) = reset {
            self.last_reset = Some((self.published, reason));
        }
        let (state, source, last_reset) = (self.mirror.state.clone(), self.source(), self.last_reset);
        News { number: self.published, state, source, last_reset }
    }

    /// Remembers what Redis said of one key.
    pub(super) fn hold(&mut self, key: &str, entry: Option<Arc<Entry>>, asked: Instant, received: Instant) {
        let number = |entry: &Option<Arc<Entry>>| entry.as_ref().map_or(0, |entry| entry.version.number);
        match self.held.get(key) {
            // A late answer does not take back what is known since.
            Some(held) if asked < held.received && number(&entry) <= number(&held.entry) => {}
            _ => {
                self.held.insert(key.to_owned(), Held { entry, asked, received });
            }
        }
    }

    /// What is known of a key, by whatever was asked last.
    pub(super) fn local(&self, key: &str) -> Option<Local> {
        let confirmed = self.health.confirmed();
        if let Some(held) = self.held.get(key)
            && confirmed.is_none_or(|confirmed| confirmed < held.asked)
        {
            let entry = held.entry.clone();
            return Some(Local { entry, asked: Some(held.asked), source: Source::Local });
        }
        self.is_known().then(|| Local {
            entry: self.mirror.state.entries.get(key).cloned(),
            asked: confirmed,
            source: self.source(),
        })
    }
}

/// What came of an answer.
pub(super) struct Settled {
    pub(super) is_change: bool,
    pub(super) is_more: bool,
    followers: Vec<Arc<dyn Follow>>,
    news: Option<News>,
}

impl Settled {
    /// Tells those who run what users wrote: not while the desk is locked.
    pub(super) fn tell(self) {
        if let Some(news) = self.news {
            self.followers.iter().for_each(|follower| follower.follow(&news));
        }
    }
}
