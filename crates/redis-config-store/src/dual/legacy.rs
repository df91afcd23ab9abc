mod adopt;
mod follow;
mod inbox;
mod read;
mod watcher;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use redis_service::Script;

use self::inbox::Inbox;
pub use self::watcher::LegacyWatcher;
use super::{
    runtime::{CommandTarget, Service, dual},
    store::Store,
};
use crate::{
    Error, ErrorKind, LegacyOptions, Result, Version,
    legacy::{Held, Prefix, base_of},
};

/// Configuration in the layout of an older store, for as long as somebody still uses that: each key is a Redis key
/// of its own, a string that is version 1, or a list that is the history, its length the version.
///
/// Each operation is one script on one key. The layout records no author, no time and no revision, and so does
/// this: for those, [`adopt`](Store::adopt) it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Legacy {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    redis: Service,
    prefix: Prefix,
    options: LegacyOptions,
    local: Mutex<Local>,
}

/// What this process knows, and whom it tells.
#[derive(Debug, Default)]
struct Local {
    held: Held,
    watchers: Vec<Weak<Inbox>>,
    is_closed: bool,
}

impl Store {
    /// The store of an older layout, whose Redis keys are `prefix` and a key's name, below the namespace of the
    /// service's handle. The prefix is taken as it is: with its colon, if it has one.
    ///
    /// Asks Redis for nothing.
    #[must_use]
    pub fn legacy(redis: &Service, prefix: impl Into<String>) -> Legacy {
        Self::legacy_with(redis, prefix, LegacyOptions::default())
    }

    /// As [`legacy`](Self::legacy), with options.
    #[must_use]
    pub fn legacy_with(redis: &Service, prefix: impl Into<String>, options: LegacyOptions) -> Legacy {
        let (redis, prefix, local) = (redis.clone(), Prefix::new(prefix), Mutex::default());
        Legacy { shared: Arc::new(Shared { redis, prefix, options, local }) }
    }
}

impl Legacy {
    /// What the Redis keys begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.shared.prefix.as_str()
    }

    /// The version of a key that is known locally, of whatever was read, put or watched last; no question is
    /// asked. `None` if nothing is known, or the key held nothing.
    #[must_use]
    pub fn cached_version(&self, key: &str) -> Option<Version> {
        self.local().held.version(key)
    }

    /// Ends watchers, on every clone. The service stays open.
    pub fn close(&self) {
        let mut local = self.local();
        local.is_closed = true;
        for watcher in local.watchers.drain(..).filter_map(|watcher| watcher.upgrade()) {
            watcher.close();
        }
    }

    fn local(&self) -> MutexGuard<'_, Local> {
        // Nothing that a user wrote runs while it is held.
        self.shared.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_open(&self) -> Result<()> {
        if self.local().is_closed {
            return Err(Error::new(ErrorKind::Closed, "the store was closed"));
        }
        Ok(())
    }
}

/// Whether a script may be sent again if its answer is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It writes nothing.
    Read,
    /// Nothing in the layout would tell that it was done before.
    Write,
}

#[dual]
impl Legacy {
    async fn run(&self, script: &Script, kind: Kind, key: &str, arguments: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
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
