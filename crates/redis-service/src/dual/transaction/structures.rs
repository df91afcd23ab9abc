use std::{borrow::Borrow, collections::HashMap, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    super::runtime::{SendIfAsync, dual},
    Transaction,
};
use crate::{
    error::Result,
    operations::{KeyScope, OperationResult, hashes, lists, sets},
    values::{AsKey, FailedValue, OwnedKey, Ttl},
};

/// A key that a transaction reads.
#[derive(Debug)]
pub(super) struct Watched<'a, T> {
    transaction: &'a mut Transaction,
    key: OwnedKey,
    values: PhantomData<fn() -> T>,
}

impl<'a, T> Watched<'a, T> {
    pub(super) fn new(transaction: &'a mut Transaction, key: &impl AsKey) -> Self {
        Self { transaction, key: OwnedKey::of(key), values: PhantomData }
    }
}

#[dual]
impl<T> Watched<'_, T> {
    /// Runs an operation on the key.
    pub(super) async fn read<R>(
        &mut self,
        make: impl FnOnce(KeyScope<'_>) -> OperationResult<R> + SendIfAsync,
    ) -> Result<R> {
        let made = make(self.transaction.on(&self.key));
        self.transaction.read(made).await
    }
}

/// A hash that a transaction reads: the reading methods of [`Hash`](super::super::Hash).
///
#[cfg_attr(feature = "blocking", doc = "In the blocking API:\n")]
#[cfg_attr(feature = "blocking", doc = include_str!("../../blocking/examples/watched.md"))]
#[cfg_attr(feature = "async", doc = "\nIn the async API:\n")]
#[cfg_attr(feature = "async", doc = include_str!("../../asynchronous/examples/watched.md"))]
#[derive(Debug)]
pub struct WatchedHash<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedHash<'_, T> {
    /// Returns whether the field exists. Command: `HEXISTS`.
    ///
    /// # Errors
    ///
    /// As [`Hash::exists`](super::super::Hash::exists); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "HEXISTS")]
    pub async fn exists(&mut self, field: impl AsRef<str> + Send) -> Result<bool> {
        self.0.read(move |on| hashes::exists(on, field.as_ref())).await
    }

    /// Returns the number of fields; 0 if there is no such key. Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// As [`Hash::len`](super::super::Hash::len); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "HLEN")]
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(hashes::len).await
    }

    /// Returns whether the hash has no fields, which means that there is no such key. Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// As [`Hash::is_empty`](super::super::Hash::is_empty); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "HLEN")]
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(hashes::is_empty).await
    }

    /// Returns the names of all fields, in no order. Command: `HKEYS`.
    ///
    /// # Errors
    ///
    /// As [`Hash::keys`](super::super::Hash::keys); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "HKEYS")]
    pub async fn keys(&mut self) -> Result<Vec<String>> {
        self.0.read(hashes::keys).await
    }

    /// Returns the time that each of these fields has left, in the same order. Without fields it sends
    /// nothing. Command: `HPTTL`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// As [`Hash::field_ttls`](super::super::Hash::field_ttls); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "HPTTL")]
    pub async fn field_ttls(&mut self, fields: &[impl AsRef<str> + Sync]) -> Result<Vec<Ttl>> {
        self.0.read(move |on| hashes::field_ttls(on, fields)).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedHash<'_, T> {
    /// Returns the value of a field; `None` if there is no such field. Command: `HGET`.
    ///
    /// # Errors
    ///
    /// As [`Hash::get`](super::super::Hash::get); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "HGET")]
    pub async fn get(&mut self, field: impl AsRef<str> + Send) -> Result<Option<T>> {
        self.0.read(move |on| hashes::get(on, field.as_ref())).await
    }

    /// Returns the values of `fields` in the same order, duplicates included; `None` for a missing field. A
    /// value that does not decode is an error in its own place only. Without fields it sends nothing.
    /// Command: `HMGET`.
    ///
    /// # Errors
    ///
    /// As [`Hash::get_many`](super::super::Hash::get_many); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "HMGET")]
    pub async fn get_many(
        &mut self,
        fields: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        self.0.read(move |on| hashes::get_many(on, fields)).await
    }

    /// Returns all fields and their values; an empty map if there is no such key. Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// As [`Hash::get_all`](super::super::Hash::get_all); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "HGETALL")]
    pub async fn get_all(&mut self) -> Result<HashMap<String, T>> {
        self.0.read(hashes::get_all).await
    }

    /// Returns the values of all fields, in no order. Command: `HVALS`.
    ///
    /// # Errors
    ///
    /// As [`Hash::values`](super::super::Hash::values); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "HVALS")]
    pub async fn values(&mut self) -> Result<Vec<T>> {
        self.0.read(hashes::values).await
    }
}

/// A list that a transaction reads: the reading methods of [`List`](super::super::List).
#[derive(Debug)]
pub struct WatchedList<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedList<'_, T> {
    /// Returns the number of values; 0 if there is no such key. Command: `LLEN`.
    ///
    /// # Errors
    ///
    /// As [`List::len`](super::super::List::len); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "LLEN")]
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(lists::len).await
    }

    /// Returns whether the list has no values, which means that there is no such key. Command: `LLEN`.
    ///
    /// # Errors
    ///
    /// As [`List::is_empty`](super::super::List::is_empty); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "LLEN")]
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(lists::is_empty).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedList<'_, T> {
    /// Returns the values from `start` to `stop`, both included; `range(0, -1)` is all of them. Indexes that
    /// do not exist are left out. Command: `LRANGE`.
    ///
    /// # Errors
    ///
    /// As [`List::range`](super::super::List::range); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "LRANGE")]
    pub async fn range(&mut self, start: i64, stop: i64) -> Result<Vec<T>> {
        self.0.read(move |on| lists::range(on, start, stop)).await
    }

    /// Returns the value at an index; `None` if there is no such index. Command: `LINDEX`.
    ///
    /// # Errors
    ///
    /// As [`List::get`](super::super::List::get); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "LINDEX")]
    pub async fn get(&mut self, index: i64) -> Result<Option<T>> {
        self.0.read(move |on| lists::get(on, index)).await
    }
}

/// A set that a transaction reads: the reading methods of [`Set`](super::super::Set).
#[derive(Debug)]
pub struct WatchedSet<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedSet<'_, T> {
    /// Returns whether the set contains a member. Command: `SISMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`Set::contains`](super::super::Set::contains); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "SISMEMBER")]
    pub async fn contains<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sets::contains(on, member)).await
    }

    /// Returns the number of members; 0 if there is no such key. Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// As [`Set::len`](super::super::Set::len); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "SCARD")]
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(sets::len).await
    }

    /// Returns whether the set has no members, which means that there is no such key. Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// As [`Set::is_empty`](super::super::Set::is_empty); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "SCARD")]
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(sets::is_empty).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedSet<'_, T> {
    /// Returns all members, in no order. Command: `SMEMBERS`.
    ///
    /// # Errors
    ///
    /// As [`Set::members`](super::super::Set::members); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "SMEMBERS")]
    pub async fn members(&mut self) -> Result<Vec<T>> {
        self.0.read(sets::members).await
    }

    /// Returns a random member, which stays in the set; `None` if the set is empty. Command: `SRANDMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`Set::random`](super::super::Set::random); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "SRANDMEMBER")]
    pub async fn random(&mut self) -> Result<Option<T>> {
        self.0.read(sets::random).await
    }
}
