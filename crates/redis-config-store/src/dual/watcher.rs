use std::sync::Arc;

use super::{
    THREAD,
    runtime::{ListenerHandle, Mailbox, Source, dual},
    store::{Shared, Store},
};
use crate::{Result, Watch, WatchEvent, backlog::Backlog};

#[dual]
impl Store {
    /// Watches keys. The first event is how they are; then comes what changes, in order. If Redis cannot be
    /// reached, the first event waits until it can, unless there is a snapshot file.
    ///
    /// # Errors
    ///
    /// `Closed` if the store was closed.
    pub async fn watch(&self, watch: Watch) -> Result<Watcher> {
        let mailbox = Arc::new(Mailbox::new(Backlog::new(watch)));
        self.shared.open_desk()?.watchers.push(Arc::downgrade(&mailbox));
        self.shared.follow();
        // Where nothing can run in the background, it is over at once.
        self.shared.check_open()?;
        Ok(Watcher { mailbox, shared: Arc::clone(&self.shared) })
    }
}

/// What becomes of the keys that it watches; ends only when it, or the store, is closed.
#[derive(Debug)]
pub struct Watcher {
    mailbox: Arc<Mailbox<Backlog>>,
    shared: Arc<Shared>,
}

#[dual]
impl Watcher {
    /// What happens next; `None` once the watcher or its store is closed.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_event(&mut self) -> Option<WatchEvent> {
        let event = self.mailbox.take().await;
        self.taken();
        event
    }

    /// Has `listener` called for every event, one after the other, in the background: on a thread of its own,
    /// or as a task. If it panics, that is logged, and the next event is handed to it all the same.
    #[must_use = "dropping the handle stops watching"]
    pub fn on_change(self, listener: impl FnMut(WatchEvent) + Send + 'static) -> ListenerHandle {
        let mailbox = Arc::clone(&self.mailbox);
        ListenerHandle::spawn(self, listener, move || mailbox.discard())
    }

    /// Stops watching: nothing more is told.
    pub fn close(&self) {
        self.mailbox.discard();
    }

    #[allow(dead_code, reason = "for the Stream of the async API")]
    pub(crate) fn mailbox(&self) -> &Mailbox<Backlog> {
        &self.mailbox
    }

    /// An event was taken. Whoever was too slow may have room for more.
    pub(crate) fn taken(&self) {
        if self.mailbox.look(|backlog| backlog.wants().is_some()) {
            self.shared.ask();
        }
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
