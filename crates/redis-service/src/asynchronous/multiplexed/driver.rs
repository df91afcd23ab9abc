use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use redis_service_runtime::{Backoff, Jitter};
use tokio::time::sleep;

use super::{
    super::connect::open,
    backlog::Backlog,
    connection::{Connection, HEALTHY_AFTER},
    shared::LinkState,
};
use crate::{clock, error::Error};

/// The task that owns the connection.
///
/// It takes the requests that callers have queued, sends all of them together, and delivers the replies. When
/// the connection breaks, it reports to every caller how far its commands had come, and connects again,
/// without limit, even while no call is made.
pub(super) struct Driver {
    backlog: Backlog,
    shared: Arc<LinkState>,
}

/// The pauses between attempts to connect; while a caller waits, no pause is longer than the brief one.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), HEALTHY_AFTER);
const BRIEF_PAUSE: Duration = Duration::from_millis(100);

impl Driver {
    pub(super) fn new(shared: Arc<LinkState>) -> Self {
        Self { backlog: Backlog::new(&shared), shared }
    }

    /// Runs until every handle is dropped, or the link is closed.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut work = pin!(self.reconnect_loop());
        let mut is_listening = false;
        poll_fn(|cx| {
            if !is_listening {
                // A task keeps one waker for all its life.
                shared.queue.listen(cx);
                is_listening = true;
            }
            if shared.queue.is_closed() { Poll::Ready(()) } else { work.as_mut().poll(cx) }
        })
        .await;
    }

    async fn reconnect_loop(&mut self) {
        let mut backoff = BACKOFF;
        loop {
            let Self { backlog, shared } = self;
            if !backlog.take_queued() && backlog.is_empty() {
                return;
            }
            let error = match backlog.enforcing_deadlines(open(&shared.endpoint)).await {
                Ok(transport) => {
                    shared.connected();
                    let connection = Connection::new(transport, shared, backlog);
                    let Some(ended) = connection.run().await else { return };
                    shared.connection_lost(ended.error.clone());
                    if ended.was_healthy {
                        backoff.reset();
                        continue;
                    }
                    // A server that closes every connection is retried no faster than one that is down.
                    if ended.error.is_connection() {
                        shared.endpoint.not_connected(&ended.error, clock::now());
                    }
                    ended.error
                }
                Err(error) => {
                    shared.endpoint.not_connected(&error, clock::now());
                    shared.disconnected(error.clone());
                    backlog.fail(&error);
                    error
                }
            };
            let pause = Jitter::Half.apply(backoff.failed(), fastrand::f64());
            if !self.back_off(&error, pause).await {
                return;
            }
        }
    }

    /// Pauses before the next attempt to connect. Returns `false` if there must be none, because no caller is
    /// left.
    ///
    /// A failure that time alone does not cure, such as a wrong password, is not retried before the next
    /// call.
    async fn back_off(&mut self, error: &Error, pause: Duration) -> bool {
        let Self { backlog, .. } = self;
        if !error.is_unavailable() {
            // Not at once: the failure may show only after the login.
            return backlog.wait_for_request().await && {
                backlog.enforcing_deadlines(sleep(pause.min(BRIEF_PAUSE))).await;
                true
            };
        }
        let until = clock::now() + pause;
        tokio::select! {
            () = sleep(pause) => return true,
            is_called = backlog.wait_for_request() => if !is_called { return false },
        }
        let brief = until.saturating_duration_since(clock::now()).min(BRIEF_PAUSE);
        backlog.enforcing_deadlines(sleep(brief)).await;
        true
    }
}

impl Drop for Driver {
    /// Also when the runtime shuts down: no caller may wait for a driver that is gone.
    fn drop(&mut self) {
        self.backlog.shut(&Error::closed());
    }
}
