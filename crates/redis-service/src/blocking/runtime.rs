//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;
use std::{
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

pub(crate) use maybe_async::must_be_sync as dual;

use super::dual::Task;
pub(crate) use super::{keys::Keys, line::Line, link::Link};

/// Runs a task in the background, on a thread of its own.
pub(crate) fn spawn(task: impl Task) {
    let spawned = thread::Builder::new().name("redis-service".to_owned()).spawn(move || task.run());
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for background work");
    }
}

/// What has to be `Send` in the async API, and anything at all in this one.
pub(crate) trait SendIfAsync {}

impl<T: ?Sized> SendIfAsync for T {}

/// Tells threads in the background to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    stopped: Mutex<bool>,
    bell: Condvar,
}

impl Stop {
    pub(crate) fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    /// Waits for `time`, or until it is told to stop, and tells whether it was.
    pub(crate) fn within(&self, time: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(stopped, time, |stopped| !*stopped);
        let (stopped, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *stopped
    }
}

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;

#[cfg(test)]
pub(crate) use core::prelude::v1::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
#[cfg(test)]
pub(crate) fn answers<T>(value: T) -> T {
    value
}
