use std::sync::{Arc, MutexGuard, OnceLock};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    hub::Hub,
    member::Member,
    replica::{self, Replica},
    run_script::run_script,
    runtime::{Service, dual, example, sleep},
};
use crate::{
    clock,
    commit::{Commit, Committed, Defaults},
    conflicts,
    error::{During, Result, StoreError, StoreErrorKind},
    options::StoreOptions,
    protocol::{COMMIT, NamespaceKeys},
    replica::Known,
    status::{Freshness, Status},
    version::{Expect, Version},
};

/// A namespace of versioned configuration in Redis.
///
/// Each change has a number, an author and a reason. Watchers and live values keep a local copy current, and say at each
/// read whether it is.
///
/// Cheap to clone; clones share the connections of the service and the local copy.
///
/// # Examples
///
#[doc = example!("store.md")]
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

/// What the clones of a store share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) redis: Service,
    pub(super) options: StoreOptions,
    /// The local copy, which other stores of the namespace share.
    pub(super) replica: Arc<Replica>,
    /// The store's number among them.
    number: u64,
    /// Why the store was closed.
    ended: OnceLock<StoreError>,
}

#[dual]
impl Store {
    /// Opens a namespace on the connections of a service.
    ///
    /// Asks the server whether it may evict the store's keys ([`Status::eviction`]); that takes no longer than any call.
    /// A watched store asks again after each reconnect.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the name is empty, longer than 512 bytes, or contains a brace. An unreachable Redis is not an
    /// error here: each call that needs it fails.
    pub async fn open(redis: &Service, namespace: &str) -> Result<Self> {
        Self::open_with(redis, namespace, StoreOptions::default()).await
    }

    /// Opens a namespace with options. If there is a snapshot file, nothing is sent to the server.
    ///
    /// If that file is damaged or cannot be read, the store opens without it, as if there was none, and reports that as
    /// [`Status::snapshot_error`] until it is written again.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); `Disk` if the snapshot file belongs to another namespace.
    pub async fn open_with(redis: &Service, namespace: &str, options: StoreOptions) -> Result<Self> {
        let keys = NamespaceKeys::new(namespace).during("open")?;
        let (mirror, snapshot_error) = super::replica::load(namespace, &options).await.during("open")?;
        let (replica, number) = Replica::join(redis, namespace, keys, &options, &mirror).during("open")?;
        let shared = Shared { redis: redis.clone(), options, replica, number, ended: OnceLock::new() };
        let is_known = shared.hub().is_known();
        if let Some(member) = shared.hub().member(number) {
            member.snapshot_error = snapshot_error;
        }
        if !is_known {
            shared.replica.check_eviction(redis).await;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Sets the value of a key. The same value as before makes no new version.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub async fn put<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T) -> Result<Version> {
        self.put_if(key, value, Expect::Any).await.during("put")
    }

    /// Sets the value of a key if the key is as expected.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit): `Conflict`, with the current version, if it is not.
    pub async fn put_if<T: Serialize + Sync + ?Sized>(
        &self,
        key: &str,
        value: &T,
        expect: impl Into<Expect> + Send,
    ) -> Result<Version> {
        let commit = Commit::new().put_if(key, value, expect).during_on("put_if", key)?;
        self.commit_one(commit).await.during("put_if")
    }

    /// Deletes a key. Returns the version of the deletion, from which versions continue if the key is put again.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub async fn delete(&self, key: &str) -> Result<Version> {
        self.delete_if(key, Expect::Any).await.during("delete")
    }

