use std::collections::BTreeSet;

use redis_service::values::Pattern;
use serde::de::DeserializeOwned;

use super::{super::runtime::dual, Kind, Legacy};
use crate::{
    Error, ErrorKind, Filter, LegacyEntry, LegacyVersioned, Result, Version, clock,
    legacy::{Found, HISTORY, LOOK, Look, Page, READ},
};

/// How many versions are told at most.
const MOST: u64 = 10_000;

/// The largest version.
const LARGEST: u64 = 1 << 53;

#[dual]
impl Legacy {
    /// Reads a value from Redis; `None` if the key holds nothing.
    ///
    /// Commands, in a script: `TYPE`, `GET`, `LLEN`, `LINDEX`.
    ///
    /// # Errors
    ///
    /// `Invalid`, with key and version, if the value is no `T`; `Integrity` if the Redis key is neither string nor
    /// list; `Service` for whatever keeps Redis from answering.
    pub async fn fetch<T: DeserializeOwned>(&self, key: &str) -> Result<Option<LegacyVersioned<T>>> {
        let asked = clock::now();
        let reply = self.run(&READ, Kind::Read, key, &[b""]).await?;
        let received = clock::now();
        let entry = match Found::read(reply).map_err(|error| error.on_key(key))? {
            Found::Value(entry) => Some(entry),
            Found::None | Found::Missing | Found::Trimmed => None,
        };
        let version = entry.as_ref().map(LegacyEntry::version);
        self.local().held.hold(key, version, asked, received);
        entry.map(|entry| entry.read(key)).transpose()
    }

    /// A version of a key.
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such version, `TooOld` if it was trimmed; as [`fetch`](Self::fetch). If the key
    /// was trimmed by somebody who keeps no versions, as the older store, numbers mean what is left.
    pub async fn at<T: DeserializeOwned>(&self, key: &str, number: u64) -> Result<LegacyVersioned<T>> {
        let wanted = number.to_string();
        let reply = self.run(&READ, Kind::Read, key, &[wanted.as_bytes()]).await?;
        let missing = |kind, message: &str| Err(Error::new(kind, message).on_key(key));
        match Found::read(reply).map_err(|error| error.on_key(key))? {
            Found::Value(entry) => entry.read(key),
            Found::Trimmed => missing(ErrorKind::TooOld, "this version was trimmed or deleted"),
            Found::None | Found::Missing => missing(ErrorKind::Missing, "there is no such version"),
        }
    }

    /// The versions of a key, the newest first: numbers and digests, up to 10 000 of them.
    ///
    /// Takes the server a time in proportion to the history of the key. Command, besides those of
    /// [`fetch`](Self::fetch): `LRANGE`.
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

    /// The versions from the first to the second; the newest `limit` of them.
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

    /// Whether a key is still as known, and if not, how it is.
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
        self.local().held.hold(key, version, asked, received);
        Ok(look)
    }

    /// The names below the prefix that a filter matches, whatever their Redis keys hold.
    pub(super) async fn names(&self, filter: &Filter) -> Result<BTreeSet<String>> {
        self.check_open()?;
        let prefix = &self.shared.prefix;
        if let Filter::Key(name) = filter {
            return Ok(BTreeSet::from([name.clone()]));
        }
        let mut scan = self.shared.redis.scan(Pattern::starts_with(prefix.of(filter)));
        let mut names = BTreeSet::new();
        while let Some(page) = scan.page().await? {
            // A name that is no text could not be asked for.
            let found = page.iter().filter_map(|key| prefix.name(key.to_str()?));
            names.extend(found.map(str::to_owned));
        }
        Ok(names)
    }
}
