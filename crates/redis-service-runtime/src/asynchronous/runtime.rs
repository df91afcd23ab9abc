//! The runtime that `dual/` uses in the async API, here and in the crates that build on this one.

use std::io;
pub use std::marker::Send as SendIfAsync;

pub use maybe_async::must_be_async as dual;
pub use tokio::time::sleep;

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
