use std::{sync::Arc, time::Duration};

use super::{
    super::runtime::{dual, spawn},
    Legacy,
    follow::Follower,
    inbox::Inbox,
};
use crate::{Error, LegacyEvent, Result, Watch, clock, legacy::Backlog, watch::Mode};

#[dual]
impl Legacy {
    /// Watches keys. The first event is how they are; then comes what changes, one key at a time, for each the
    /// latest. If Redis cannot be reached, the first event waits until it can.
    ///
    /// Redis is listened to on a connection of its own (`SUBSCRIBE`, or `PSUBSCRIBE` and `SCAN` for several keys).
    /// What it announces is looked at; and at every interval everything is, whatever was announced.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if every version is wanted: the layout has no log to tell them from; or if the key makes no
    /// sense. `Closed` if the store was closed.
    pub async fn watch(&self, watch: Watch) -> Result<LegacyWatcher> {
        self.check_open()?;
        if watch.mode == Mode::Log {
            return Err(Error::invalid_input("the legacy layout has no log to be told from"));
        }
        let inbox = Arc::new(Inbox::new());
        let follower = Follower::new(self.clone(), watch.filter, Arc::clone(&inbox))?;
        {
            let mut local = self.local();
            local.watchers.retain(|watcher| watcher.strong_count() > 0);
            local.watchers.push(Arc::downgrade(&inbox));
        }
        spawn(follower);
        Ok(LegacyWatcher { inbox })
    }
}

/// What becomes of the keys that it watches; ends only when it, its store or the service is closed.
#[derive(Debug)]
pub struct LegacyWatcher {
    inbox: Arc<Inbox>,
}

#[dual]
impl LegacyWatcher {
    /// What happens next; `None` once the watcher or its store is closed.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_event(&mut self) -> Option<LegacyEvent> {
        self.inbox.events.take().await
    }

    /// How long ago Redis was last asked for everything that is watched, and answered. `None` if it never did.
    ///
    /// Much more than the [interval](crate::LegacyOptions::interval), and Redis cannot be reached.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let confirmed = self.inbox.events.look(Backlog::confirmed)?;
        Some(clock::now().saturating_duration_since(confirmed))
    }

    /// Stops watching: nothing more is told.
    pub fn close(&self) {
        self.inbox.close();
    }
}

impl Drop for LegacyWatcher {
    fn drop(&mut self) {
        self.close();
    }
}
