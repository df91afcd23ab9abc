//! What `dual/` needs of the async API.

use std::io;

pub(crate) use maybe_async::must_be_async as dual;
pub(crate) use redis_service::{
    AsyncRedisService as Service,
    asynchronous::{Ask, Listening, Mailbox},
};
use tokio::runtime::Handle;
pub(crate) use tokio::time::sleep;

use super::dual::Task;

/// Where tasks run in the background: the runtime that this was made on.
#[derive(Debug)]
pub(crate) struct Background(Handle);

impl Background {
    pub(crate) fn here() -> Self {
        Self(Handle::current())
    }

    pub(crate) fn spawn(&self, task: impl Task) {
        self.0.spawn(task.run());
    }
}

/// Runs a task in the background, on the current runtime.
pub(crate) fn spawn(task: impl Task) {
    tokio::spawn(task.run());
}

/// Does what blocks where that hurts nobody.
pub(crate) async fn offload<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
