use std::sync::Arc;

use super::{runtime::dual, task::Task};
use crate::CallbackGuard;

/// The source of the items that a listener is called with.
#[dual(AFIT)]
pub trait Source: Send + 'static {
    /// The argument of the listener.
    type Item: Send;

    /// The name of the thread that calls the listener, in the blocking API.
    const THREAD: &'static str;

    /// Waits for the next item. Returns `None` once the source has ended.
    fn next(&mut self) -> impl Future<Output = Option<Self::Item>> + Send;
}

/// Takes items from a source, and calls a listener with each.
pub(super) struct Pump<S, F> {
    pub(super) source: S,
    pub(super) listener: F,
    pub(super) guard: Arc<CallbackGuard>,
}

#[dual(AFIT)]
impl<S: Source, F: FnMut(S::Item) + Send + 'static> Task for Pump<S, F> {
    const THREAD: &'static str = S::THREAD;

    async fn run(mut self) {
        while let Some(item) = self.source.next().await {
            self.guard.call(|| (self.listener)(item));
        }
    }
}
