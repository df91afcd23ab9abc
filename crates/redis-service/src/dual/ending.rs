use std::sync::Arc;

use super::runtime::{CancellationToken, Mailbox};
use crate::pubsub::EventBuffer;

/// Ends a subscription, whoever does it: its owner, another thread, or the service that is closed.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) stop: Arc<CancellationToken>,
    /// Where a reader waits for events. While its connection is being replaced, a listener does not notice
    /// `stop` at once.
    mailbox: Option<Arc<Mailbox<EventBuffer>>>,
}

impl Ending {
    pub(super) fn of(mailbox: &Arc<Mailbox<EventBuffer>>) -> Self {
        Self { stop: Arc::default(), mailbox: Some(Arc::clone(mailbox)) }
    }

    pub(super) fn end(&self) {
        self.stop.cancel();
        if let Some(mailbox) = &self.mailbox {
            mailbox.close();
        }
    }
}
