use std::{borrow::Borrow, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual, typed_key::TypedKey};
use crate::{error::Result, operations::sorted_sets, values::AsKey};

/// A set of `T`s that are ordered by their scores: [`Service::sorted_set`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. It expires as
/// any key does, by [`Service::expire`]; a set without members is gone. Members are written in any form that a
/// `T` can be borrowed in: a `SortedSet<String>` takes `&str`. Redis compares them by their bytes; see
/// [`Set`](super::Set). Members of the same score are in the order of their bytes.
///
/// A score may be infinite; one that is no number is refused before anything is sent.
///
/// What reads fails as a whole if one of the members is no `T`.
#[derive(Debug)]
pub struct SortedSet<T> {
    key: TypedKey,
    members: PhantomData<fn() -> T>,
}

impl Service {
    /// The sorted set at `key`.
    #[must_use]
    pub fn sorted_set<T>(&self, key: impl AsKey) -> SortedSet<T> {
        SortedSet { key: TypedKey::new(&self.client, &key), members: PhantomData }
    }
}

#[dual]
impl<T> SortedSet<T> {
    /// Adds a member, or sets its score if it is one, and tells whether it is new.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the score is no number; `WrongType` if the key holds no sorted set; `Serialization` and
    /// `InvalidInput` as for [`Service::set`](Service::set).
    #[doc(alias = "ZADD")]
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V, score: f64) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::add(on, member, score)).await
    }

    /// Adds members or sets their scores, all or none, and tells how many are new. No members, no command.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), before anything is sent if any member or score makes no sense.
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

    /// Adds `by` to the score of a member, and hands back what it is now. What is no member counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZINCRBY`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add); `Operation` if the score would be no number, as infinity less infinity is.
    #[doc(alias = "ZINCRBY")]
    pub async fn increment<V: Serialize + Sync + ?Sized>(&self, member: &V, by: f64) -> Result<f64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::increment(on, member, by)).await
    }

    /// The score of a member; `None` if it is none.
    ///
    /// Command: `ZSCORE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Serialization` if the member cannot be encoded.
    #[doc(alias = "ZSCORE")]
    pub async fn score<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sorted_sets::score(on, member)).await
    }

    /// How many members are before it, from the least score on; `None` if it is none.
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

    /// How many members are before it, from the greatest score on; `None` if it is none.
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

    /// Removes a member, and tells whether it was one.
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

    /// Removes members, and tells how many there were. No members, no command.
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

    /// Removes all members with a score in the range, and tells how many: `..1.0` are those below 1.
    ///
    /// Command: `ZREMRANGEBYSCORE`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a bound is no number; `WrongType` if the key holds no sorted set.
    #[doc(alias = "ZREMRANGEBYSCORE")]
    pub async fn remove_range_by_score(&self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        self.key.run(move |on| sorted_sets::remove_range_by_score(on, &range)).await
    }

    /// How many members there are; 0 if there is no such key.
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

    /// Whether there are no members, and so no such key.
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

    /// How many members have a score in the range.
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
    /// The members from rank `start` to rank `stop`, both included, with their scores, from the least on. Ranks
    /// are counted from 0, or from -1 at the other end: `range(0, -1)` is all of them. Ranks that do not exist
    /// are left out.
    ///
    /// Command: `ZRANGE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Deserialization` if one of the members is no `T`.
    #[doc(alias = "ZRANGE")]
    pub async fn range(&self, start: i64, stop: i64) -> Result<Vec<(T, f64)>> {
        self.key.run(move |on| sorted_sets::range(on, start, stop)).await
    }

    /// The members with a score in the range, with their scores, from the least on; at most `limit` of them, or
    /// with `None` all. A limit of 0 is no command.
    ///
    /// Command: `ZRANGE … BYSCORE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range); `InvalidInput` if a bound is no number.
    #[doc(alias = "ZRANGE")]
    pub async fn range_by_score(
        &self,
        range: impl RangeBounds<f64> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(T, f64)>> {
        self.key.run(move |on| sorted_sets::range_by_score(on, &range, limit.into())).await
    }

    /// The `count` members with the greatest scores, the greatest first. 0 is no command.
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

    /// Takes the member with the least score; `None` if there is none.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZPOPMIN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Deserialization`, with outcome `Applied`, if the member is no
    /// `T`: it is gone all the same.
    #[doc(alias = "ZPOPMIN")]
    pub async fn pop_min(&self) -> Result<Option<(T, f64)>> {
        self.key.run(sorted_sets::pop_min).await
    }

    /// Takes the member with the greatest score; `None` if there is none.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
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
}

impl<T> Clone for SortedSet<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), members: PhantomData }
    }
}
