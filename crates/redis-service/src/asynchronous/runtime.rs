//! What `dual/` needs of the async API.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

pub(crate) use std::marker::Send as SendIfAsync;

pub(crate) use maybe_async::must_be_async as dual;
use tokio::sync::Notify;
pub(crate) use tokio::time::sleep;

use super::dual::Task;
pub(crate) use super::{keys::Keys, line::Line, link::Link, mailbox::Mailbox};

/// Runs a task in the background, on the current runtime.
pub(crate) fn spawn(task: impl Task) {
    tokio::spawn(task.run());
}

/// Tells one task in the background to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    stopped: AtomicBool,
    bell: Notify,
}

impl Stop {
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Waits for `time`, or until it is told to stop, and tells whether it was.
    pub(crate) async fn within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.rung()).await.is_ok()
    }

    /// Waits until it is told to stop. One task at a time may wait.
    pub(super) async fn rung(&self) {
        // Rung before anybody listens, the bell is heard all the same.
        while !self.is_stopped() {
            self.bell.notified().await;
        }
    }

    /// What waits on this line is woken by [`rung`](Self::rung).
    pub(crate) fn interrupt_too(&self, _: &Line) {}
}

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../asynchronous/examples/", $name))
    };
}
pub(crate) use example;

#[cfg(test)]
pub(crate) use tokio::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
#[cfg(test)]
pub(crate) fn answers<T: Send + 'static>(value: T) -> std::pin::Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(std::future::ready(value))
}
