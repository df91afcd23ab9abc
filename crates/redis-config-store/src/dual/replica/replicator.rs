mod listen;
mod persist;
mod verify;

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use redis_service_runtime::{Episode, Jitter};

pub(in super::super) use self::persist::load;
use super::{
    super::{
        THREAD,
        runtime::{Mailbox, Task, dual},
        shared_listener::Registration,
    },
    Replica, closed,
};
use crate::{
    clock,
    error::{StoreError, StoreErrorKind},
    replica::{SnapshotProgress, WakeReason},
};

/// Keeps the local copy current for as long as a store shares it.
///
/// For every wake-up it asks Redis for the changes since the last one that it knows. So a change with a notification, one
/// without and one with two have the same effect.
struct Replicator {
    replica: Weak<Replica>,
    wakeups: Arc<Mailbox<WakeReason>>,
    /// Its part in the subscribing connection that the stores of a service share.
    registration: Option<Registration>,
    /// When all values were verified last.
    verified: Instant,
    /// There is a reason to verify them again.
    is_doubtful: bool,
    /// What is known of the snapshot files.
    snapshots: HashMap<PathBuf, SnapshotProgress>,
    /// Whether the server's eviction policy is known.
    knows_eviction: bool,
    /// What is logged already.
    logged: Logged,
}

/// What goes on for longer than a turn, and is logged when it begins and when it ends.
#[derive(Default)]
struct Logged {
    out_of_date: Episode,
    behind: Episode,
    unverified: Episode,
    /// The snapshot files that were not written.
    unwritten: BTreeSet<PathBuf>,
}

/// How long a hint may take that is under way.
const HINT_GRACE: Duration = Duration::from_secs(1);

/// How long to wait after a failure before Redis is asked again.
pub(in super::super) const RETRY: Duration = Duration::from_secs(1);

/// How much more often Redis is asked while no hints arrive.
pub(in super::super) const POLLING_FACTOR: u32 = 6;

impl Replica {
    /// Starts the replicator, if it does not run yet, and wakes it.
    pub(in super::super) fn replicate(self: &Arc<Self>) {
        let was_replicated = std::mem::replace(&mut self.hub().is_replicated, true);
        self.request_sync();
        if !was_replicated {
            self.redis.extension().spawn(Replicator {
                replica: Arc::downgrade(self),
                wakeups: Arc::clone(&self.wakeups),
                registration: None,
                verified: clock::now(),
                // The first subscription, or its failure, makes it so.
                is_doubtful: false,
                snapshots: HashMap::new(),
                knows_eviction: false,
                logged: Logged::default(),
            });
        }
    }
}

#[dual]
impl Replicator {
    async fn turn(&mut self, replica: &Replica, reason: WakeReason) {
        if reason.is_subscribed {
            replica.check_flags().await;
        }
        let is_missed = {
            let health = &mut replica.hub().health;
            health.woken(reason);
            let is_missed = !reason.wakes() && health.is_hint_overdue();
            if is_missed {
                health.hint_missed();
            }
            is_missed
        };
        if is_missed && replica.hub().health.is_subscribed() {
            replica.check_flags().await;
        }
        let synchronized = replica.sync(&replica.redis).await;
        let namespace = replica.namespace();
        if synchronized.is_ok() && self.logged.out_of_date.ends() {
            tracing::info!(namespace, "the local copy of the configuration is up to date again");
        }
        match synchronized {
            Ok(true) if !reason.wakes() => replica.hub().health.hint_overdue(),
            Ok(true) if replica.hub().health.lacks_notification(reason) => replica.check_flags().await,
            Ok(_) => {}
            Err(error) if self.logged.out_of_date.begins() => {
                tracing::warn!(%error, namespace, "the local copy of the configuration may be out of date");
            }
            Err(error) => tracing::debug!(%error, "the local copy of the configuration may be out of date"),
        }
        self.verify(replica, reason).await;
        match replica.catch_up().await {
            Ok(()) if self.logged.behind.ends() => tracing::info!("slow watchers have caught up"),
            Ok(()) => {}
            // That Redis cannot be asked is logged by the synchronization.
            Err(error) if !error.is_unavailable() && self.logged.behind.begins() => {
                tracing::warn!(%error, "a slow watcher could not catch up");
            }
            Err(error) => tracing::debug!(%error, "a slow watcher could not catch up"),
        }
        self.persist(replica).await;
        self.knows_eviction &= !reason.is_reconnected;
        let is_answering = !replica.hub().health.is_failing();
        if is_answering && !self.knows_eviction {
            self.knows_eviction = replica.check_eviction(&replica.redis).await;
        }
    }

    /// How long until Redis is asked again without a hint.
    fn pause(&self, replica: &Replica) -> Duration {
        let interval = replica.interval();
        let health = &replica.hub().health;
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
    /// Closes the stores: their copy would no longer be kept current.
    fn drop(&mut self) {
        if let Some(replica) = self.replica.upgrade() {
            let message = "the store's background work ended: its runtime was shut down, or it panicked";
            replica.end(StoreError::new(StoreErrorKind::Closed, message));
        }
    }
}

#[dual(AFIT)]
impl Task for Replicator {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut reason = self.register().await;
        while let Some(replica) = self.replica.upgrade().filter(|replica| replica.is_open()) {
            self.turn(&replica, reason).await;
            if replica.hub().health.is_fatal() {
                replica.end(closed());
                return;
            }
            let pause = self.pause(&replica);
            drop(replica);
            reason = self.wait(pause).await;
        }
    }
}
