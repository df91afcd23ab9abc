use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use redis_config_store::{StoreError, StoreErrorKind, Version, error::Result, extension::MakeError};
use redis_service::Script;

use super::{
    inbox::Inbox,
    runtime::{CommandTarget, Service, dual, example},
};
use crate::{
    LegacyOptions,
    keys::{Prefix, base_of},
    known_versions::KnownVersions,
};

/// Configuration in the layout of an older store: each key is a Redis key of its own, a string that is version 1, or
/// a list that is the history, its length the version.
///
/// Each operation is one script on one key. The layout records no author, no time and no revision. For those, take it
/// over with [`adopt_into`](Self::adopt_into). Cheap to clone.
///
/// # Examples
///
#[doc = example!("store.md")]
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) redis: Service,
    pub(super) prefix: Prefix,
    pub(super) options: LegacyOptions,
    local: Mutex<Local>,
}

/// What this process knows, and its watchers.
#[derive(Debug, Default)]
pub(super) struct Local {
    pub(super) versions: KnownVersions,
    pub(super) watchers: Vec<Weak<Inbox>>,
    is_closed: bool,
}

impl Store {
    /// Opens the store whose Redis keys are `prefix` followed by a key's name, below the namespace of the service's
    /// handle. The prefix is used literally: with its colon, if it has one.
    ///
    /// Sends nothing to Redis.
    #[must_use]
    pub fn open(redis: &Service, prefix: impl Into<String>) -> Self {
        Self::open_with(redis, prefix, LegacyOptions::default())
    }

    /// Opens the store as [`open`](Self::open) does, with options.
    #[must_use]
    pub fn open_with(redis: &Service, prefix: impl Into<String>, options: LegacyOptions) -> Self {
        let (redis, prefix, local) = (redis.clone(), Prefix::new(prefix), Mutex::default());
        Self { shared: Arc::new(Shared { redis, prefix, options, local }) }
    }

    /// The prefix of the Redis keys.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.shared.prefix.as_str()
    }

    /// The version of a key that is known locally, from the last read, write or watch. Sends nothing to Redis.
    /// `None` if nothing is known, or the key held nothing.
    #[must_use]
    pub fn cached_version(&self, key: &str) -> Option<Version> {
        self.local().versions.version(key)
    }

    /// Closes the store and its watchers, on every clone. The service stays open.
    pub fn close(&self) {
        let watchers = {
            let mut local = self.local();
            local.is_closed = true;
            std::mem::take(&mut local.watchers)
        };
        // That wakes those who wait, by code of the user's executor.
        watchers.iter().filter_map(Weak::upgrade).for_each(|watcher| watcher.close());
    }

    pub(super) fn local(&self) -> MutexGuard<'_, Local> {
        // No user code runs while it is held.
        self.shared.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.local().is_closed {
            return Err(StoreError::new(StoreErrorKind::Closed, "the store was closed"));
        }
        Ok(())
    }
}

/// Whether a script may be sent again if its answer is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It writes nothing.
    Read,
    /// The layout could not show that it was done before.
    Write,
}

#[dual]
impl Store {
    pub(super) async fn run(
        &self,
        script: &Script,
        kind: Kind,
        key: &str,
        arguments: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>> {
        self.check_open()?;
        let Shared { redis, prefix, options, .. } = &*self.shared;
        let redis_key = prefix.key(key)?;
        let mut query = redis.script(script).key(&redis_key);
        if options.keeps_versions {
            query = query.key(base_of(&redis_key, &redis.redis_key(&redis_key)?));
        }
        query = query.arg(options.newest_end());
        query = arguments.iter().fold(query, |query, argument| query.arg(*argument));
        if kind == Kind::Read {
            query = query.idempotent();
        }
        Ok(query.run().await?)
    }
}
