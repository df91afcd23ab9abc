use super::runtime::dual;

/// Work in the background: a task of the runtime, or a thread.
#[dual(AFIT)]
pub(crate) trait Task: Send + 'static {
    fn run(self) -> impl Future<Output = ()> + Send;
}
