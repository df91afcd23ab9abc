use std::{borrow::Borrow, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service,
    dedicated::Dedicated,
    runtime::{dual, example},
    typed_key::TypedKey,
};
use crate::{
    error::Result,
    operations::sorted_sets,
    values::{AsKey, BlockTime},
};

/// A set of `T`s ordered by their scores, as [`Service::sorted_set`] returns it.
///
/// Cheap to clone. Creating it sends nothing; if its key is invalid, its calls fail. The set expires as any
/// key does, by [`Service::expire`]; Redis removes a set without members. Members are written in any form
/// that a `T` can be borrowed in: a `SortedSet<String>` takes `&str`. Redis compares them by their bytes; see
/// [`Set`](super::Set). Members of the same score are in the order of their bytes.
///
/// A score may be infinite; NaN is an error before anything is sent.
///
/// A read fails as a whole if one of the members does not decode as `T`.
///
#[doc = example!("sorted_set.md")]
#[derive(Debug)]
pub struct SortedSet<T> {
    key: TypedKey,
    members: PhantomData<fn() -> T>,
}

impl Service {
    /// Returns a handle to the sorted set at `key`.
    #[must_use]
    pub fn sorted_set<T>(&self, key: impl AsKey) -> SortedSet<T> {
        SortedSet { key: TypedKey::new(&self.client, &key), members: PhantomData }
    }
}

#[dual]
impl<T> SortedSet<T> {
    /// Adds a member, or sets the score of an existing one, and returns whether it is new.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the score is NaN; `WrongType` if the key does not hold a sorted set; `Serialization`
    /// and `InvalidInput` as for [`Service::set`](Service::set).
    #[doc(alias = "ZADD")]
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V, score: f64) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::add(on, member, score)).await
    }

    /// Adds members or sets their scores, all or none, and returns how many are new. Without members it sends
    /// nothing.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add). An invalid member or score is an error before anything is sent.
    #[doc(alias = "ZADD")]
    pub async fn add_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = (&'a V, f64)> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::add_many(on, members)).await
    }

    /// Adds `by` to the score of a member and returns the new score. A missing member counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZINCRBY`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add); `Operation` if the score would be NaN, such as infinity minus infinity.
    #[doc(alias = "ZINCRBY")]
    pub async fn increment<V: Serialize + Sync + ?Sized>(&self, member: &V, by: f64) -> Result<f64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::increment(on, member, by)).await
    }

    /// Returns the score of a member; `None` if it is not in the set.
    ///
    /// Command: `ZSCORE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a sorted set; `Serialization` if the member cannot be encoded.
    #[doc(alias = "ZSCORE")]
    pub async fn score<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::score(on, member)).await
    }

    /// Returns the rank of a member, counted from 0 at the lowest score; `None` if it is not in the set.
    ///
    /// Command: `ZRANK`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    #[doc(alias = "ZRANK")]
    pub async fn rank<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::rank(on, member)).await
    }

    /// Returns the rank of a member, counted from 0 at the highest score; `None` if it is not in the set.
    ///
    /// Command: `ZREVRANK`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    #[doc(alias = "ZREVRANK")]
    pub async fn rev_rank<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::rev_rank(on, member)).await
    }

    /// Removes a member and returns whether it was one.
    ///
    /// Command: `ZREM`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    #[doc(alias = "ZREM")]
    pub async fn remove<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::remove(on, member)).await
    }

    /// Removes members and returns how many there were. Without members it sends nothing.
    ///
    /// Command: `ZREM`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    #[doc(alias = "ZREM")]
    pub async fn remove_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::remove_many(on, members)).await
    }

    /// Removes all members with a score in the range and returns how many: `..1.0` are those below 1.
    ///
    /// Command: `ZREMRANGEBYSCORE`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a bound is NaN; `WrongType` if the key does not hold a sorted set.
    #[doc(alias = "ZREMRANGEBYSCORE")]
    pub async fn remove_range_by_score(&self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        self.key.run(move |on| sorted_sets::remove_range_by_score(on, &range)).await
    }

    /// Returns the number of members; 0 if there is no such key.
    ///
    /// Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set.
    #[doc(alias = "ZCARD")]
    pub async fn len(&self) -> Result<u64> {
        self.key.run(sorted_sets::len).await
    }

    /// Returns whether the set has no members, which means that there is no such key.
    ///
    /// Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set.
    #[doc(alias = "ZCARD")]
    pub async fn is_empty(&self) -> Result<bool> {
        self.key.run(sorted_sets::is_empty).await
    }

    /// Returns how many members have a score in the range.
    ///
    /// Command: `ZCOUNT`.
    ///
    /// # Errors
    ///
    /// As [`remove_range_by_score`](Self::remove_range_by_score).
    #[doc(alias = "ZCOUNT")]
    pub async fn count(&self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        self.key.run(move |on| sorted_sets::count(on, &range)).await
    }
}

