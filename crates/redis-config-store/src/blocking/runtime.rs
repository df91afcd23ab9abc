//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;
use std::{io, thread};

pub(crate) use maybe_async::must_be_sync as dual;
pub(crate) use redis_service::{
    RedisService as Service,
    blocking::{Ask, Listening, Mailbox},
};

use super::dual::Task;

/// Where tasks run in the background: each on a thread of its own.
#[derive(Debug)]
pub(crate) struct Background;

impl Background {
    pub(crate) fn here() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "the async API has a runtime here")]
    pub(crate) fn spawn(&self, task: impl Task) {
        spawn(task);
    }
}

/// Runs a task in the background, on a thread of its own.
pub(crate) fn spawn(task: impl Task) {
    let spawned = thread::Builder::new().name("redis-config".to_owned()).spawn(move || task.run());
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for background work");
    }
}

/// Does what blocks: here, as everything does.
pub(crate) fn offload<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    work()
}
