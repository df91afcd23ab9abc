use std::sync::Arc;

use super::{runtime::dual, task::Task};
use crate::{CallbackGuard, contain};

/// The source of the items that a listener is called with.
#[dual(AFIT)]
pub trait Source: Send + 'static {
    /// The argument of the listener.
    type Item: Send;

    /// The name of the thread that calls the listener, in the blocking API.
    const THREAD: &'static str;

    /// Waits for the next item. Returns `None` once the source has ended.
    fn next(&mut self) -> impl Future<Output = Option<Self::Item>> + Send;

    /// Returns the last argument of a listener that is not called any more although the source has not ended:
    /// the system provides no thread for it, or its runtime has shut down.
    fn lost(&self) -> Option<Self::Item> {
        None
    }
}

/// Takes items from a source, and calls a listener with each.
pub(super) struct Pump<S: Source, F: FnMut(S::Item)> {
    source: S,
    listener: F,
    guard: Arc<CallbackGuard>,
    has_ended: bool,
}

impl<S: Source, F: FnMut(S::Item)> Pump<S, F> {
    pub(super) fn new(source: S, listener: F, guard: Arc<CallbackGuard>) -> Self {
        Self { source, listener, guard, has_ended: false }
    }
}

#[dual(AFIT)]
impl<S: Source, F: FnMut(S::Item) + Send + 'static> Task for Pump<S, F> {
    const THREAD: &'static str = S::THREAD;

    async fn run(mut self) {
        while let Some(item) = self.source.next().await {
            self.guard.call(|| (self.listener)(item));
        }
        self.has_ended = true;
    }
}

impl<S: Source, F: FnMut(S::Item)> Drop for Pump<S, F> {
    /// Also when it never ran, its thread unwinds or its runtime shuts down.
    fn drop(&mut self) {
        if self.has_ended || self.guard.is_closed() {
            return;
        }
        // A panic during an unwinding would abort the process.
        let told = contain(|| {
            tracing::error!("the caller of a listener is gone; the listener is not called any more");
            if let Some(item) = self.source.lost() {
                self.guard.call(|| (self.listener)(item));
            }
        });
        // Nothing is left to report it to.
        told.unwrap_or_default();
    }
}
