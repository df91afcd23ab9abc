mod listener_task;
mod store_sink;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis_service::extension::RawEvent;

use self::{
    listener_task::ListenerTask,
    store_sink::{StoreSink, deliver},
};
use super::{
    THREAD,
    replica::{POLLING_FACTOR, RETRY, Replica},
    runtime::{self, Mailbox, Service},
};
use crate::{
    error::StoreError,
    subscribers::{Notices, Scope, Signal, Subscribers},
};

/// The one subscribing connection of all stores of a service. It notifies each store of what concerns it.
///
/// The service keeps it, so it must not keep the service: only its stores do, and an attempt to connect while it lasts.
#[derive(Debug)]
pub(super) struct SharedListener {
    state: Mutex<State>,
    /// Wakes the task that listens.
    signal: Mailbox<Signal>,
}

#[derive(Debug, Default)]
struct State {
    subscribers: Subscribers<Arc<StoreSink>>,
    /// Whether a task listens for the subscribers.
    is_running: bool,
}

/// A store's part in the shared connection. Dropping it removes the store.
pub(super) struct Registration {
    listener: Arc<SharedListener>,
    number: u64,
}

impl Replica {
    /// Registers the namespace with the shared listener. Returns also whether the listener serves it next.
    pub(super) fn register(self: &Arc<Self>) -> (Registration, bool) {
        let extension = self.redis().extension();
        let listener = extension.slot(SharedListener::new);
        let interest = self.interest();
        let (number, notices, is_next, was_running) = {
            let mut state = listener.state();
            let (number, notices) = state.subscribers.add(interest, Arc::new(StoreSink::new(self)));
            let is_next = !notices.is_empty() || !state.subscribers.is_handing_over();
            (number, notices, is_next, std::mem::replace(&mut state.is_running, true))
        };
        deliver(notices);
        if was_running {
            listener.signal.put(Signal::set);
        } else {
            extension.spawn(ListenerTask::new(Arc::clone(&listener)));
        }
        (Registration { listener, number }, is_next)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.listener.state().subscribers.remove(self.number);
        self.listener.signal.put(Signal::set);
    }
}

impl SharedListener {
    fn new() -> Self {
        Self { state: Mutex::default(), signal: Mailbox::new(Signal::default()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // While it is held, no notice is delivered, and no service is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles an event of a connection, on the thread or task that reads it.
    fn handle(&self, connection: u64, event: redis_service::Result<RawEvent>) {
        let notices = match event {
            Ok(event) => self.notices(connection, event),
            Err(error) => self.state().subscribers.lost(connection, &StoreError::from(error)),
        };
        deliver(notices);
    }

    fn notices(&self, connection: u64, event: RawEvent) -> Notices<Arc<StoreSink>> {
        let subscribers = &mut self.state().subscribers;
        match event {
            // A commit also trims the log: its own notification came before. A look reads a log that is not there.
            RawEvent::Message { payload, .. } if matches!(&payload[..], b"xtrim" | b"keymiss") => {}
            RawEvent::Message { channel, .. } => return subscribers.notified(&channel),
            RawEvent::Invalidated(what) => return subscribers.invalidated(&what),
            RawEvent::Tracking(tracking) => {
                return subscribers.tracking(connection, &tracking.map_err(StoreError::from));
            }
            RawEvent::Refused { channel, error, .. } => {
                subscribers.refused(connection, channel, StoreError::from(error));
            }
            RawEvent::Gap(_) => return subscribers.reconnected(connection),
            _ => {}
        }
        Notices::new()
    }

    /// A connection delivers no more events: it was replaced, or the service was closed.
    fn end(&self, connection: u64) {
        let notices = self.state().subscribers.ended(connection);
        deliver(notices);
        self.signal.put(Signal::set);
    }

    /// A service to connect with, if a store still has one, and what to subscribe to.
    fn begin(&self) -> Option<(Service, Scope)> {
        let sinks: Vec<Arc<StoreSink>> = self.state().subscribers.sinks().cloned().collect();
        let redis = sinks.iter().find_map(|sink| sink.replica.upgrade())?.redis().clone();
        Some((redis, self.state().subscribers.begin()))
    }

    /// How long to wait after a failure: as long as the store that polls most often.
    fn pause(&self) -> Duration {
        let least = self.state().subscribers.sinks().map(|sink| sink.interval).min();
        RETRY.max(least.unwrap_or_default() / POLLING_FACTOR)
    }
}

/// Notifies the listener when a connection delivers no more events.
struct End {
    listener: Arc<SharedListener>,
    connection: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        self.listener.end(self.connection);
    }
}
