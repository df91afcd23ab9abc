//! What `dual/` needs of the async API, here and in the crates that build on this one.

pub use std::marker::Send as SendIfAsync;
use std::{io, time::Duration};

pub use maybe_async::must_be_async as dual;

use super::dual::Task;
#[cfg(any(test, feature = "testing"))]
pub use super::testing::{answers, scenario};
pub use super::{background::Background, cancellation::CancellationToken, mailbox::Mailbox};

/// Runs a task in the background, on the current runtime.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn spawn(task: impl Task) {
    tokio::spawn(task.run());
}

/// Waits.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Does what blocks where that hurts nobody.
///
/// # Errors
///
/// Those of `work`; if it panics, one that says so.
pub async fn offload<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
