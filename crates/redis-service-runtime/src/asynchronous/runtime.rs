//! The runtime that `dual/` uses in the async API, here and in the crates that build on this one.

pub use std::marker::Send as SendIfAsync;
use std::{io, time::Duration};

pub use maybe_async::must_be_async as dual;

use super::dual::Task;
#[cfg(any(test, feature = "testing"))]
pub use super::testing::{answers, scenario};
pub use super::{background::Background, cancellation::CancellationToken, mailbox::Mailbox};

/// Runs a background task on the current runtime.
///
/// # Panics
///
/// Panics outside a tokio runtime.
pub fn spawn(task: impl Task) {
    tokio::spawn(task.run());
}

/// Waits for `duration`, without blocking the thread.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Runs blocking work on a thread for such work, so that it does not block the runtime.
///
/// # Errors
///
/// The errors of `work`; if it panics, an error that says so.
pub async fn offload<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