#[dual]
impl<T: DeserializeOwned> SortedSet<T> {
    /// Returns the members from rank `start` to rank `stop`, both included, with their scores, the lowest
    /// score first. Ranks count from 0, or from -1 at the other end: `range(0, -1)` is all of them. Ranks
    /// that do not exist are left out.
    ///
    /// Command: `ZRANGE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a sorted set; `Deserialization` if one of the members does not
    /// decode as `T`.
    #[doc(alias = "ZRANGE")]
    pub async fn range(&self, start: i64, stop: i64) -> Result<Vec<(T, f64)>> {
        self.key.run(move |on| sorted_sets::range(on, start, stop)).await
    }

    /// Returns the members with a score in the range, with their scores, the lowest score first; at most
    /// `limit` of them, or all with `None`. A limit of 0 sends nothing.
    ///
    /// Command: `ZRANGE … BYSCORE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range); `InvalidInput` if a bound is NaN.
    #[doc(alias = "ZRANGE")]
    pub async fn range_by_score(
        &self,
        range: impl RangeBounds<f64> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(T, f64)>> {
        self.key.run(move |on| sorted_sets::range_by_score(on, &range, limit.into())).await
    }

    /// Returns the `count` members with the highest scores, the highest first. With 0 it sends nothing.
    ///
    /// Command: `ZRANGE … REV WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    #[doc(alias = "ZRANGE")]
    pub async fn top(&self, count: u32) -> Result<Vec<(T, f64)>> {
        self.key.run(move |on| sorted_sets::top(on, count)).await
    }

    /// Removes and returns the member with the lowest score; `None` if the set is empty.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. In the async API, dropping the future
    /// may lose the member.
    ///
    /// Command: `ZPOPMIN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a sorted set; `Deserialization`, with outcome `Applied`, if the
    /// member does not decode as `T`: it is removed all the same.
    #[doc(alias = "ZPOPMIN")]
    pub async fn pop_min(&self) -> Result<Option<(T, f64)>> {
        self.key.run(sorted_sets::pop_min).await
    }

    /// Removes and returns the member with the highest score; `None` if the set is empty.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. In the async API, dropping the future
    /// may lose the member.
    ///
    /// Command: `ZPOPMAX`.
    ///
    /// # Errors
    ///
    /// As [`pop_min`](Self::pop_min).
    #[doc(alias = "ZPOPMAX")]
    pub async fn pop_max(&self) -> Result<Option<(T, f64)>> {
        self.key.run(sorted_sets::pop_max).await
    }

    /// Waits until the set has a member, then removes and returns the one with the lowest score; `None` if the time has
    /// run out. It runs on a connection of the caller's own, as [`List::pop_front_wait`](super::List::pop_front_wait)
    /// does, and what is said there of time and loss holds here.
    ///
    /// Command: `BZPOPMIN`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the time is zero; otherwise as [`pop_min`](Self::pop_min), and any failure of the connection.
    #[doc(alias = "BZPOPMIN")]
    pub async fn pop_min_wait(
        &self,
        connection: &mut Dedicated,
        wait: impl Into<BlockTime> + Send,
    ) -> Result<Option<(T, f64)>>
    where
        T: Send,
    {
        let names = ("sorted_set.pop_min_wait", "BZPOPMIN");
        self.key.wait(connection, wait.into(), |on, block| sorted_sets::pop_wait(on, names, block)).await
    }

    /// Waits until the set has a member, then removes and returns the one with the highest score; see
    /// [`pop_min_wait`](Self::pop_min_wait).
    ///
    /// Command: `BZPOPMAX`.
    ///
    /// # Errors
    ///
    /// As [`pop_min_wait`](Self::pop_min_wait).
    #[doc(alias = "BZPOPMAX")]
    pub async fn pop_max_wait(
        &self,
        connection: &mut Dedicated,
        wait: impl Into<BlockTime> + Send,
    ) -> Result<Option<(T, f64)>>
    where
        T: Send,
    {
        let names = ("sorted_set.pop_max_wait", "BZPOPMAX");
        self.key.wait(connection, wait.into(), |on, block| sorted_sets::pop_wait(on, names, block)).await
    }
}

impl<T> Clone for SortedSet<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), members: PhantomData }
    }
}
