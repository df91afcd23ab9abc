use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::sync::Notify;

/// Tells tasks in the background to end. Cancelling is for good.
#[derive(Debug, Default)]
pub struct CancellationToken {
    is_cancelled: AtomicBool,
    cancelled: Notify,
}

impl CancellationToken {
    /// Cancels, and wakes whoever waits for that.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        self.cancelled.notify_waiters();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Waits for `time`, or until it is cancelled, and returns whether it was.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn cancelled_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.cancelled()).await.is_ok()
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn cancelled(&self) {
        // Before the look: from here on, the future hears of a cancellation even if nothing has polled it.
        let cancelled = self.cancelled.notified();
        if !self.is_cancelled() {
            cancelled.await;
        }
    }
}
