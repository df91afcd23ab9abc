//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;
use std::{io, thread};

pub(crate) use maybe_async::must_be_sync as dual;
pub(crate) use redis_service::{
    RedisService as Service,
    blocking::{Ask, Listening, Mailbox},
};

use super::dual::Task;

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
