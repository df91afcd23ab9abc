use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, client::Client, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::bulk::{self, CHUNK},
    values::{AsKey, Expiry, FailedValue},
};

/// Many keys in one call.
#[dual]
impl Service {
    /// Returns the values of `keys` in the same order, duplicates included; `None` for a missing key, or one
    /// that does not hold a string. A value that does not decode is an error in its own place only. Without
    /// keys it sends nothing.
    ///
    /// Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply; `InvalidInput` if a key is invalid.
    #[doc(alias = "MGET")]
    pub async fn get_many<T: DeserializeOwned + Send>(
        &self,
        keys: &[impl AsKey],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            values.extend(self.client.run(bulk::get_many(self.client.scope(), keys)).await?);
        }
        Ok(values)
    }

    /// Returns the values of `keys` by key, without the keys that do not exist. Without keys it sends
    /// nothing.
    ///
    /// Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// As [`get_many`](Self::get_many); `Deserialization` if any of the values does not decode.
    #[doc(alias = "MGET")]
    pub async fn get_map<K: AsKey + Clone + Eq + std::hash::Hash, T: DeserializeOwned + Send>(
        &self,
        keys: &[K],
    ) -> Result<HashMap<K, T>> {
        let mut values = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let found = self.client.run(bulk::get_found(self.client.scope(), keys)).await?;
            values.extend(bulk::by_key(keys, found));
        }
        Ok(values)
    }

    /// Sets many keys, all or none, each with its expiry in the same step. Without entries it sends nothing.
    ///
    /// Commands: `MULTI`, `SET` each, `EXEC`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). An invalid entry is an error before anything is sent.
    #[doc(alias = "MULTI")]
    #[doc(alias = "SET")]
    #[doc(alias = "EXEC")]
    pub async fn set_many<K: AsKey, T: Serialize>(
        &self,
        entries: impl IntoIterator<Item = (K, T)> + Send,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        let made = bulk::set_many(self.client.scope(), entries, expiry.into(), clock::wall());
        self.client.run(made).await
    }

    /// Deletes many keys and returns how many existed. Without keys it sends nothing.
    ///
    /// Command: `UNLINK`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply; `InvalidInput` if a key is invalid, before anything is
    /// sent. Of more than 4096 keys some may be deleted when the call fails.
    #[doc(alias = "UNLINK")]
    pub async fn delete_many(&self, keys: &[impl AsKey]) -> Result<u64> {
        self.client.delete_many(keys).await
    }
}

#[dual]
impl<L: Execute> Client<L> {
    pub(super) async fn delete_many(&self, keys: &[impl AsKey]) -> Result<u64> {
        let mut chunks = Vec::new();
        for keys in keys.chunks(CHUNK) {
            chunks.push(bulk::delete_many(self.scope(), keys)?);
        }
        let mut deleted = 0;
        for chunk in chunks {
            deleted += self.run(Ok(chunk)).await?;
        }
        Ok(deleted)
    }
}
