use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::runtime::Handle;

use super::dual::Task;

/// The place where background tasks run: the runtime that this was created on.
#[derive(Clone, Debug)]
pub struct Background(Handle);

impl Background {
    /// Returns the current runtime.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    #[must_use]
    pub fn here() -> Self {
        Self(Handle::current())
    }

    /// Runs a task on that runtime, from any thread. If the runtime has ended, the task is dropped.
    pub fn spawn(&self, task: impl Task) {
        self.0.spawn(task.run());
    }

    /// Runs a task on that runtime, from any thread.
    ///
    /// # Errors
    ///
    /// An error that says so if the runtime has ended. The task is dropped.
    pub fn try_spawn(&self, task: impl Task) -> io::Result<()> {
        let mut spawned = self.0.spawn(task.run());
        // A runtime that has ended drops the task before `spawn` returns.
        match Pin::new(&mut spawned).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) if error.is_cancelled() => Err(io::Error::other("the runtime has ended")),
            _ => Ok(()),
        }
    }
}
