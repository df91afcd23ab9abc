use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service::pubsub::Subscribe;

use super::{
    End, SharedListener, THREAD,
    runtime::{ListenerHandle, Task, dual},
    store_sink::deliver,
};
use crate::{
    clock,
    error::{StoreError, StoreErrorKind},
};

/// Keeps the subscribing connection open for as long as there are subscribers.
pub(super) struct ListenerTask {
    listener: Arc<SharedListener>,
    current: Option<ListenerHandle>,
    /// The previous connection, and until when it stays open.
    previous: Option<(ListenerHandle, Instant)>,
    /// When to try again.
    retry: Option<Instant>,
    is_done: bool,
}

/// How long the previous connection stays open: what the server sent on it before it confirmed the next may still be under
/// way. Stores that join meanwhile wait, so that many stores which join one after the other cost few connections.
const LINGER: Duration = Duration::from_millis(250);

impl ListenerTask {
    pub(super) fn new(listener: Arc<SharedListener>) -> Self {
        Self { listener, current: None, previous: None, retry: None, is_done: false }
    }

    /// Whether there are no more subscribers. A store that joins from then on starts a new task.
    fn is_over(&mut self) -> bool {
        let mut state = self.listener.state();
        if state.subscribers.is_empty() {
            state.subscribers.forget_connections();
            (state.is_running, self.is_done) = (false, true);
        }
        self.is_done
    }

    /// Closes the previous connection once it was open for long enough.
    fn close_previous(&mut self, now: Instant) {
        if let Some((previous, _)) = self.previous.take_if(|(_, until)| *until <= now) {
            // First close it: what it delivers after the synchronization would be lost.
            drop(previous);
            let notices = self.listener.state().subscribers.previous_closed();
            deliver(notices);
        }
    }

    /// Whether to connect now, for stores that no connection serves. All that have joined meanwhile are one attempt.
    fn is_due(&self, now: Instant) -> bool {
        let subscribers = &self.listener.state().subscribers;
        let is_retry_due = self.retry.is_none_or(|retry| retry <= now) && subscribers.is_incomplete();
        self.previous.is_none() && (subscribers.has_pending() || is_retry_due)
    }

    /// How long until there is something to do without a signal.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let previous = self.previous.as_ref().map(|(_, until)| *until);
        let next =
            previous.or_else(|| self.retry.filter(|_| self.listener.state().subscribers.is_incomplete()));
        next.map(|next| next.saturating_duration_since(now))
    }
}

#[dual]
impl ListenerTask {
    /// Opens a connection for all subscribers. The previous one stays open until the server has confirmed that, and a
    /// moment longer.
    async fn subscribe(&mut self) {
        let Some((redis, scope)) = self.listener.begin() else {
            // The remaining stores are about to leave, and signal it.
            self.retry = None;
            return;
        };
        let connection = scope.number;
        let options = Subscribe::to(scope.channels).where_permitted();
        let options = scope.prefixes.into_iter().fold(options, Subscribe::tracking);
        let end = End { listener: Arc::clone(&self.listener), connection };
        let handle = move |event| end.listener.handle(end.connection, event);
        let subscribed = redis.extension().subscribe(options, handle).await;
        drop(redis);
        let confirmed = match subscribed {
            Ok(handle) => match self.listener.state().subscribers.confirmed(connection) {
                Some(notices) => Ok((handle, notices)),
                None => Err(StoreError::new(StoreErrorKind::Closed, "the subscription has ended")),
            },
            Err(error) => Err(StoreError::from(error)),
        };
        let notices = match confirmed {
            Ok((handle, notices)) => {
                self.retry = None;
                let previous = self.current.replace(handle);
                self.previous = previous.map(|previous| (previous, clock::now() + LINGER));
                notices
            }
            Err(error) => {
                self.retry = Some(clock::now() + self.listener.pause());
                self.listener.state().subscribers.failed(connection, &error)
            }
        };
        deliver(notices);
    }
}

impl Drop for ListenerTask {
    /// Notifies the subscribers that no connection serves them any more.
    fn drop(&mut self) {
        if !self.is_done {
            let message =
                "the subscription ended: the service's runtime was shut down, or a thread could not start";
            let error = StoreError::new(StoreErrorKind::Closed, message);
            let notices = {
                let mut state = self.listener.state();
                state.is_running = false;
                state.subscribers.abandoned(&error)
            };
            deliver(notices);
        }
    }
}

#[dual(AFIT)]
impl Task for ListenerTask {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        while !self.is_over() {
            let now = clock::now();
            self.close_previous(now);
            if self.is_due(now) {
                self.subscribe().await;
            }
            match self.pause(clock::now()) {
                Some(pause) => self.listener.signal.take_within(pause).await,
                None => self.listener.signal.take().await,
            };
        }
    }
}
