use std::{collections::HashMap, hash::Hash};

use serde::de::DeserializeOwned;

use super::{
    super::runtime::dual,
    Transaction,
    structures::{Watched, WatchedHash, WatchedList, WatchedSet, WatchedSortedSet},
};
use crate::{
    error::Result,
    operations::{KeyScope, Made, Operation, Scope, bulk, hash_struct, keys, values},
    values::{AsKey, FailedValue, Ttl},
};

/// Reads of keys that the transaction watches, as the service's methods of the same names.
#[dual]
impl Transaction {
    /// As [`Service::get`](super::super::Service::get).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get<T: DeserializeOwned>(&mut self, key: impl AsKey) -> Result<Option<T>> {
        self.read(values::get(self.on(&key))).await
    }

    /// As [`Service::get_or`](super::super::Service::get_or).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_or<T: DeserializeOwned + Send>(&mut self, key: impl AsKey, default: T) -> Result<T> {
        Ok(self.read(values::get_or(self.on(&key))).await?.unwrap_or(default))
    }

    /// As [`Service::get_raw`](super::super::Service::get_raw).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_raw(&mut self, key: impl AsKey) -> Result<Option<Vec<u8>>> {
        self.read(values::get_raw(self.on(&key))).await
    }

    /// As [`Service::get_many`](super::super::Service::get_many).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_many<T: DeserializeOwned + Send>(
        &mut self,
        keys: &[impl AsKey],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        self.read(bulk::get_many(self.scope(), keys)).await
    }

    /// As [`Service::get_map`](super::super::Service::get_map).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_map<K: AsKey + Clone + Eq + Hash, T: DeserializeOwned + Send>(
        &mut self,
        keys: &[K],
    ) -> Result<HashMap<K, T>> {
        let found = self.read(bulk::get_found(self.scope(), keys)).await?;
        Ok(bulk::by_key(keys, found))
    }

    /// As [`Service::get_struct`](super::super::Service::get_struct).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_struct<S: DeserializeOwned>(&mut self, key: impl AsKey) -> Result<Option<S>> {
        self.read(hash_struct::get_struct(self.on(&key))).await
    }

    /// As [`Service::exists`](super::super::Service::exists).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn exists(&mut self, key: impl AsKey) -> Result<bool> {
        self.read(keys::exists(self.on(&key))).await
    }

    /// As [`Service::ttl`](super::super::Service::ttl).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn ttl(&mut self, key: impl AsKey) -> Result<Ttl> {
        self.read(keys::ttl(self.on(&key))).await
    }
}

impl Transaction {
    /// The hash at `key`, to be read.
    pub fn hash<T>(&mut self, key: impl AsKey) -> WatchedHash<'_, T> {
        WatchedHash(Watched::new(self, &key))
    }

    /// The list at `key`, to be read.
    pub fn list<T>(&mut self, key: impl AsKey) -> WatchedList<'_, T> {
        WatchedList(Watched::new(self, &key))
    }

    /// The set at `key`, to be read.
    pub fn set_of<T>(&mut self, key: impl AsKey) -> WatchedSet<'_, T> {
        WatchedSet(Watched::new(self, &key))
    }

    /// The sorted set at `key`, to be read.
    pub fn sorted_set<T>(&mut self, key: impl AsKey) -> WatchedSortedSet<'_, T> {
        WatchedSortedSet(Watched::new(self, &key))
    }

    fn scope(&self) -> Scope<'_> {
        self.session.client().scope()
    }

    pub(super) fn on<'a>(&'a self, key: &'a impl AsKey) -> KeyScope<'a> {
        self.scope().on(key)
    }
}

#[dual]
impl Transaction {
    pub(super) async fn read<T>(&mut self, made: Made<T>) -> Result<T> {
        let Operation { label, request, read } = made?;
        let reply = self.session.read(&request).await;
        read.finish(label, &request, reply, self.session.client().scope())
    }
}