    /// Deletes a key if it is as expected.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete_if(&self, key: &str, expect: impl Into<Expect> + Send) -> Result<Version> {
        self.commit_one(Commit::new().delete_if(key, expect)).await.during("delete_if")
    }

    /// Reads a value, calls `change` with it, and puts the result if the key was not changed in between. If it was,
    /// starts over with the new value, 500 times at most.
    ///
    /// # Errors
    ///
    /// `Missing` if the key does not exist; `Conflict` if the key was changed in between each time; otherwise as
    /// [`fetch`](Self::fetch) and [`commit`](Self::commit).
    pub async fn update<T: Serialize + DeserializeOwned + Sync + Send>(
        &self,
        key: &str,
        mut change: impl FnMut(T) -> T + Send,
    ) -> Result<Version> {
        let mut conflicts = 0;
        loop {
            let found = self.fetch(key).await.during("update")?;
            let missing = || StoreError::new(StoreErrorKind::Missing, "does not exist").on_key(key);
            let found = found.ok_or_else(missing).during("update")?;
            let value = change(found.value);
            match self.put_if(key, &value, found.version).await {
                Err(error) if error.is_conflict() && conflicts < conflicts::MOST => conflicts += 1,
                put => return put.during("update"),
            }
            sleep(conflicts::pause(conflicts, fastrand::f64())).await;
        }
    }

    /// Changes one or many keys together: all changes happen, as one revision, or none.
    ///
    /// If the answer is lost, the store asks again, and nothing is done twice.
    ///
    /// # Cancellation safety
    ///
    /// In the async API: if the future is dropped before it is done, the commit may have happened or not, as a whole in
    /// any case. A commit with a name ([`Commit::operation`]) can be repeated safely. The same holds for every method
    /// that commits.
    ///
    /// # Errors
    ///
    /// `Conflict`, naming the first key that is not as expected, with its current version; `Invalid` if a validator
    /// refuses a value; `InvalidInput` if the commit is empty, a key is invalid or occurs twice, or the name of the
    /// operation is empty or was used for another commit; `Integrity` if the keys in Redis are damaged; `Service` if
    /// Redis does not answer, or answers with an error.
    pub async fn commit(&self, commit: Commit) -> Result<Committed> {
        let only = match commit.changes() {
            [change] => Some(change.key.clone()),
            _ => None,
        };
        let committed = self.try_commit(commit).await;
        match only {
            Some(key) => committed.during_on("commit", &key),
            None => committed.during("commit"),
        }
    }

    async fn try_commit(&self, commit: Commit) -> Result<Committed> {
        let shared = &self.shared;
        shared.check_open()?;
        commit.check()?;
        for change in commit.changes() {
            if let Some(value) = &change.value {
                shared.options.check(&change.key, value)?;
            }
        }
        let (operation, epoch) = (random(), random());
        let options = &shared.options;
        let defaults = Defaults {
            operation: &operation,
            epoch: &epoch,
            author: &options.author,
            history: options.history,
        };
        let arguments = commit.arguments(&defaults);
        let asked = clock::now();
        let reply = run_script(&shared.redis, &COMMIT, shared.replica.keys(), &arguments).await?;
        let received = clock::now();
        let committed = commit.read(reply)?;
        let mut hub = shared.hub();
        for (key, version, is_live) in committed.found(&commit) {
            hub.record_newer(key, Known::Version(version, is_live), (asked, received));
        }
        for (key, entry) in committed.entries(commit, &options.author) {
            hub.record(&key, Known::Entry(Some(Arc::new(entry))), (asked, received));
        }
        drop(hub);
        // Watchers of this store learn of it at once, even without notifications.
        shared.replica.request_sync();
        Ok(committed)
    }

    pub(super) async fn commit_one(&self, commit: Commit) -> Result<Version> {
        let committed = self.commit(commit).await?;
        committed.versions.first().copied().ok_or_else(|| StoreError::unexpected_reply("a version"))
    }

    /// How current the local copy is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.shared.replica.namespace()
    }

    /// Closes the store with its watchers and background work, on every clone. The service stays open.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    pub(super) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.replica.hub()
    }

    pub(super) fn status(&self) -> Status {
        let status = self.hub().status(clock::now(), self.options.interval, self.number);
        match self.ended.get() {
            Some(reason) => Status { freshness: Freshness::Fatal(reason.clone()), ..status },
            None => status,
        }
    }

    /// The hub, unless the store was closed.
    pub(super) fn open_hub(&self) -> Result<MutexGuard<'_, Hub>> {
        let hub = self.hub();
        match self.ended.get().cloned().or_else(|| hub.reason_for_end()) {
            Some(reason) => Err(reason),
            None => Ok(hub),
        }
    }

    pub(super) fn check_open(&self) -> Result<()> {
        self.open_hub().map(drop)
    }

    /// Adds to the failure of a read why the snapshot file did not help.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        let hub = self.hub();
        match hub.snapshot_error(self.number).filter(|_| error.is_unavailable() && !hub.is_known()) {
            Some(snapshot) => error.noting(snapshot),
            None => error,
        }
    }

    /// Adds a watcher or a live value, and keeps the local copy current from now on.
    pub(super) fn follow(&self, add: impl FnOnce(&mut Member)) -> Result<()> {
        if let Some(member) = self.open_hub()?.member(self.number) {
            member.is_following = true;
            add(member);
        }
        self.replica.replicate();
        // If nothing can run in the background, the store is closed at once.
        self.check_open()
    }

    fn close(&self) {
        let reason = replica::closed();
        if self.ended.set(reason.clone()).is_ok() {
            self.replica.leave(self.number, reason);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// 128 random bits.
fn random() -> String {
    format!("{:032x}", fastrand::u128(..))
}
