use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::sync::Notify;

/// Signals background tasks to end. A cancellation is final.
#[derive(Debug, Default)]
pub struct CancellationToken {
    is_cancelled: AtomicBool,
    cancelled: Notify,
}

impl CancellationToken {
    /// Cancels, and wakes the tasks that wait for it.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        self.cancelled.notify_waiters();
    }

    /// Returns whether the token was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Waits for `time`, or until the token is cancelled, and returns whether it was.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn cancelled_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.cancelled()).await.is_ok()
    }

    /// Waits until the token is cancelled.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn cancelled(&self) {
        // Before the check: from here on, the future notices a cancellation even if it has not been polled.
        let cancelled = self.cancelled.notified();
        if !self.is_cancelled() {
            cancelled.await;
        }
    }
}
