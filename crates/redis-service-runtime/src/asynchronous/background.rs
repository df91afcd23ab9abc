use tokio::runtime::Handle;

use super::dual::Task;

/// Where tasks run in the background: the runtime that this was made on.
#[derive(Clone, Debug)]
pub struct Background(Handle);

impl Background {
    /// The current runtime.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn here() -> Self {
        Self(Handle::current())
    }

    /// Runs a task there, wherever this is called.
    pub fn spawn(&self, task: impl Task) {
        self.0.spawn(task.run());
    }
}
