use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{super::store::Shared, runtime::Mailbox};
use crate::{
    replica::WakeReason,
    subscribers::{Notice, Notices},
};

/// Where the notices to a store go.
#[derive(Debug)]
pub(super) struct StoreSink {
    pub(super) shared: Weak<Shared>,
    wakeups: Arc<Mailbox<WakeReason>>,
    pub(super) interval: Duration,
}

/// Delivers notices. No lock may be held.
pub(super) fn deliver(notices: Notices<Arc<StoreSink>>) {
    for (sink, notice) in notices {
        sink.deliver(notice);
    }
}

impl StoreSink {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let (wakeups, interval) = (Arc::clone(&shared.wakeups), shared.options.interval);
        Self { shared: Arc::downgrade(shared), wakeups, interval }
    }

    fn deliver(&self, notice: Notice) {
        match notice {
            Notice::Wake(reason) => drop(self.wakeups.put(|reasons| reasons.add(reason))),
            Notice::Tracking(tracking) => {
                self.wakeups.put(|reason| reason.is_tracked = tracking.is_ok());
                if let Some(shared) = self.shared.upgrade() {
                    shared.hub().health.tracking(tracking);
                }
            }
            Notice::Refused(error) => {
                if let Some(shared) = self.shared.upgrade() {
                    shared.hub().health.subscribed(Err(error));
                }
            }
            Notice::Unsubscribed(error) => {
                self.wakeups.put(|reason| reason.is_tracked = false);
                if let Some(shared) = self.shared.upgrade() {
                    let health = &mut shared.hub().health;
                    health.subscribed(Err(error));
                    health.tracking_lost();
                }
            }
        }
    }
}
