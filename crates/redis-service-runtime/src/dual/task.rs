use super::runtime::dual;

/// Background work: a task of the runtime, or a thread.
#[dual(AFIT)]
pub trait Task: Send + 'static {
    /// The name of the task's thread, in the blocking API.
    const THREAD: &'static str;

    /// Does the work until it is complete.
    fn run(self) -> impl Future<Output = ()> + Send;
}
