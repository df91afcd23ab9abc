use std::sync::Arc;

use super::{runtime::dual, task::Task};
use crate::CallbackGuard;

/// Where the items come from that a listener is called with.
#[dual(AFIT)]
pub trait Source: Send + 'static {
    /// What the listener is called with.
    type Item: Send;

    /// The name of the thread that the listener is called on, where there is one.
    const THREAD: &'static str;

    /// What is next; `None` once there is nothing more.
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
