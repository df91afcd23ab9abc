use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, client::Client, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::bulk::{self, CHUNK},
    values::{AsKey, Expiry, FailedValue},
};

/// Many keys in one go.
#[dual]
impl Service {
    /// The values of `keys`, in their order, duplicates included; `None` where there is no such key, or it
    /// holds no plain value. A value that does not decode spoils only its own place. No keys, no command.
    ///
    /// Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if a key makes no sense.
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

    /// The values of `keys` by key, without those that do not exist. No keys, no command.
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

    /// Sets many keys, all or none, each with its expiry from the first moment. No entries, no command.
    ///
    /// Commands: `MULTI`, `SET` each, `EXEC`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), before anything is sent if any entry makes no sense.
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

    /// Deletes many keys, and tells how many there were. No keys, no command.
    ///
    /// Command: `UNLINK`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if a key makes no sense, before anything is sent.
    /// Of more than 4096 keys some may be deleted when the call fails.
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
