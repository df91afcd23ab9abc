use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    desk::Desk,
    disk,
    runtime::{Ask, Background, Mailbox, Service, dual, offload, sleep},
    scripts,
};
use crate::{
    Commit, Committed, Eviction, Expect, Result, Status, StoreError, StoreErrorKind, StoreOptions, Version,
    clock, commit::Defaults, conflicts, name::Name, rung::Rung, script::COMMIT, snapshot,
};

/// Versioned configuration in Redis: a namespace of keys, every change of which has a number, an author and
/// a reason; and what follows it, so that a service knows at each read whether what it holds is current.
///
/// Cheap to clone; clones share the connections of the service, and what is known locally.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) redis: Service,
    pub(super) namespace: String,
    pub(super) name: Name,
    pub(super) options: StoreOptions,
    /// Where Redis announces that the log was written to.
    pub(super) channel: Vec<u8>,
    /// The log, and how both keys begin, as the server sees them.
    pub(super) log: Vec<u8>,
    pub(super) prefix: Vec<u8>,
    pub(super) bell: Arc<Mailbox<Rung>>,
    /// Where what follows the store runs.
    pub(super) background: Background,
    desk: Mutex<Desk>,
}

#[dual]
impl Store {
    /// Opens a namespace of the store, on the connections of a service.
    ///
    /// Asks the server whether it may evict the store's keys ([`Status::eviction`]), and waits for the answer as
    /// long as a call may take. Who follows the store asks again after each reconnect.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the name is empty, or longer than 512 bytes, or has a brace. Redis being down is none:
    /// each call that needs it says so.
    pub async fn open(redis: &Service, namespace: &str) -> Result<Self> {
        Self::open_with(redis, namespace, StoreOptions::default()).await
    }

    /// Opens a namespace, with options. If there is a snapshot file, the server is asked nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and `Disk` if there is a snapshot file and it cannot be read or is none.
    pub async fn open_with(redis: &Service, namespace: &str, options: StoreOptions) -> Result<Self> {
        let name = Name::new(namespace)?;
        let log = redis.whole_key(&*name.log)?;
        let channel = [format!("__keyspace@{}__:", redis.database()).as_bytes(), &log].concat();
        let prefix = redis.whole_key(&*name.prefix)?;
        let mut desk = Desk::new();
        if let Some(path) = options.snapshot_file.clone() {
            let file = offload(move || disk::read(&path)).await.map_err(|error| {
                StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be read: {error}"))
            })?;
            if let Some(file) = file {
                desk.start_from(snapshot::decode(namespace, &file)?);
            }
        }
        let shared = Shared {
            redis: redis.clone(),
            namespace: namespace.to_owned(),
            name,
            options,
            channel,
            log,
            prefix,
            bell: Arc::new(Mailbox::new(Rung::default())),
            background: Background::here(),
            desk: Mutex::new(desk),
        };
        let is_known = shared.desk().is_known();
        if !is_known {
            shared.ask_eviction().await;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Gives a key a value, whatever it was. The same value as before is no new version.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub async fn put<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T) -> Result<Version> {
        self.put_if(key, value, Expect::Any).await
    }

    /// Gives a key a value, if it is as expected.
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
        let commit = Commit::new().put_if(key, value, expect)?;
        self.commit_one(commit).await
    }

