use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service::Subscribe;

use super::{
    End, SharedListener, THREAD,
    ear::tell,
    runtime::{ListenerHandle, Task, dual},
};
use crate::{StoreError, StoreErrorKind, clock};

/// Listens for the members, for as long as there are any.
pub(super) struct Listening {
    listener: Arc<SharedListener>,
    current: Option<ListenerHandle>,
    /// The connection before, and until when it is heard.
    previous: Option<(ListenerHandle, Instant)>,
    /// When to try again.
    retry: Option<Instant>,
    is_done: bool,
}

/// How long the connection before is heard as well: what the server told it before it confirmed the next may still be
/// under way. Whoever joins meanwhile waits, so that many who join one after the other cost few connections.
const LINGER: Duration = Duration::from_millis(250);

impl Listening {
    pub(super) fn new(listener: Arc<SharedListener>) -> Self {
        Self { listener, current: None, previous: None, retry: None, is_done: false }
    }

    /// Ends if nobody is there any more. Whoever joins from then on begins anew.
    fn is_over(&mut self) -> bool {
        let mut state = self.listener.state();
        if state.roster.is_empty() {
            state.roster.disband();
            (state.is_running, self.is_done) = (false, true);
        }
        self.is_done
    }

    /// Drops the connection before once it was heard for long enough.
    fn let_go(&mut self, now: Instant) {
        if let Some((previous, _)) = self.previous.take_if(|(_, until)| *until <= now) {
            // First: what it tells after the look nobody hears.
            drop(previous);
            let words = self.listener.state().roster.moved();
            tell(words);
        }
    }

    /// Whether to try to listen now, for those for whom nobody does. All who have joined meanwhile are one attempt.
    fn is_due(&self, now: Instant) -> bool {
        let roster = &self.listener.state().roster;
        let is_retry_due = self.retry.is_none_or(|retry| retry <= now) && roster.is_incomplete();
        self.previous.is_none() && (roster.is_waiting() || is_retry_due)
    }

    /// How long until there is something to do, if nobody says so before.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let previous = self.previous.as_ref().map(|(_, until)| *until);
        let next = previous.or_else(|| self.retry.filter(|_| self.listener.state().roster.is_incomplete()));
        next.map(|next| next.saturating_duration_since(now))
    }
}

#[dual]
impl Listening {
    /// Opens a connection that listens for everybody. The one before stays until that is confirmed, and a moment more.
    async fn subscribe(&mut self) {
        let Some((redis, scope)) = self.listener.begin() else {
            // Whoever is still there is about to leave, and says so.
            self.retry = None;
            return;
        };
        let connection = scope.number;
        let options = Subscribe::to(scope.channels).where_permitted();
        let options = scope.prefixes.into_iter().fold(options, Subscribe::tracking);
        let end = End { listener: Arc::clone(&self.listener), connection };
        let hear = move |event| end.listener.hear(end.connection, event);
        let subscribed = redis.extension().subscribe(options, hear).await;
        drop(redis);
        let confirmed = match subscribed {
            Ok(handle) => match self.listener.state().roster.confirmed(connection) {
                Some(words) => Ok((handle, words)),
                None => Err(StoreError::new(StoreErrorKind::Closed, "what listened has ended")),
            },
            Err(error) => Err(StoreError::from(error)),
        };
        let words = match confirmed {
            Ok((handle, words)) => {
                self.retry = None;
                let previous = self.current.replace(handle);
                self.previous = previous.map(|previous| (previous, clock::now() + LINGER));
                words
            }
            Err(error) => {
                self.retry = Some(clock::now() + self.listener.pause());
                self.listener.state().roster.failed(connection, &error)
            }
        };
        tell(words);
    }
}

impl Drop for Listening {
    /// Whoever is not listened for any more is told, whatever the reason.
    fn drop(&mut self) {
        if !self.is_done {
            let message =
                "nobody listens any more: the service's runtime was shut down, or a thread could not start";
            let error = StoreError::new(StoreErrorKind::Closed, message);
            let words = {
                let mut state = self.listener.state();
                state.is_running = false;
                state.roster.abandoned(&error)
            };
            tell(words);
        }
    }
}

#[dual(AFIT)]
impl Task for Listening {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        while !self.is_over() {
            let now = clock::now();
            self.let_go(now);
            if self.is_due(now) {
                self.subscribe().await;
            }
            match self.pause(clock::now()) {
                Some(pause) => self.listener.wake.take_within(pause).await,
                None => self.listener.wake.take().await,
            };
        }
    }
}
