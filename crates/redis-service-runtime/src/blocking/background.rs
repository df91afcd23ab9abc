use std::{io, thread};

use super::dual::Task;

/// The place where background tasks run: each on a thread of its own.
#[derive(Clone, Debug)]
pub struct Background(());

impl Background {
    /// Returns the place for new threads, which can be started anywhere.
    #[must_use]
    pub fn here() -> Self {
        Self(())
    }

    /// Runs a task on a thread of its own. If the thread cannot be started, that is logged, and the task is
    /// dropped.
    pub fn spawn(&self, task: impl Task) {
        if let Err(error) = self.try_spawn(task) {
            tracing::warn!(%error, "no thread could be started for background work");
        }
    }

    /// Runs a task on a thread of its own.
    ///
    /// # Errors
    ///
    /// The system's error if the thread cannot be started. The task is dropped.
    pub fn try_spawn<T: Task>(&self, task: T) -> io::Result<()> {
        thread::Builder::new().name(T::THREAD.to_owned()).spawn(move || task.run()).map(drop)
    }
}
