use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::de::DeserializeOwned;

use super::{
    runtime::dual,
    scripts,
    store::{Shared, Store},
};
use crate::{
    Entry, ReadPolicy, ResetReason, Result, Source, State, StoreError, StoreErrorKind, Version, Versioned,
    clock,
    mirror::{Mirror, Position},
    name::check_key,
    script::SYNC,
    sync::SyncReply,
};

#[dual]
impl Store {
    /// Reads a value from Redis; `None` if the key was never there or is deleted.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the version, if the value is no `T` or is refused by its validator; `Integrity` if what
    /// is stored was not written by a store; `Service` for whatever keeps Redis from answering.
    pub async fn fetch<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Versioned<T>>> {
        let (entry, asked) = self.shared.fetch(key).await?;
        self.shared.read(key, entry.as_deref(), Some(asked), Source::Redis)
    }

    /// Reads a key from Redis as it is stored, whatever it is; `None` if it was never there. It may be a
    /// deletion. No validator is asked.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch), but for `Invalid`.
    pub async fn entry(&self, key: &str) -> Result<Option<Arc<Entry>>> {
        Ok(self.shared.fetch(key).await?.0)
    }

    /// Reads a value that is as current as the caller needs it.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch); what Redis fails with if what is known locally does not do.
    pub async fn fetch_with<T: DeserializeOwned>(
        &self,
        key: &str,
        policy: ReadPolicy,
    ) -> Result<Option<Versioned<T>>> {
        let local = self.shared.desk().local(key);
        let age = local.as_ref().and_then(|local| local.asked).map(age_of);
        let is_enough = match policy {
            ReadPolicy::FailIfStale(most) => age.is_some_and(|age| age <= most),
            ReadPolicy::AllowStale(_) => false,
            ReadPolicy::LastKnown => local.is_some(),
        };
        if !is_enough {
            let fetched = self.fetch(key).await;
            let may_be_old = match policy {
                ReadPolicy::AllowStale(most) => age.is_some_and(|age| age <= most),
                ReadPolicy::FailIfStale(_) | ReadPolicy::LastKnown => false,
            };
            if !(may_be_old && fetched.as_ref().is_err_and(StoreError::is_unavailable)) {
                return fetched;
            }
        }
        match local {
            Some(local) => self.shared.read(key, local.entry.as_deref(), local.asked, local.source),
            None => Ok(None),
        }
    }

    /// The version of a key that is known locally, of whatever was read, changed or watched last; no question is
    /// asked. `None` if nothing is known, or the key is not there.
    #[must_use]
    pub fn cached_version(&self, key: &str) -> Option<Version> {
        let entry = self.shared.desk().local(key)?.entry?;
        (!entry.is_deletion()).then_some(entry.version())
    }

    /// Reads every key, at one revision.
    ///
    /// # Errors
    ///
    /// `Integrity` if the values in Redis cannot be read whole; `Service` for whatever keeps Redis from
    /// answering.
    pub async fn state(&self) -> Result<State> {
        self.shared.check_open()?;
        let mut mirror = Mirror::default();
        let reply = self.shared.sync(&mirror.known(), 1).await?;
        mirror.apply(reply);
        match mirror.told {
            Some(reason) if mirror.position == Position::Unknown => Err(StoreError::new(
                StoreErrorKind::Integrity,
                format!("the keys in Redis are damaged: {reason:?}"),
            )),
            _ => Ok(mirror.state),
        }
    }
}

#[dual]
impl Shared {
    /// Asks what is new to somebody who knows `known`.
    pub(super) async fn sync(&self, known: &[String; 3], limit: usize) -> Result<SyncReply> {
        let words = known.iter().map(|word| word.clone().into_bytes());
        let arguments: Vec<_> = words.chain([limit.to_string().into_bytes()]).collect();
        let reply = scripts::run(&self.redis, &SYNC, &self.name, &arguments).await?;
        SyncReply::read(reply)
    }

    /// What Redis says of a key, which is remembered, and when it was asked.
    async fn fetch(&self, key: &str) -> Result<(Option<Arc<Entry>>, Instant)> {
        self.check_open()?;
        check_key(key)?;
        let asked = clock::now();
        let entry = self.ask_for(key).await?.map(Arc::new);
        let received = clock::now();
        self.desk().hold(key, entry.clone(), asked, received);
        Ok((entry, asked))
    }

    pub(super) async fn ask_for(&self, key: &str) -> Result<Option<Entry>> {
        let mut is_second = false;
        loop {
            let (stored, epoch) = self.stored(key).await?;
            if let Some(stored) = stored {
                let entry = Entry::parse(&stored);
                let foreign = || {
                    StoreError::new(StoreErrorKind::Integrity, "what is stored was not written by a store")
                };
                return entry.map(Some).ok_or_else(|| foreign().on_key(key));
            }
            if epoch.is_some() {
                return Ok(None);
            }
            // Nothing was ever committed, or the values are lost.
            let log = self.redis.command("TYPE").key(&*self.name.log).query::<String>().await?;
            if log == "none" {
                return Ok(None);
            }
            if is_second {
                let message = format!("the keys in Redis are damaged: {:?}", ResetReason::ValuesLost);
                return Err(StoreError::new(StoreErrorKind::Integrity, message).on_key(key));
            }
            // Unless the first commit of all was made in between.
            is_second = true;
        }
    }

    /// A field of the hash, and the epoch, which every hash has.
    async fn stored(&self, key: &str) -> Result<(Field, Field)> {
        let query = self.redis.command("HMGET").key(&*self.name.current).arg(key).arg("#epoch");
        query.query().await.map_err(|error| match error.kind() {
            redis_service::ErrorKind::WrongType => {
                let message = format!("the keys in Redis are damaged: {:?}", ResetReason::Foreign);
                StoreError::new(StoreErrorKind::Integrity, message).on_key(key)
            }
            _ => error.into(),
        })
    }

    /// The value, if it is there and passes.
    pub(super) fn read<T: DeserializeOwned>(
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

/// What a field of the hash holds.
type Field = Option<Vec<u8>>;

fn age_of(asked: Instant) -> Duration {
    clock::now().saturating_duration_since(asked)
}
