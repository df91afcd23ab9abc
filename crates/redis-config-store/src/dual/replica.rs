//! Keeps the local copy of a namespace current, in the background.

mod catch_up;
mod listen;
mod persist;
mod sync;
mod verify;

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use redis_service_runtime::Jitter;

pub(super) use self::persist::load;
use super::{
    THREAD,
    runtime::{Mailbox, Task, dual},
    shared_listener::Registration,
    store::Shared,
};
use crate::{
    clock,
    error::{StoreError, StoreErrorKind},
    replica::{SnapshotProgress, WakeReason},
};

/// Keeps the local copy current for as long as a handle of the store exists.
///
/// For every wake-up it asks Redis for the changes since the last one that it knows. So a change with a notification, one
/// without and one with two have the same effect.
struct Replicator {
    shared: Weak<Shared>,
    wakeups: Arc<Mailbox<WakeReason>>,
    /// The store's part in the subscribing connection that the stores of a service share.
    registration: Option<Registration>,
    /// When all values were verified last.
    verified: Instant,
    /// There is a reason to verify them again.
    is_doubtful: bool,
    /// What is known of the snapshot file.
    snapshot: SnapshotProgress,
    /// Whether the server's eviction policy is known.
    knows_eviction: bool,
}

/// How long a hint may take that is under way.
const HINT_GRACE: Duration = Duration::from_secs(1);

/// How long to wait after a failure before Redis is asked again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// How much more often Redis is asked while no hints arrive.
pub(super) const POLLING_FACTOR: u32 = 6;

impl Shared {
    /// Starts the replicator, if it does not run yet, and wakes it.
    pub(super) fn replicate(self: &Arc<Self>) {
        let was_replicated = std::mem::replace(&mut self.hub().is_replicated, true);
        if !was_replicated {
            self.background.spawn(Replicator {
                shared: Arc::downgrade(self),
                wakeups: Arc::clone(&self.wakeups),
                registration: None,
                verified: clock::now(),
                // The first subscription, or its failure, makes it so.
                is_doubtful: false,
                snapshot: SnapshotProgress::default(),
                knows_eviction: false,
            });
        }
        self.request_sync();
    }
}

#[dual]
impl Replicator {
    async fn turn(&mut self, shared: &Shared, reason: WakeReason) {
        if reason.is_subscribed {
            shared.check_flags().await;
        }
        let is_missed = {
            let health = &mut shared.hub().health;
            health.woken(reason);
            let is_missed = !reason.wakes() && health.is_hint_overdue();
            if is_missed {
                health.hint_missed();
            }
            is_missed
        };
        if is_missed && shared.hub().health.is_subscribed() {
            shared.check_flags().await;
        }
        match shared.sync().await {
            Ok(true) if !reason.wakes() => shared.hub().health.hint_overdue(),
            Ok(true) if shared.hub().health.lacks_notification(reason) => shared.check_flags().await,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the local copy of the configuration may be out of date"),
        }
        self.verify(shared, reason).await;
        if let Err(error) = shared.catch_up().await {
            tracing::warn!(%error, "a slow watcher could not catch up");
        }
        self.persist(shared).await;
        self.knows_eviction &= !reason.is_reconnected;
        let is_answering = !shared.hub().health.is_failing();
        if is_answering && !self.knows_eviction {
            self.knows_eviction = shared.check_eviction().await;
        }
    }

    /// How long until Redis is asked again without a hint.
    fn pause(&self, shared: &Shared) -> Duration {
        let interval = shared.options.interval;
        let health = &shared.hub().health;
        let pause = if health.is_failing() {
            RETRY.min(interval)
        } else if health.is_polling() {
            interval / POLLING_FACTOR
        } else {
            interval
        };
        let pause = if health.is_hint_overdue() { pause.min(HINT_GRACE) } else { pause };
        Jitter::Spread.apply(pause, fastrand::f64())
    }
}

impl Drop for Replicator {
    /// Closes the store: its copy would no longer be kept current.
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            let message = "the store's background work ended: its runtime was shut down, or it panicked";
            shared.end(StoreError::new(StoreErrorKind::Closed, message));
        }
    }
}

#[dual(AFIT)]
impl Task for Replicator {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut reason = self.register().await;
        while let Some(shared) = self.shared.upgrade().filter(|shared| shared.check_open().is_ok()) {
            self.turn(&shared, reason).await;
            if shared.hub().health.is_fatal() {
                shared.close();
                return;
            }
            let pause = self.pause(&shared);
            drop(shared);
            reason = self.wait(pause).await;
        }
    }
}
