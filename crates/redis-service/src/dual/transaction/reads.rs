use std::{collections::HashMap, hash::Hash};

use serde::de::DeserializeOwned;

use super::{
    super::runtime::dual,
    Transaction,
    sorted_set::WatchedSortedSet,
    stream::WatchedStream,
    structures::{Watched, WatchedHash, WatchedList, WatchedSet},
};
use crate::{
    error::Result,
    operations::{KeyScope, Operation, OperationResult, Scope, bulk, hash_struct, keys, values},
    values::{AsKey, FailedValue, Ttl},
};

/// Reads of watched keys. They work as the service's methods of the same names.
#[dual]
impl Transaction {
    /// Returns the value of `key`; `None` if there is no such key. Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`Service::get`](super::super::Service::get); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "GET")]
    pub async fn get<T: DeserializeOwned>(&mut self, key: impl AsKey) -> Result<Option<T>> {
        self.read(values::get(self.on(&key))).await
    }

    /// Returns the value of `key`, or `default` if there is no such key. Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`Service::get_or`](super::super::Service::get_or); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "GET")]
    pub async fn get_or<T: DeserializeOwned + Send>(&mut self, key: impl AsKey, default: T) -> Result<T> {
        Ok(self.read(values::get_or(self.on(&key))).await?.unwrap_or(default))
    }

    /// Returns the bytes of `key` as they are stored; `None` if there is no such key. Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`Service::get_raw`](super::super::Service::get_raw); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "GET")]
    pub async fn get_raw(&mut self, key: impl AsKey) -> Result<Option<Vec<u8>>> {
        self.read(values::get_raw(self.on(&key))).await
    }

    /// Returns the values of `keys` in the same order, duplicates included; `None` for a missing key, or one
    /// that does not hold a string. A value that does not decode is an error in its own place only. Without
    /// keys it sends nothing. Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// As [`Service::get_many`](super::super::Service::get_many); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "MGET")]
    pub async fn get_many<T: DeserializeOwned + Send>(
        &mut self,
        keys: &[impl AsKey],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        self.read(bulk::get_many(self.scope(), keys)).await
    }

    /// Returns the values of `keys` by key, without the keys that do not exist. Without keys it sends
    /// nothing. Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// As [`Service::get_map`](super::super::Service::get_map); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "MGET")]
    pub async fn get_map<K: AsKey + Clone + Eq + Hash, T: DeserializeOwned + Send>(
        &mut self,
        keys: &[K],
    ) -> Result<HashMap<K, T>> {
        let found = self.read(bulk::get_found(self.scope(), keys)).await?;
        Ok(bulk::by_key(keys, found))
    }

    /// Returns the struct whose fields are those of the hash at `key`; `None` if there is no such key.
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// As [`Service::get_struct`](super::super::Service::get_struct); `InvalidInput` if the transaction does
    /// not watch the key.
    #[doc(alias = "HGETALL")]
    pub async fn get_struct<S: DeserializeOwned>(&mut self, key: impl AsKey) -> Result<Option<S>> {
        self.read(hash_struct::get_struct(self.on(&key))).await
    }

    /// Returns whether `key` exists. Command: `EXISTS`.
    ///
    /// # Errors
    ///
    /// As [`Service::exists`](super::super::Service::exists); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "EXISTS")]
    pub async fn exists(&mut self, key: impl AsKey) -> Result<bool> {
        self.read(keys::exists(self.on(&key))).await
    }

    /// Returns the time that `key` has left. Command: `PTTL`.
    ///
    /// # Errors
    ///
    /// As [`Service::ttl`](super::super::Service::ttl); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "PTTL")]
    pub async fn ttl(&mut self, key: impl AsKey) -> Result<Ttl> {
        self.read(keys::ttl(self.on(&key))).await
    }
}

impl Transaction {
    /// Returns a handle that reads the hash at `key`.
    pub fn hash<T>(&mut self, key: impl AsKey) -> WatchedHash<'_, T> {
        WatchedHash(Watched::new(self, &key))
    }

    /// Returns a handle that reads the list at `key`.
    pub fn list<T>(&mut self, key: impl AsKey) -> WatchedList<'_, T> {
        WatchedList(Watched::new(self, &key))
    }

    /// Returns a handle that reads the set at `key`.
    pub fn set_of<T>(&mut self, key: impl AsKey) -> WatchedSet<'_, T> {
        WatchedSet(Watched::new(self, &key))
    }

    /// Returns a handle that reads the sorted set at `key`.
    pub fn sorted_set<T>(&mut self, key: impl AsKey) -> WatchedSortedSet<'_, T> {
        WatchedSortedSet(Watched::new(self, &key))
    }

    /// Returns a handle that reads the stream at `key`.
    pub fn stream<T>(&mut self, key: impl AsKey) -> WatchedStream<'_, T> {
        WatchedStream(Watched::new(self, &key))
    }

    fn scope(&self) -> Scope<'_> {
        self.connection.client().scope()
    }

    pub(super) fn on<'a>(&'a self, key: &'a impl AsKey) -> KeyScope<'a> {
        self.scope().on(key)
    }
}

#[dual]
impl Transaction {
    pub(super) async fn read<T>(&mut self, made: OperationResult<T>) -> Result<T> {
        let Operation { label, request, read } = made?;
        let reply = self.connection.read(&request).await;
        read.finish(label, &request, reply, self.connection.client().scope())
    }
}
