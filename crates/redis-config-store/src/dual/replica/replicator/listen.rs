use std::{collections::HashMap, time::Duration};

use super::{
    super::{super::runtime::dual, Replica},
    Replicator,
};
use crate::{clock, replica::WakeReason, status::missing_flags};

/// How long a new store waits for its subscription before it synchronizes.
const SUBSCRIPTION_GRACE: Duration = Duration::from_millis(500);

/// The time within which the notification and the invalidation of one commit arrive. The server sends them together; but
/// where many stores share a connection, all of them are woken by the first before any receives the second.
const TOGETHER: Duration = Duration::from_millis(20);

#[dual]
impl Replicator {
    /// Registers with the shared listener, and waits a moment for the subscription: then one synchronization is enough.
    /// Returns why to synchronize.
    pub(super) async fn register(&mut self) -> WakeReason {
        let mut reason = self.wait(Duration::ZERO).await;
        let Some(replica) = self.replica.upgrade() else { return reason };
        let (registration, is_next) = replica.register();
        self.registration = Some(registration);
        drop(replica);
        let until = clock::now() + SUBSCRIPTION_GRACE;
        // A subscription and its failure both make the values doubtful.
        while is_next && !reason.is_doubtful {
            let left = until.saturating_duration_since(clock::now());
            let Some(later) = self.wakeups.take_within(left).await else { break };
            reason = reason.merge(later);
        }
        reason
    }

    /// Waits for a wake-up, or for `pause`. Returns the reason.
    pub(super) async fn wait(&self, pause: Duration) -> WakeReason {
        let reason = self.wakeups.take_within(pause).await.unwrap_or_default();
        if !reason.is_notified || reason.is_invalidated || self.wakeups.look(|reason| !reason.is_tracked) {
            return reason;
        }
        // The server also sends an invalidation: one synchronization is enough for both.
        reason.merge(self.wakeups.take_within(TOGETHER).await.unwrap_or_default())
    }
}

#[dual]
impl Replica {
    /// Reads whether the server sends the notifications that the store needs, now that it has subscribed.
    pub(super) async fn check_flags(&self) {
        let missing = self.missing_flags().await;
        self.hub().health.subscribed(Ok(missing));
    }

    /// The flags that the server lacks, if the user may read them.
    async fn missing_flags(&self) -> Option<String> {
        let query = self.redis.command("CONFIG GET").arg("notify-keyspace-events");
        let flags = query.run::<HashMap<String, String>>().await.ok()?;
        missing_flags(flags.get("notify-keyspace-events")?)
    }
}
