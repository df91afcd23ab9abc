use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use redis_service_runtime::{Backoff, Jitter};
use tokio::time::sleep;

use super::{
    super::connect::open,
    backlog::Backlog,
    connection::{Connection, OF_USE_AFTER},
    shared::Shared,
};
use crate::{clock, error::Error};

/// The task that owns the connection.
///
/// It takes what callers have queued, sends all that waits together, and hands each caller its replies. When
/// the connection breaks it tells every caller how far its commands had come, and connects again, for ever,
/// also while nobody calls.
pub(super) struct Driver {
    backlog: Backlog,
    shared: Arc<Shared>,
}

/// Pauses between attempts to connect; while somebody waits, none is longer than the brief one.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), OF_USE_AFTER);
const BRIEF_PAUSE: Duration = Duration::from_millis(100);

impl Driver {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { backlog: Backlog::new(&shared), shared }
    }

    /// Runs until every handle is gone, or the link is closed.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut work = pin!(self.connect_for_ever());
        let mut is_listening = false;
        poll_fn(|cx| {
            if !is_listening {
                // A task has one waker for all its life.
                shared.queue.listen(cx);
                is_listening = true;
            }
            if shared.queue.is_closed() { Poll::Ready(()) } else { work.as_mut().poll(cx) }
        })
        .await;
    }

    async fn connect_for_ever(&mut self) {
        let mut backoff = BACKOFF;
        loop {
            let Self { backlog, shared } = self;
            if !backlog.take_queued() && backlog.is_empty() {
                return;
            }
            let error = match backlog.meanwhile(open(&shared.endpoint)).await {
                Ok(transport) => {
                    shared.connected();
                    let connection = Connection::new(transport, shared, backlog);
                    let Some(ended) = connection.run().await else { return };
                    tracing::warn!(error = %ended.error, server = shared.endpoint.server(), "the connection to Redis broke");
                    shared.broke(ended.error.clone());
                    if ended.was_of_use {
                        backoff.reset();
                        continue;
                    }
                    // A server that hangs up on everybody is not asked any faster than one that is not there.
                    ended.error
                }
                Err(error) => {
                    tracing::warn!(%error, server = shared.endpoint.server(), "no connection to Redis");
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

    /// Pauses before the next attempt to connect, and tells whether there is to be one: `false` if nobody is
    /// left who could call.
    ///
    /// What time alone does not heal, such as a wrong password, is not tried again before somebody calls.
    async fn back_off(&mut self, error: &Error, pause: Duration) -> bool {
        let Self { backlog, .. } = self;
        if !error.is_unavailable() {
            // Not at once: what is wrong may show only after the login.
            return backlog.is_called().await && {
                backlog.meanwhile(sleep(pause.min(BRIEF_PAUSE))).await;
                true
            };
        }
        let until = clock::now() + pause;
        tokio::select! {
            () = sleep(pause) => return true,
            is_called = backlog.is_called() => if !is_called { return false },
        }
        let brief = until.saturating_duration_since(clock::now()).min(BRIEF_PAUSE);
        backlog.meanwhile(sleep(brief)).await;
        true
    }
}

impl Drop for Driver {
    /// Also when the runtime is shut down under it: nobody may wait for a driver that is gone.
    fn drop(&mut self) {
        self.backlog.shut(&Error::closed());
    }
}
