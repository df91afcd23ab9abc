use super::{dual::Task, runtime};

/// Where tasks run in the background: each on a thread of its own.
#[derive(Clone, Debug)]
pub struct Background(());

impl Background {
    /// Threads can be had anywhere.
    #[must_use]
    pub fn here() -> Self {
        Self(())
    }

    /// Runs a task on a thread of its own.
    pub fn spawn(&self, task: impl Task) {
        runtime::spawn(task);
    }
}
