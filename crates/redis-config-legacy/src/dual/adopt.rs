use redis_config_store::{
    Commit, Expect, StoreError, StoreErrorKind, Version,
    error::Result,
    extension::{Filter, MakeError, check_key, digest_of},
};

use super::{
    runtime::{ConfigStore, dual},
    store::Store,
};
use crate::{Adopted, reply::Look};

/// How many versions are read at a time.
const PAGE: u64 = 100;

#[dual]
impl Store {
    /// Takes every key of this layout over into a configuration store, with its history: each version becomes a
    /// commit of its own, under the same number, with the same bytes. The time of a commit is the time of adoption:
    /// this layout records none.
    ///
    /// Continues where an interrupted adoption stopped, and commits nothing when there is nothing new: repeat it until
    /// the last service has moved. A key that is deleted here stays in the configuration store. The history which that
    /// store keeps ([`StoreOptions`](redis_config_store::StoreOptions)) must have room for all versions of all keys, or
    /// the first are trimmed.
    ///
    /// # Errors
    ///
    /// `Conflict`, naming the key, if the configuration store has another history of it than this layout: it was
    /// committed to already, or the older history was trimmed or replaced. Other keys may have been taken over by
    /// then. Otherwise as `ConfigStore::commit` and [`fetch`](Self::fetch).
    pub async fn adopt_into(&self, store: &ConfigStore) -> Result<Adopted> {
        let mut adopted = Adopted::default();
        for key in self.names(&Filter::All).await? {
            if check_key(&key).is_err() {
                adopted.foreign.push(key);
                continue;
            }
            match self.look(&key, None).await? {
                Look::Foreign => adopted.foreign.push(key),
                Look::Value { .. } => {
                    adopted.keys += 1;
                    adopted.versions += self.adopt_key(store, &key).await?;
                }
                Look::None | Look::Same => {}
            }
        }
        Ok(adopted)
    }

    /// Commits the versions of a key that the configuration store does not have. Returns how many those are.
    async fn adopt_key(&self, store: &ConfigStore, key: &str) -> Result<u64> {
        let base = self.page(key, (1, 1), 1, "digest").await?.first.saturating_sub(1);
        let (mut expect, mut last) = (Expect::Absent, 0);
        if let Some(entry) = store.entry(key).await? {
            let version = entry.version();
            (expect, last) = (version.into(), version.number);
            let at = base.saturating_add(last);
            let here = self.page(key, (at, at), 1, "digest").await?.versions()?;
            if entry.is_deletion() || here.first().map(|here| here.digest) != Some(version.digest) {
                let message = "the configuration store has another history of it than the older layout";
                let error = StoreError::new(StoreErrorKind::Conflict, message).on_key(key);
                return Err(error.with_current((!entry.is_deletion()).then_some(version)));
            }
        }
        let first = last;
        loop {
            let next = base.saturating_add(last).saturating_add(1);
            let page = self.page(key, (next, next.saturating_add(PAGE - 1)), PAGE, "value").await?;
            if page.items.is_empty() {
                return Ok(last - first);
            }
            for (number, value) in page.numbered() {
                let version = commit(store, key, number, value, expect).await?;
                (expect, last) = (version.into(), version.number);
            }
        }
    }
}

/// Commits one version. It is named, so that an interrupted adoption does not commit it twice.
#[dual]
async fn commit(
    store: &ConfigStore,
    key: &str,
    number: u64,
    value: Vec<u8>,
    expect: Expect,
) -> Result<Version> {
    let operation = format!("legacy:{key}:{number}:{}", digest_of(&value));
    let commit = Commit::new().put_bytes(key, value, expect).forced().operation(operation);
    let commit = commit.message(format!("version {number} of the older layout"));
    let committed = store.commit(commit).await?;
    committed.versions.first().copied().ok_or_else(|| StoreError::unexpected_reply("a version"))
}
