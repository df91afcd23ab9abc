use std::{sync::Arc, time::Duration};

use super::{
    THREAD,
    runtime::{ListenerHandle, Mailbox, Source, dual, example},
    store::{Shared, Store},
};
use crate::{
    error::{During, Result},
    watch::{Backlog, Watch, WatchEvent},
};

#[dual]
impl Store {
    /// Watches keys. The first event is their state; then changes follow, in order. If Redis cannot be reached, the
    /// first event waits until it can, unless there is a snapshot file.
    ///
    /// # Errors
    ///
    /// `Closed` if the store was closed.
    pub async fn watch(&self, watch: Watch) -> Result<Watcher> {
        let mailbox = Arc::new(Mailbox::new(Backlog::new(watch)));
        let follow = self.shared.follow(|member| member.watchers.push(Arc::downgrade(&mailbox)));
        follow.during("watch")?;
        Ok(Watcher { mailbox, shared: Arc::clone(&self.shared) })
    }
}

/// Delivers the changes of the keys that it watches. It ends only when it, or the store, is closed.
///
/// # Examples
///
#[doc = example!("watcher.md")]
#[derive(Debug)]
pub struct Watcher {
    mailbox: Arc<Mailbox<Backlog>>,
    shared: Arc<Shared>,
}

#[dual]
impl Watcher {
    /// Waits for the next event. Returns `None` once the watcher or its store is closed.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<WatchEvent> {
        let event = self.mailbox.take().await;
        self.taken();
        event
    }

    /// Waits for the next event, but no longer than `time`. Returns `None` if none arrived, or the watcher or its store
    /// is closed; [`has_ended`](Self::has_ended) distinguishes these.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_within(&mut self, time: Duration) -> Option<WatchEvent> {
        let event = self.mailbox.take_within(time).await;
        self.taken();
        event
    }

    /// Returns whether the watcher or its store is closed: no event follows.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// Returns a handle that closes the watcher from elsewhere: from another thread, while this one waits for the next
    /// event. Dropping the handle closes nothing.
    #[must_use]
    pub fn closer(&self) -> WatcherCloser {
        WatcherCloser(Arc::clone(&self.mailbox))
    }

    /// Calls `listener` for every event, one after the other, in the background: on a thread of its own, or in a task.
    /// If it panics, the panic is logged, and the next event is delivered nevertheless.
    #[must_use = "dropping the handle stops watching"]
    pub fn on_change(self, listener: impl FnMut(WatchEvent) + Send + 'static) -> ListenerHandle {
        let mailbox = Arc::clone(&self.mailbox);
        ListenerHandle::spawn(self, listener, move || mailbox.discard())
    }

    /// Stops watching: no event follows.
    pub fn close(&self) {
        self.mailbox.discard();
    }

    #[allow(dead_code, reason = "for the Stream of the async API")]
    pub(crate) fn mailbox(&self) -> &Mailbox<Backlog> {
        &self.mailbox
    }

    /// An event was taken. A watcher that was too slow may have room for more.
    pub(crate) fn taken(&self) {
        if self.mailbox.look(|backlog| backlog.behind().is_some()) {
            self.shared.replica.request_sync();
        }
    }
}

/// Closes a [`Watcher`] from elsewhere. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct WatcherCloser(Arc<Mailbox<Backlog>>);

impl WatcherCloser {
    /// Stops watching, as [`Watcher::close`] does: it wakes the waiting reader, and no event follows.
    pub fn close(&self) {
        self.0.discard();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.close();
    }
}

#[dual(AFIT)]
impl Source for Watcher {
    type Item = WatchEvent;

    const THREAD: &'static str = THREAD;

    async fn next(&mut self) -> Option<WatchEvent> {
        self.next_event().await
    }
}
