use std::{io, thread};

use super::dual::Task;

/// Where tasks run in the background: each on a thread of its own.
#[derive(Clone, Debug)]
pub struct Background(());

impl Background {
    /// Threads can be had anywhere.
    #[must_use]
    pub fn here() -> Self {
        Self(())
    }

    /// Runs a task on a thread of its own. If there can be none, that is logged, and the task is dropped.
    pub fn spawn(&self, task: impl Task) {
        if let Err(error) = self.try_spawn(task) {
            tracing::warn!(%error, "no thread for background work");
        }
    }

    /// Runs a task on a thread of its own.
    ///
    /// # Errors
    ///
    /// Why there can be none. The task was dropped.
    pub fn try_spawn<T: Task>(&self, task: T) -> io::Result<()> {
        thread::Builder::new().name(T::THREAD.to_owned()).spawn(move || task.run()).map(drop)
    }
}
