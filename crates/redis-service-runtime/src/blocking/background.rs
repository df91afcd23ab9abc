use super::{dual::Task, runtime};

/// The place where background tasks run: each on a thread of its own.
#[derive(Clone, Debug)]
pub struct Background(());

impl Background {
    /// Returns the place for new threads, which can be started anywhere.
    #[must_use]
    pub fn here() -> Self {
        Self(())
    }

    /// Runs a task on a thread of its own.
    pub fn spawn(&self, task: impl Task) {
        runtime::spawn(task);
    }
}
