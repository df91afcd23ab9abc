use std::{sync::Arc, time::Duration};

use redis_config_store::{
    StoreError, Watch,
    error::Result,
    extension::{MakeError, Mode, parts_of},
};

use super::{
    follower::Follower,
    inbox::Inbox,
    runtime::{dual, example, spawn},
    store::Store,
};
use crate::{LegacyEvent, backlog::Backlog, clock};

#[dual]
impl Store {
    /// Watches keys. The first event holds all of them; then follow changes, one key at a time, for each the latest.
    /// If Redis cannot be reached, the first event waits until it can.
    ///
    /// The watcher has a connection of its own (`SUBSCRIBE`, or `PSUBSCRIBE` and `SCAN` for several keys). It checks
    /// the keys for which Redis sends notifications; and at every interval all of them.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if every version is wanted, because the layout has no log, or if the key is invalid; `Closed` if
    /// the store was closed.
    pub async fn watch(&self, watch: Watch) -> Result<Watcher> {
        self.check_open()?;
        let (filter, mode) = parts_of(watch);
        if mode == Mode::Log {
            return Err(StoreError::invalid_input("the older layout has no log of every version"));
        }
        let inbox = Arc::new(Inbox::new());
        let follower = Follower::new(self.clone(), filter, Arc::clone(&inbox))?;
        {
            let mut local = self.local();
            local.watchers.retain(|watcher| watcher.strong_count() > 0);
            local.watchers.push(Arc::downgrade(&inbox));
        }
        spawn(follower);
        Ok(Watcher { inbox })
    }
}

/// Delivers the changes of the keys that it watches. It ends only when it, its store or the service is closed.
///
/// # Examples
///
#[doc = example!("watcher.md")]
#[derive(Debug)]
pub struct Watcher {
    inbox: Arc<Inbox>,
}

#[dual]
impl Watcher {
    /// Waits for the next event. Returns `None` once the watcher or its store is closed.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<LegacyEvent> {
        self.inbox.events.take().await
    }

    /// Waits for the next event, but no longer than `time`. Returns `None` if none arrived, or the watcher or its store
    /// is closed; [`has_ended`](Self::has_ended) distinguishes these.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_within(&mut self, time: Duration) -> Option<LegacyEvent> {
        self.inbox.events.take_within(time).await
    }

    /// Returns whether the watcher or its store is closed: no event follows.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.inbox.events.is_closed()
    }

    /// Returns a handle that closes the watcher from elsewhere: from another thread, while this one waits for the next
    /// event. Dropping the handle closes nothing.
    #[must_use]
    pub fn closer(&self) -> WatcherCloser {
        WatcherCloser(Arc::clone(&self.inbox))
    }

    /// How long ago every watched key was last checked. `None` if that never succeeded.
    ///
    /// If it is much longer than the [interval](crate::LegacyOptions::with_interval), Redis cannot be reached.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let confirmed = self.inbox.events.look(Backlog::confirmed)?;
        Some(clock::now().saturating_duration_since(confirmed))
    }

    /// Stops watching: no event follows.
    pub fn close(&self) {
        self.inbox.close();
    }
}

/// Closes a [`Watcher`] from elsewhere. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct WatcherCloser(Arc<Inbox>);

impl WatcherCloser {
    /// Stops watching, as [`Watcher::close`] does: it wakes the waiting reader, and no event follows.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.close();
    }
}
