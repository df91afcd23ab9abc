use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

use super::{
    connection::open,
    conversation::{BATCH, Conversation},
    exchange::Exchange,
    link::Shared,
};
use crate::{Error, clock};

/// The task that owns the connection.
///
/// It takes what callers have queued, sends all that waits together, and hands each caller its replies. When
/// the connection breaks it tells every caller how far its commands had come, and connects again, for ever,
/// also while nobody calls.
pub(super) struct Driver {
    queue: UnboundedReceiver<Arc<Exchange>>,
    /// Taken from the queue, and not sent yet: who has called while there was no connection.
    waiting: Vec<Arc<Exchange>>,
    shared: Arc<Shared>,
}

/// Pauses between attempts to connect; while somebody waits, none is longer than the brief one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const BRIEF_PAUSE: Duration = Duration::from_millis(100);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Driver {
    pub(super) fn new(queue: UnboundedReceiver<Arc<Exchange>>, shared: Arc<Shared>) -> Self {
        Self { queue, waiting: Vec::new(), shared }
    }

    /// Runs until every handle is gone, or the link is closed.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            () = self.connect_for_ever() => {}
            () = shared.closing() => {}
        }
    }

    async fn connect_for_ever(&mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match open(&self.shared.settings).await {
                Ok(transport) => {
                    self.shared.connected();
                    let conversation = Conversation::new(transport, &self.shared, &mut self.waiting);
                    let Some(ended) = conversation.run(&mut self.queue).await else { return };
                    tracing::warn!(error = %ended.error, "the connection to Redis broke");
                    self.shared.broke(ended.error.clone());
                    if ended.was_of_use {
                        pause = FIRST_PAUSE;
                        continue;
                    }
                    // A server that hangs up on everybody is not asked any faster than one that is not there.
                    ended.error
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection to Redis");
                    self.shared.disconnected(error.clone());
                    self.fail_waiting(&error);
                    error
                }
            };
            if !self.rest(&error, pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Pauses before the next attempt to connect, and tells whether there is to be one: `false` if nobody is
    /// left who could call.
    ///
    /// What time alone does not heal, such as a wrong password, is not tried again before somebody calls.
    async fn rest(&mut self, error: &Error, pause: Duration) -> bool {
        if !error.is_unavailable() {
            return self.is_called().await;
        }
        let until = clock::now() + pause;
        tokio::select! {
            () = sleep(pause) => true,
            is_called = self.is_called() => {
                sleep(until.saturating_duration_since(clock::now()).min(BRIEF_PAUSE)).await;
                is_called
            }
        }
    }

    /// Waits until somebody calls, or nobody can any more (`false`).
    async fn is_called(&mut self) -> bool {
        self.queue.recv_many(&mut self.waiting, BATCH).await > 0
    }

    /// Callers that were waiting for a connection when none could be made.
    fn fail_waiting(&mut self, error: &Error) {
        while let Ok(exchange) = self.queue.try_recv() {
            self.waiting.push(exchange);
        }
        for exchange in self.waiting.drain(..) {
            exchange.fail(error.clone());
        }
    }
}

impl Drop for Driver {
    /// Also when the runtime is shut down under it: nobody may wait for a driver that is gone.
    fn drop(&mut self) {
        self.queue.close();
        self.fail_waiting(&super::link::closed());
    }
}
