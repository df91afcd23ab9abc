use serde::{Serialize, de::DeserializeOwned};

use super::{
    super::runtime::{dual, sleep},
    Kind, Legacy,
};
use crate::{
    Error, ErrorKind, Expect, Result, Version, clock,
    commit::encode,
    conflicts,
    legacy::{TRIM, WRITE, Written, trimmed},
};

#[dual]
impl Legacy {
    /// Gives a key a value, whatever it was. The first value is a string, the second makes a list of two of it.
    /// The same bytes as before are no new version.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn put<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T) -> Result<Version> {
        self.put_if(key, value, Expect::Any).await
    }

    /// Gives a key a value, if it is as expected.
    ///
    /// It is never sent twice: nothing in the layout would tell. If the answer is lost, the outcome is `Unknown`.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), and `SET`, or `RPUSH` or `LPUSH`, the first time
    /// with `DEL`, `PTTL` and `PEXPIRE`.
    ///
    /// # Errors
    ///
    /// `Conflict`, with the version that the key has, if it is not as expected; `Serialization` if the value cannot
    /// be encoded; `Integrity` if the Redis key is neither string nor list; `Service` for whatever keeps Redis from
    /// answering. Nothing was changed, unless the outcome is `Unknown`.
    pub async fn put_if<T: Serialize + Sync + ?Sized>(
        &self,
        key: &str,
        value: &T,
        expect: impl Into<Expect> + Send,
    ) -> Result<Version> {
        let value = encode(value).map_err(|error| error.on_key(key))?;
        let held = self.write(key, expect.into(), Some(&value)).await?;
        held.ok_or_else(|| Error::unexpected_reply("a version"))
    }

    /// Deletes a key with its history, and gives the version that it had; `None` if it held nothing.
    ///
    /// If versions are [kept](crate::LegacyOptions::keep_versions), they go on from there when it is put again.
    /// Otherwise they begin at 1.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), `DEL`, and `SET` if versions are kept.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete(&self, key: &str) -> Result<Option<Version>> {
        self.delete_if(key, Expect::Any).await
    }

    /// As [`delete`](Self::delete), if the key is as expected.
    ///
    /// # Errors
    ///
    /// As [`put_if`](Self::put_if).
    pub async fn delete_if(&self, key: &str, expect: impl Into<Expect> + Send) -> Result<Option<Version>> {
        self.write(key, expect.into(), None).await
    }

    /// Reads a value, has `change` make another of it, and puts that if nobody else was faster; if somebody was,
    /// again, from what they put.
    ///
    /// # Errors
    ///
    /// `Missing` if the key holds nothing; `Conflict` if others were faster time and again; as
    /// [`fetch`](Self::fetch) and [`put_if`](Self::put_if).
    pub async fn update<T: Serialize + DeserializeOwned + Sync + Send>(
        &self,
        key: &str,
        mut change: impl FnMut(T) -> T + Send,
    ) -> Result<Version> {
        let mut conflicts = 0;
        loop {
            let found = self.fetch(key).await?;
            let found = found.ok_or_else(|| Error::new(ErrorKind::Missing, "is not there").on_key(key))?;
            let value = change(found.value);
            match self.put_if(key, &value, found.version).await {
                Err(error) if error.is_conflict() && conflicts < conflicts::MOST => conflicts += 1,
                settled => return settled,
            }
            sleep(conflicts::pause(conflicts, fastrand::f64())).await;
        }
    }

    /// Forgets the oldest versions of a key, all but `keep` of them, and says how many that were. The others keep
    /// their numbers; to the older store, which counts what is left, they fall.
    ///
    /// Commands, in a script: those of [`fetch`](Self::fetch), `SET`, `LTRIM`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `keep` is 0, or versions are not [kept](crate::LegacyOptions::keep_versions); as
    /// [`put_if`](Self::put_if).
    pub async fn trim(&self, key: &str, keep: u64) -> Result<u64> {
        if keep == 0 || !self.shared.options.keeps_versions {
            let message = "trimming needs one version to keep, and the option to keep versions";
            return Err(Error::invalid_input(message).on_key(key));
        }
        let reply = self.run(&TRIM, Kind::Write, key, &[keep.to_string().as_bytes()]).await?;
        trimmed(reply).map_err(|error| error.on_key(key))
    }

    /// Puts a value, or deletes the key if there is none; gives the version that was put or deleted.
    async fn write(&self, key: &str, expect: Expect, value: Option<&[u8]>) -> Result<Option<Version>> {
        let expect = expect.to_argument();
        let kind: &[u8] = if value.is_some() { b"put" } else { b"delete" };
        let arguments = [expect.as_bytes(), kind, value.unwrap_or_default()];
        let asked = clock::now();
        let reply = self.run(&WRITE, Kind::Write, key, &arguments).await?;
        let received = clock::now();
        let Written(version) = Written::read(reply).map_err(|error| error.on_key(key))?;
        self.local().held.hold(key, value.and(version), asked, received);
        Ok(version)
    }
}