    /// Deletes a key, whatever it was, and gives the version of the deletion. Versions go on from there if it
    /// is put again.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub async fn delete(&self, key: &str) -> Result<Version> {
        self.delete_if(key, Expect::Any).await
    }

    /// Deletes a key, if it is as expected.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete_if(&self, key: &str, expect: impl Into<Expect> + Send) -> Result<Version> {
        self.commit_one(Commit::new().delete_if(key, expect)).await
    }

    /// Reads a value, has `change` make another of it, and puts that if nobody else was faster; if somebody
    /// was, again, from what they put, 500 times at most.
    ///
    /// # Errors
    ///
    /// `Missing` if the key is not there; `Conflict` if others were faster each time; as
    /// [`fetch`](Self::fetch) and [`commit`](Self::commit).
    pub async fn update<T: Serialize + DeserializeOwned + Sync + Send>(
        &self,
        key: &str,
        mut change: impl FnMut(T) -> T + Send,
    ) -> Result<Version> {
        let mut conflicts = 0;
        loop {
            let found = self.fetch(key).await?;
            let found =
                found.ok_or_else(|| StoreError::new(StoreErrorKind::Missing, "is not there").on_key(key))?;
            let value = change(found.value);
            match self.put_if(key, &value, found.version).await {
                Err(error) if error.is_conflict() && conflicts < conflicts::MOST => conflicts += 1,
                settled => return settled,
            }
            sleep(conflicts::pause(conflicts, fastrand::f64())).await;
        }
    }

    /// Changes one or many keys together: all of it happens, as one revision, or nothing.
    ///
    /// If the answer is lost, it is asked for again, and nothing is done twice.
    ///
    /// # Cancellation safety
    ///
    /// In the async API: if the future is dropped before it is done, the commit may have happened or not, whole in
    /// any case. With a name ([`Commit::operation`]) it can be made again. The same goes for whatever commits.
    ///
    /// # Errors
    ///
    /// `Conflict`, naming the first key that is not as expected, with its current version; `Invalid` if a
    /// value is refused by its validator; `InvalidInput` if the commit is empty, or a key makes no sense or is
    /// there twice; `Integrity` if the keys in Redis are damaged; `Service` for whatever keeps Redis from
    /// answering.
    pub async fn commit(&self, commit: Commit) -> Result<Committed> {
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
        let reply = scripts::run(&shared.redis, &COMMIT, &shared.name, &arguments).await?;
        let received = clock::now();
        let committed = commit.read(reply)?;
        let mut desk = shared.desk();
        for (key, entry) in committed.entries(commit, &options.author) {
            desk.hold(&key, Some(Arc::new(entry)), asked, received);
        }
        drop(desk);
        // Whoever follows learns of it at once, even if nothing is announced.
        shared.ask();
        Ok(committed)
    }

    pub(super) async fn commit_one(&self, commit: Commit) -> Result<Version> {
        let committed = self.commit(commit).await?;
        committed.versions.first().copied().ok_or_else(|| StoreError::unexpected_reply("a version"))
    }

    /// How current what is known locally is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.shared.namespace
    }

    /// Ends watchers and everything in the background, on every clone. The service stays open.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing that a user wrote runs while it is held.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has whoever follows look now, if anybody does.
    pub(super) fn ask(&self) {
        self.bell.put(|rung| rung.is_asked = true);
    }

    pub(super) fn status(&self) -> Status {
        self.desk().status(clock::now(), self.options.interval)
    }

    /// The desk, unless the store was closed.
    pub(super) fn open_desk(&self) -> Result<MutexGuard<'_, Desk>> {
        let desk = self.desk();
        match desk.reason_for_end() {
            Some(reason) => Err(reason),
            None => Ok(desk),
        }
    }

    pub(super) fn check_open(&self) -> Result<()> {
        self.open_desk().map(drop)
    }

    pub(super) fn close(&self) {
        self.end(closed());
    }

    /// Closes the store, for a reason.
    pub(super) fn end(&self, reason: StoreError) {
        self.desk().close(reason);
        self.bell.discard();
    }
}

#[dual]
impl Shared {
    /// Asks whether the server may evict the store's keys, and says whether it answered. That it does not is no
    /// reason to fail.
    pub(super) async fn ask_eviction(&self) -> bool {
        let info = self.redis.command("INFO").arg("memory").query::<String>().await;
        let is_answered = !info.as_ref().is_err_and(redis_service::Error::is_unavailable);
        let eviction = info.map_or(Eviction::Unknown, |info| Eviction::parse(&info));
        let is_news = self.desk().health.evicts(eviction.clone());
        if let (Eviction::Possible(policy), true) = (eviction, is_news) {
            tracing::warn!(policy, "the server may evict configuration when its memory is full");
        }
        is_answered
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bell.discard();
    }
}

fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Closed, "the store was closed")
}

/// 128 random bits.
fn random() -> String {
    format!("{:032x}", fastrand::u128(..))
}
