use std::{fmt, sync::Arc};

use super::runtime::CancellationToken;

/// Ends a subscription or a consumer, whoever does it: its owner, another thread, or the service that is closed.
#[derive(Default)]
pub(super) struct Ending {
    pub(super) stop: Arc<CancellationToken>,
    /// Wakes who waits for events. While its connection is being replaced, a listener does not notice `stop` at
    /// once.
    close: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Ending {
    /// `close` may be called several times, and must not wait.
    pub(super) fn closing(close: impl Fn() + Send + Sync + 'static) -> Self {
        Self { stop: Arc::default(), close: Some(Box::new(close)) }
    }

    pub(super) fn end(&self) {
        self.stop.cancel();
        if let Some(close) = &self.close {
            close();
        }
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").field("stop", &self.stop).finish_non_exhaustive()
    }
}
