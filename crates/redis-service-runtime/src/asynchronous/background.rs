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

    /// Runs a task on that runtime, from any thread.
    pub fn spawn(&self, task: impl Task) {
        self.0.spawn(task.run());
    }
}
