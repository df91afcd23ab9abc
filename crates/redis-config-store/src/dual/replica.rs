//! The local copy of a namespace, kept current in the background.

mod catch_up;
mod eviction;
mod replicator;
mod sync;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

pub(super) use self::replicator::{POLLING_FACTOR, RETRY, load};
use super::{
    hub::Hub,
    runtime::{CommandTarget, Mailbox, Service},
};
use crate::{
    error::{Result, StoreError, StoreErrorKind},
    options::{MAX_INTERVAL, StoreOptions},
    protocol::NamespaceKeys,
    replica::{Mirror, WakeReason},
    subscribers::Interest,
};

/// The local copy of a namespace. All stores of a service that have opened the namespace share it: Redis is asked once for
/// all of them.
#[derive(Debug)]
pub(super) struct Replica {
    /// With the configuration's deadline: it asks for all stores.
    redis: Service,
    namespace: String,
    keys: NamespaceKeys,
    /// The channel of the keyspace notifications of the log. No other namespace of the service has the same.
    channel: Vec<u8>,
    /// The log, and the prefix of both keys, as the server sees them.
    log: Vec<u8>,
    prefix: Vec<u8>,
    /// Wakes the replicator.
    wakeups: Arc<Mailbox<WakeReason>>,
    hub: Mutex<Hub>,
    replicas: Arc<Replicas>,
}

/// The local copies that the stores of a service share, by the channels of their namespaces.
///
/// The service keeps this, so it must not keep the service: it holds no replica.
#[derive(Debug, Default)]
struct Replicas(Mutex<HashMap<Vec<u8>, Weak<Replica>>>);

impl Replica {
    /// Joins the local copy of a namespace, or makes one. `mirror` is what an earlier process knew. Returns also the
    /// store's number.
    pub(super) fn join(
        redis: &Service,
        namespace: &str,
        keys: NamespaceKeys,
        options: &StoreOptions,
        mirror: &Mirror,
    ) -> Result<(Arc<Self>, u64)> {
        let log = redis.redis_key(&*keys.log)?;
        let channel = [format!("__keyspace@{}__:", redis.database()).as_bytes(), &log].concat();
        let prefix = redis.redis_key(&*keys.prefix)?;
        let replicas = redis.extension().slot(Replicas::default);
        let mut known = replicas.known();
        let present = known.get(&channel).and_then(Weak::upgrade);
        if let Some(replica) = present {
            let number = replica.hub().join(options, mirror);
            if let Some(number) = number {
                return Ok((replica, number));
            }
        }
        let mut hub = Hub::new(mirror.clone());
        let number = hub.join(options, mirror).ok_or_else(closed)?;
        let replica = Arc::new(Self {
            redis: redis.extension().with_own_deadline(),
            namespace: namespace.to_owned(),
            keys,
            channel: channel.clone(),
            log,
            prefix,
            wakeups: Arc::new(Mailbox::new(WakeReason::default())),
            hub: Mutex::new(hub),
            replicas: Arc::clone(&replicas),
        });
        known.insert(channel, Arc::downgrade(&replica));
        Ok((replica, number))
    }

    pub(super) fn redis(&self) -> &Service {
        &self.redis
    }

    pub(super) fn wakeups(&self) -> &Arc<Mailbox<WakeReason>> {
        &self.wakeups
    }

    pub(super) fn interest(&self) -> Interest {
        Interest { channel: self.channel.clone(), log: self.log.clone(), prefix: self.prefix.clone() }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn keys(&self) -> &NamespaceKeys {
        &self.keys
    }

    pub(super) fn hub(&self) -> MutexGuard<'_, Hub> {
        // No user code runs while it is held.
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        self.hub().reason_for_end().is_none()
    }

    /// Wakes the replicator, if there is one.
    pub(super) fn request_sync(&self) {
        self.wakeups.put(|reason| reason.is_requested = true);
    }

    /// How often the store that asks most often wants Redis to be asked.
    pub(super) fn interval(&self) -> Duration {
        self.hub().followers().map(|member| member.interval).min().unwrap_or(MAX_INTERVAL)
    }

    /// Removes a store, for a reason. The background work ends with the last one.
    pub(super) fn leave(&self, number: u64, reason: StoreError) {
        let mut hub = self.hub();
        hub.leave(number, reason);
        let is_closed = hub.reason_for_end().is_some();
        drop(hub);
        if is_closed {
            self.wakeups.discard();
        }
    }

    /// Closes all stores, for a reason.
    fn end(&self, reason: StoreError) {
        self.hub().close(reason);
        self.wakeups.discard();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.wakeups.discard();
        let mut known = self.replicas.known();
        // Another may have taken its place.
        if known.get(&self.channel).is_some_and(|replica| replica.strong_count() == 0) {
            known.remove(&self.channel);
        }
    }
}

impl Replicas {
    fn known(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Weak<Replica>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Closed, "the store was closed")
}
