use std::{borrow::Borrow, collections::HashMap, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    super::runtime::{SendIfAsync, dual},
    Transaction,
};
use crate::{
    error::Result,
    operations::{KeyScope, Made, hashes, lists, sets, sorted_sets},
    values::{AsKey, FailedValue, OwnedKey, Ttl},
};

/// A key that is read within a transaction.
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
    async fn read<R>(&mut self, make: impl FnOnce(KeyScope<'_>) -> Made<R> + SendIfAsync) -> Result<R> {
        let made = make(self.transaction.on(&self.key));
        self.transaction.read(made).await
    }
}

/// A hash that is read within a transaction, as [`Hash`](super::super::Hash) is by itself.
#[derive(Debug)]
pub struct WatchedHash<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedHash<'_, T> {
    /// As [`Hash::exists`](super::super::Hash::exists).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn exists(&mut self, field: impl AsRef<str> + Send) -> Result<bool> {
        self.0.read(move |on| hashes::exists(on, field.as_ref())).await
    }

    /// As [`Hash::len`](super::super::Hash::len).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(hashes::len).await
    }

    /// As [`Hash::is_empty`](super::super::Hash::is_empty).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(hashes::is_empty).await
    }

    /// As [`Hash::keys`](super::super::Hash::keys).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn keys(&mut self) -> Result<Vec<String>> {
        self.0.read(hashes::keys).await
    }

    /// As [`Hash::field_ttls`](super::super::Hash::field_ttls).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn field_ttls(&mut self, fields: &[impl AsRef<str> + Sync]) -> Result<Vec<Ttl>> {
        self.0.read(move |on| hashes::field_ttls(on, fields)).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedHash<'_, T> {
    /// As [`Hash::get`](super::super::Hash::get).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get(&mut self, field: impl AsRef<str> + Send) -> Result<Option<T>> {
        self.0.read(move |on| hashes::get(on, field.as_ref())).await
    }

    /// As [`Hash::get_many`](super::super::Hash::get_many).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_many(
        &mut self,
        fields: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        self.0.read(move |on| hashes::get_many(on, fields)).await
    }

    /// As [`Hash::get_all`](super::super::Hash::get_all).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get_all(&mut self) -> Result<HashMap<String, T>> {
        self.0.read(hashes::get_all).await
    }

    /// As [`Hash::values`](super::super::Hash::values).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn values(&mut self) -> Result<Vec<T>> {
        self.0.read(hashes::values).await
    }
}

/// A list that is read within a transaction, as [`List`](super::super::List) is by itself.
#[derive(Debug)]
pub struct WatchedList<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedList<'_, T> {
    /// As [`List::len`](super::super::List::len).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(lists::len).await
    }

    /// As [`List::is_empty`](super::super::List::is_empty).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(lists::is_empty).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedList<'_, T> {
    /// As [`List::range`](super::super::List::range).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn range(&mut self, start: i64, stop: i64) -> Result<Vec<T>> {
        self.0.read(move |on| lists::range(on, start, stop)).await
    }

    /// As [`List::get`](super::super::List::get).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn get(&mut self, index: i64) -> Result<Option<T>> {
        self.0.read(move |on| lists::get(on, index)).await
    }
}

/// A set that is read within a transaction, as [`Set`](super::super::Set) is by itself.
#[derive(Debug)]
pub struct WatchedSet<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedSet<'_, T> {
    /// As [`Set::contains`](super::super::Set::contains).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn contains<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sets::contains(on, member)).await
    }

    /// As [`Set::len`](super::super::Set::len).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(sets::len).await
    }

    /// As [`Set::is_empty`](super::super::Set::is_empty).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(sets::is_empty).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedSet<'_, T> {
    /// As [`Set::members`](super::super::Set::members).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn members(&mut self) -> Result<Vec<T>> {
        self.0.read(sets::members).await
    }

    /// As [`Set::random`](super::super::Set::random).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn random(&mut self) -> Result<Option<T>> {
        self.0.read(sets::random).await
    }
}

/// A sorted set that is read within a transaction, as [`SortedSet`](super::super::SortedSet) is by itself.
#[derive(Debug)]
pub struct WatchedSortedSet<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedSortedSet<'_, T> {
    /// As [`SortedSet::score`](super::super::SortedSet::score).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn score<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::score(on, member)).await
    }

    /// As [`SortedSet::rank`](super::super::SortedSet::rank).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn rank<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::rank(on, member)).await
    }

    /// As [`SortedSet::rev_rank`](super::super::SortedSet::rev_rank).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn rev_rank<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::rev_rank(on, member)).await
    }

    /// As [`SortedSet::len`](super::super::SortedSet::len).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(sorted_sets::len).await
    }

    /// As [`SortedSet::is_empty`](super::super::SortedSet::is_empty).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(sorted_sets::is_empty).await
    }

    /// As [`SortedSet::count`](super::super::SortedSet::count).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn count(&mut self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        self.0.read(move |on| sorted_sets::count(on, &range)).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedSortedSet<'_, T> {
    /// As [`SortedSet::range`](super::super::SortedSet::range).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn range(&mut self, start: i64, stop: i64) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::range(on, start, stop)).await
    }

    /// As [`SortedSet::range_by_score`](super::super::SortedSet::range_by_score).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn range_by_score(
        &mut self,
        range: impl RangeBounds<f64> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::range_by_score(on, &range, limit.into())).await
    }

    /// As [`SortedSet::top`](super::super::SortedSet::top).
    ///
    /// # Errors
    ///
    /// As there; `InvalidInput` if the transaction does not watch the key.
    pub async fn top(&mut self, count: u32) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::top(on, count)).await
    }
}
