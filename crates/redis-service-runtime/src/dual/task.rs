use super::runtime::dual;

/// Work in the background: a task of the runtime, or a thread.
#[dual(AFIT)]
pub trait Task: Send + 'static {
    /// The name of its thread, where it has one of its own.
    const THREAD: &'static str;

    /// Does the work, to its end.
    fn run(self) -> impl Future<Output = ()> + Send;
}
