//! What `dual/` needs of the async API, here and in the crates that build on this one.

use std::io;
pub use std::marker::Send as SendIfAsync;

pub use maybe_async::must_be_async as dual;
pub use tokio::time::sleep;

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
