use std::{fmt, sync::Arc};

use super::{
    pump::{Pump, Source},
    runtime::spawn,
};
use crate::CallbackGuard;

/// A listener that is called in the background. Dropping this handle, or [`close`](Self::close), ends that.
pub struct ListenerHandle {
    guard: Arc<CallbackGuard>,
    /// Ends the source of the calls.
    stop: Box<dyn Fn() + Send + Sync>,
}

impl ListenerHandle {
    /// The handle of a listener that is called through `guard`. `stop` ends the source of the calls; it may
    /// be called several times, and must not wait.
    #[must_use = "dropping the handle stops the listener"]
    pub fn new(guard: Arc<CallbackGuard>, stop: impl Fn() + Send + Sync + 'static) -> Self {
        Self { guard, stop: Box::new(stop) }
    }

    /// Calls `listener` with every item of `source`, one after the other, in the background: on a thread of
    /// its own, or as a task. A panic of `listener` is logged, and it is still called with the next item. If
    /// nothing can call it any more, because the system provides no thread or the runtime shuts down, that is
    /// logged, and it is called with the source's [last item](Source::lost). For `stop` see [`new`](Self::new).
    #[must_use = "dropping the handle stops the listener"]
    pub fn spawn<S: Source>(
        source: S,
        listener: impl FnMut(S::Item) + Send + 'static,
        stop: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let guard = Arc::new(CallbackGuard::default());
        let handle = Self::new(Arc::clone(&guard), stop);
        spawn(Pump::new(source, listener, guard));
        handle
    }

    /// Stops listening, and waits for the current call to end, if there is one: when this returns, the
    /// listener is not running, and is never called again. Within the listener it returns at once.
    ///
    /// Do not call it while you hold a lock that the listener waits for. Dropping the handle does not wait.
    pub fn close(&self) {
        self.stop();
        self.guard.wait();
    }

    fn stop(&self) {
        // First, so that the listener is not called with the items that are still there.
        self.guard.close();
        (self.stop)();
    }
}

impl Drop for ListenerHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for ListenerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerHandle").finish_non_exhaustive()
    }
}
