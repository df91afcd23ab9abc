use redis_config_store::{
    Expect, StoreError, StoreErrorKind, Version,
    error::Result,
    extension::{MOST_CONFLICTS, MakeError, encode, expectation, pause_after_conflicts},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    runtime::{dual, sleep},
    store::{Kind, Store},
};
use crate::{
    clock,
    reply::{Written, trimmed},
    script::{TRIM, WRITE},
};

#[dual]
impl Store {
    /// Sets the value of a key. The first value is stored as a string, the second makes a list of two of it. The same
    /// bytes as before make no new version.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn put<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T) -> Result<Version> {
        self.put_if(key, value, Expect::Any).await
    }

    /// Sets the value of a key if the key is as expected.
    ///
    /// The script is never sent twice: the layout could not show that it was done before. If the answer is lost, the
    /// outcome is `Unknown`.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), and `SET`, or `RPUSH` or `LPUSH`, the first time
    /// with `DEL`, `PTTL` and `PEXPIRE`.
    ///
    /// # Errors
    ///
    /// `Conflict`, with the version that the key has, if it is not as expected; `Serialization` if the value cannot
    /// be encoded; `Integrity` if the Redis key is neither string nor list; `Service` if Redis does not answer, or
    /// answers with an error. Nothing was changed, unless the outcome is `Unknown`.
    pub async fn put_if<T: Serialize + Sync + ?Sized>(
        &self,
        key: &str,
        value: &T,
        expect: impl Into<Expect> + Send,
    ) -> Result<Version> {
        let value = encode(value).map_err(|error| error.on_key(key))?;
        let version = self.write(key, expect.into(), Some(&value)).await?;
        version.ok_or_else(|| StoreError::unexpected_reply("a version"))
    }

    /// Deletes a key with its history. Returns the version that it had; `None` if it held nothing.
    ///
    /// If versions are [kept](crate::LegacyOptions::with_kept_versions), they continue from there when the key is put
    /// again. Otherwise they begin at 1.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), `DEL`, and `SET` if versions are kept.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete(&self, key: &str) -> Result<Option<Version>> {
        self.delete_if(key, Expect::Any).await
    }

    /// Deletes a key as [`delete`](Self::delete) does, if the key is as expected.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete_if(&self, key: &str, expect: impl Into<Expect> + Send) -> Result<Option<Version>> {
        self.write(key, expect.into(), None).await
    }

    /// Reads a value, calls `change` with it, and puts the result if the key was not changed in between. If it was,
    /// starts over with the new value, 500 times at most.
    ///
    /// # Errors
    ///
    /// `Missing` if the key holds nothing; `Conflict` if the key was changed in between each time; otherwise as
    /// [`fetch`](Self::fetch) and [`put_if`](Self::put_if).
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
                Err(error) if error.is_conflict() && conflicts < MOST_CONFLICTS => conflicts += 1,
                written => return written,
            }
            sleep(pause_after_conflicts(conflicts, fastrand::f64())).await;
        }
    }

    /// Removes the oldest versions of a key, all but `keep` of them. Returns how many were removed. The others keep
    /// their numbers; in the older store, which counts what is left, their numbers fall.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), `SET`, `LTRIM`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `keep` is 0, or versions are not [kept](crate::LegacyOptions::with_kept_versions);
    /// otherwise as [`put_if`](Self::put_if).
    pub async fn trim(&self, key: &str, keep: u64) -> Result<u64> {
        if keep == 0 || !self.shared.options.keeps_versions {
            let message = "trimming needs at least one version to keep, and the option to keep versions";
            return Err(StoreError::invalid_input(message).on_key(key));
        }
        let reply = self.run(&TRIM, Kind::Write, key, &[keep.to_string().as_bytes()]).await?;
        trimmed(reply).map_err(|error| error.on_key(key))
    }

    /// Puts a value, or deletes the key if there is none. Returns the version that was put or deleted.
    async fn write(&self, key: &str, expect: Expect, value: Option<&[u8]>) -> Result<Option<Version>> {
        let expect = expectation(expect);
        let kind: &[u8] = if value.is_some() { b"put" } else { b"delete" };
        let arguments = [expect.as_bytes(), kind, value.unwrap_or_default()];
        let asked = clock::now();
        let reply = self.run(&WRITE, Kind::Write, key, &arguments).await?;
        let received = clock::now();
        let Written(version) = Written::read(reply).map_err(|error| error.on_key(key))?;
        self.local().versions.record(key, value.and(version), asked, received);
        Ok(version)
    }
}
