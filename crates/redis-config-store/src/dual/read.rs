use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::de::DeserializeOwned;

use super::{
    hub::LocalEntry,
    runtime::dual,
    store::{Shared, Store},
};
use crate::{
    clock,
    error::{During, Result, StoreError},
    protocol::check_key,
    read::{Entry, ReadPolicy, Source, State, Versioned},
    replica::{Known, Mirror, Position},
    version::Version,
    watch::ResetReason,
};

#[dual]
impl Store {
    /// Reads a value from Redis; `None` if the key never existed or is deleted.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the version, if the value is not a `T`, or its validator refuses it; `Integrity` if no store
    /// wrote what is stored; `Service` if Redis does not answer, or answers with an error.
    pub async fn fetch<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Versioned<T>>> {
        let (entry, asked) = self.shared.fetch(key).await.during_on("fetch", key)?;
        self.shared.decode(key, entry.as_deref(), Some(asked), Source::Redis).during("fetch")
    }

    /// Reads a key from Redis as it is stored, of any type; `None` if it never existed. The entry may be a deletion.
    /// Calls no validator.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch), except for `Invalid`.
    pub async fn entry(&self, key: &str) -> Result<Option<Arc<Entry>>> {
        Ok(self.shared.fetch(key).await.during_on("entry", key)?.0)
    }

    /// Reads a value that is as current as the policy demands.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch), if the local copy does not satisfy the policy.
    pub async fn fetch_with<T: DeserializeOwned>(
        &self,
        key: &str,
        policy: ReadPolicy,
    ) -> Result<Option<Versioned<T>>> {
        let local = self.shared.hub().local(key);
        let local = local.and_then(|LocalEntry { known, asked, source }| match known {
            Known::Entry(entry) => Some((entry, asked, source)),
            // The value is not known.
            Known::Version(..) => None,
        });
        let age = local.as_ref().and_then(|(_, asked, _)| *asked).map(age_of);
        let is_enough = match policy {
            ReadPolicy::FailIfStale(most) => age.is_some_and(|age| age <= most),
            ReadPolicy::AllowStale(_) => false,
            ReadPolicy::LastKnown => local.is_some(),
        };
        if !is_enough {
            let fetched = self.fetch(key).await.during("fetch_with");
            let may_be_old = match policy {
                ReadPolicy::AllowStale(most) => age.is_some_and(|age| age <= most),
                ReadPolicy::FailIfStale(_) | ReadPolicy::LastKnown => false,
            };
            if !(may_be_old && fetched.as_ref().is_err_and(StoreError::is_unavailable)) {
                return fetched.map_err(|error| self.shared.explain(error));
            }
        }
        match local {
            Some((entry, asked, source)) => {
                self.shared.decode(key, entry.as_deref(), asked, source).during("fetch_with")
            }
            None => Ok(None),
        }
    }

    /// The version of a key that is known locally, from the last read of the key, change or synchronization, whichever is
    /// latest. Sends nothing to Redis. `None` if nothing is known, or the key does not exist.
    #[must_use]
    pub fn cached_version(&self, key: &str) -> Option<Version> {
        self.shared.hub().local(key)?.known.version()
    }

    /// Reads every key, at one revision.
    ///
    /// # Errors
    ///
    /// `Integrity` if the values in Redis cannot all be read; `Service` if Redis does not answer, or answers with an
    /// error.
    pub async fn state(&self) -> Result<State> {
        self.shared.check_open().during("state")?;
        let mut mirror = Mirror::default();
        let asked = clock::now();
        let reply = self.shared.replica.request_changes(&self.shared.redis, &mirror.known(), 1).await;
        let reply = reply.during("state")?;
        let received = clock::now();
        mirror.apply(reply);
        if let (Some(reason), Position::Unknown) = (mirror.reported, &mirror.position) {
            return Err(StoreError::damaged(reason)).during("state");
        }
        for (key, entry) in &*mirror.state.entries {
            let known = Known::Entry(Some(Arc::clone(entry)));
            // The lock is taken for each: there may be many.
            self.shared.hub().record_newer(key, known, (asked, received));
        }
        Ok(mirror.state)
    }
}

#[dual]
impl Shared {
    /// Reads a key from Redis, and records it in the cache. Returns when Redis was asked as well.
    async fn fetch(&self, key: &str) -> Result<(Option<Arc<Entry>>, Instant)> {
        self.check_open()?;
        check_key(key)?;
        let asked = clock::now();
        let entry = self.read_entry(key).await?.map(Arc::new);
        let received = clock::now();
        self.hub().record(key, Known::Entry(entry.clone()), (asked, received));
        Ok((entry, asked))
    }

    async fn read_entry(&self, key: &str) -> Result<Option<Entry>> {
        let mut is_second = false;
        loop {
            let (stored, epoch) = self.read_fields(key).await?;
            if let Some(stored) = stored {
                let foreign = || StoreError::damaged(ResetReason::Foreign);
                return Entry::parse(&stored).map(Some).ok_or_else(foreign);
            }
            if epoch.is_some() {
                return Ok(None);
            }
            // Nothing was ever committed, or the values are lost.
            let log = self.redis.command("TYPE").key(&*self.replica.keys().log).run::<String>().await?;
            if log == "none" {
                return Ok(None);
            }
            if is_second {
                return Err(StoreError::damaged(ResetReason::ValuesLost));
            }
            // The first commit of all may have been made between the two questions.
            is_second = true;
        }
    }

    /// Reads a field of the hash, and the epoch, which every hash has.
    async fn read_fields(&self, key: &str) -> Result<(Field, Field)> {
        let query = self.redis.command("HMGET").key(&*self.replica.keys().current).arg(key).arg("#epoch");
        query.run().await.map_err(|error| match error.kind() {
            redis_service::ErrorKind::WrongType => StoreError::damaged(ResetReason::Foreign),
            _ => error.into(),
        })
    }

    /// Decodes and validates an entry's value; `None` if there is none.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        key: &str,
        entry: Option<&Entry>,
        asked: Option<Instant>,
        source: Source,
    ) -> Result<Option<Versioned<T>>> {
        let Some(entry) = entry.filter(|entry| !entry.is_deletion()) else { return Ok(None) };
        let value = self.options.decode(key, entry)?;
        let age = asked.map_or(Duration::MAX, age_of);
        Ok(Some(Versioned::of(entry, value, age, source)))
    }
}

/// A field of the hash.
type Field = Option<Vec<u8>>;

fn age_of(asked: Instant) -> Duration {
    clock::now().saturating_duration_since(asked)
}
