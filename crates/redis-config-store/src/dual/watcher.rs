use std::sync::Arc;

use redis_service::Calls;

use super::{
    runtime::{Mailbox, dual, spawn},
    store::{Shared, Store},
    task::Task,
};
use crate::{Event, Result, Watch, backlog::Backlog};

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
    pub async fn next_event(&mut self) -> Option<Event> {
        let event = self.mailbox.take().await;
        self.taken();
        event
    }

    /// Has `listener` called for every event, one after the other, in the background: on a thread of its own,
    /// or as a task. If it panics, that is logged, and the next event is handed to it all the same.
    #[must_use = "dropping the handle stops watching"]
    pub fn on_change(self, listener: impl FnMut(Event) + Send + 'static) -> Watching {
        let calls = Arc::new(Calls::default());
        let watching = Watching { mailbox: Arc::clone(&self.mailbox), calls: Arc::clone(&calls) };
        spawn(Pump { watcher: self, listener, calls });
        watching
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

/// A listener that is being called in the background. Dropping this, or [`close`](Self::close), ends that.
#[derive(Debug)]
pub struct Watching {
    mailbox: Arc<Mailbox<Backlog>>,
    calls: Arc<Calls>,
}

impl Watching {
    /// Stops watching, and waits for the call that is running, if one is: when this comes back, the listener is
    /// not running, and is never called again. From within the listener it comes back at once.
    ///
    /// Do not call it while you hold what the listener waits for. Dropping the handle does not wait.
    pub fn close(&self) {
        self.stop();
        self.calls.wait();
    }

    fn stop(&self) {
        self.calls.close();
        self.mailbox.discard();
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Pump<F> {
    watcher: Watcher,
    listener: F,
    calls: Arc<Calls>,
}

#[dual(AFIT)]
impl<F: FnMut(Event) + Send + 'static> Task for Pump<F> {
    async fn run(mut self) {
        while let Some(event) = self.watcher.next_event().await {
            self.calls.make(|| (self.listener)(event));
        }
    }
}
