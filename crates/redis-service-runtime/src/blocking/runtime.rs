//! The runtime that `dual/` uses in the blocking API, here and in the crates that build on this one.

use std::{io, thread, time::Duration};

pub use maybe_async::must_be_sync as dual;

use super::dual::Task;
#[cfg(any(test, feature = "testing"))]
pub use super::testing::{answers, scenario};
pub use super::{background::Background, cancellation::CancellationToken, mailbox::Mailbox};

/// Runs a background task on a thread of its own. If the thread cannot be started, that is logged, and the
/// task is dropped.
pub fn spawn(task: impl Task) {
    Background::here().spawn(task);
}

/// Waits for `duration`: the thread sleeps.
pub fn sleep(duration: Duration) {
    thread::sleep(duration);
}

/// Runs blocking work on the calling thread, as all work of this API.
///
/// # Errors
///
/// The errors of `work`.
pub fn offload<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    work()
}

/// A type that must be `Send` in the async API, and any type at all in this one.
pub trait SendIfAsync {}

impl<T: ?Sized> SendIfAsync for T {}
