use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{super::replica::Replica, runtime::Mailbox};
use crate::{
    replica::WakeReason,
    subscribers::{Notice, Notices},
};

/// Where the notices to a store go.
#[derive(Debug)]
pub(super) struct StoreSink {
    pub(super) replica: Weak<Replica>,
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
    pub(super) fn new(replica: &Arc<Replica>) -> Self {
        let (wakeups, interval) = (Arc::clone(replica.wakeups()), replica.interval());
        Self { replica: Arc::downgrade(replica), wakeups, interval }
    }

    fn deliver(&self, notice: Notice) {
        match notice {
            Notice::Wake(reason) => drop(self.wakeups.put(|reasons| reasons.add(reason))),
            Notice::Tracking(tracking) => {
                self.wakeups.put(|reason| reason.is_tracked = tracking.is_ok());
                if let Some(replica) = self.replica.upgrade() {
                    replica.hub().health.tracking(tracking);
                }
            }
            Notice::Refused(error) => {
                if let Some(replica) = self.replica.upgrade() {
                    replica.hub().health.subscribed(Err(error));
                }
            }
            Notice::Unsubscribed(error) => {
                self.wakeups.put(|reason| reason.is_tracked = false);
                if let Some(replica) = self.replica.upgrade() {
                    let health = &mut replica.hub().health;
                    health.subscribed(Err(error));
                    health.tracking_lost();
                }
            }
        }
    }
}
