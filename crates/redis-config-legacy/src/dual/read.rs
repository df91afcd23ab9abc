use std::collections::BTreeSet;

use redis_config_store::{
    StoreError, StoreErrorKind, Version,
    error::Result,
    extension::{Filter, MakeError},
};
use redis_service::values::Pattern;
use serde::de::DeserializeOwned;

use super::{
    runtime::dual,
    store::{Kind, Store},
};
use crate::{
    LegacyEntry, LegacyVersioned, clock,
    reply::{Found, Look, Page},
    script::{HISTORY, LOOK, READ},
};

/// How many versions are returned at most.
const MOST: u64 = 10_000;

/// The largest version.
const LARGEST: u64 = 1 << 53;

#[dual]
impl Store {
    /// Reads a value from Redis; `None` if the key holds nothing.
    ///
    /// Commands, in a script: `TYPE`, `GET`, `LLEN`, `LINDEX`.
    ///
    /// # Errors
    ///
    /// `Invalid`, with key and version, if the value is not a `T`; `Integrity` if the Redis key is neither string nor
    /// list; `Service` if Redis does not answer, or answers with an error.
    pub async fn fetch<T: DeserializeOwned>(&self, key: &str) -> Result<Option<LegacyVersioned<T>>> {
        let asked = clock::now();
        let reply = self.run(&READ, Kind::Read, key, &[b""]).await?;
        let received = clock::now();
        let entry = match Found::read(reply).map_err(|error| error.on_key(key))? {
            Found::Value(entry) => Some(entry),
            Found::None | Found::Missing | Found::Trimmed => None,
        };
        let version = entry.as_ref().map(LegacyEntry::version);
        self.local().versions.record(key, version, asked, received);
        entry.map(|entry| entry.read(key)).transpose()
    }

    /// Reads a version of a key.
    ///
    /// If a process that keeps no versions, such as the older store, trimmed the key, numbers count what is left.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch).
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such version; `TooOld` if it was trimmed; otherwise as [`fetch`](Self::fetch).
    pub async fn at<T: DeserializeOwned>(&self, key: &str, number: u64) -> Result<LegacyVersioned<T>> {
        let wanted = number.to_string();
        let reply = self.run(&READ, Kind::Read, key, &[wanted.as_bytes()]).await?;
        let missing = |kind, message: &str| Err(StoreError::new(kind, message).on_key(key));
        match Found::read(reply).map_err(|error| error.on_key(key))? {
            Found::Value(entry) => entry.read(key),
            Found::Trimmed => missing(StoreErrorKind::TooOld, "this version was trimmed or deleted"),
            Found::None | Found::Missing => missing(StoreErrorKind::Missing, "there is no such version"),
        }
    }

    /// Returns the versions of a key, the newest first: numbers and digests, up to 10,000 of them.
    ///
    /// The server's time is proportional to the history of the key. Commands, in a script: those of
    /// [`fetch`](Self::fetch), and `LRANGE`.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch).
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let page = self.page(key, (1, LARGEST), MOST, "digest").await?;
        let mut versions = page.versions()?;
        versions.reverse();
        Ok(versions)
    }

    /// Reads the versions in a range; the newest `limit` of them.
    pub(super) async fn page(
        &self,
        key: &str,
        (oldest, newest): (u64, u64),
        limit: u64,
        wanted: &str,
    ) -> Result<Page> {
        let range = [oldest, newest, limit].map(|number| number.to_string());
        let [oldest, newest, limit] = range.each_ref().map(String::as_bytes);
        let arguments = [oldest, newest, limit, wanted.as_bytes()];
        let reply = self.run(&HISTORY, Kind::Read, key, &arguments).await?;
        Page::read(reply).map_err(|error| error.on_key(key))
    }

    /// Checks whether a key is still as known, and if not, what it holds.
    pub(super) async fn look(&self, key: &str, known: Option<Version>) -> Result<Look> {
        let number = known.map_or(0, |known| known.number).to_string();
        let digest = known.map_or_else(String::new, |known| known.digest.to_string());
        let asked = clock::now();
        let reply = self.run(&LOOK, Kind::Read, key, &[number.as_bytes(), digest.as_bytes()]).await?;
        let received = clock::now();
        let look = Look::read(reply).map_err(|error| error.on_key(key))?;
        let version = match &look {
            Look::Same => known,
            Look::Value { entry, .. } => Some(entry.version()),
            Look::None | Look::Foreign => None,
        };
        self.local().versions.record(key, version, asked, received);
        Ok(look)
    }

    /// The names below the prefix that a filter matches, of any type of Redis key.
    pub(super) async fn names(&self, filter: &Filter) -> Result<BTreeSet<String>> {
        self.check_open()?;
        let prefix = &self.shared.prefix;
        if let Filter::Key(name) = filter {
            return Ok(BTreeSet::from([name.clone()]));
        }
        let mut scan = self.shared.redis.scan(Pattern::starts_with(prefix.of(filter)));
        let mut names = BTreeSet::new();
        while let Some(page) = scan.page().await? {
            // A name that is not text cannot be asked for.
            let found = page.iter().filter_map(|key| prefix.name(key.to_str()?));
            names.extend(found.map(str::to_owned));
        }
        Ok(names)
    }
}
