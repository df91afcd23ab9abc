//! What `dual/` needs of the blocking API, here and in the crates that build on this one.

use std::{io, thread, time::Duration};

pub use maybe_async::must_be_sync as dual;

use super::dual::Task;
#[cfg(any(test, feature = "testing"))]
pub use super::testing::{answers, scenario};
pub use super::{background::Background, cancellation::CancellationToken, mailbox::Mailbox};

/// Runs a task in the background, on a thread of its own. If there can be none, that is logged, and the task is
/// dropped.
pub fn spawn<T: Task>(task: T) {
    let spawned = thread::Builder::new().name(T::THREAD.to_owned()).spawn(move || task.run());
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for background work");
    }
}

/// Waits.
pub fn sleep(duration: Duration) {
    thread::sleep(duration);
}

/// Does what blocks: here, as everything does.
///
/// # Errors
///
/// Those of `work`.
pub fn offload<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    work()
}

/// What has to be `Send` in the async API, and anything at all in this one.
pub trait SendIfAsync {}

impl<T: ?Sized> SendIfAsync for T {}
