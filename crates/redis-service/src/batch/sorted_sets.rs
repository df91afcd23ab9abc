use std::{borrow::Borrow, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::sorted_sets, values::AsKey};

/// A sorted set in a [`Batch`], with the methods of [`SortedSet`](crate::blocking::SortedSet): each queues a
/// command.
#[derive(Debug)]
pub struct BatchSortedSet<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// Returns the sorted set at `key`, to queue commands on it.
    pub fn sorted_set<T>(&mut self, key: impl AsKey) -> BatchSortedSet<'_, T> {
        BatchSortedSet(BatchKey::new(self, &key))
    }
}

impl<T> BatchSortedSet<'_, T> {
    /// Adds a member, or sets the score of an existing one; the result is whether it is new. Command: `ZADD`.
    #[doc(alias = "ZADD")]
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V, score: f64) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::add(on, member, score))
    }

    /// Adds members or sets their scores; the result is how many are new. Without members it sends nothing.
    /// Command: `ZADD`.
    #[doc(alias = "ZADD")]
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = (&'v V, f64)>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::add_many(on, members))
    }

    /// Adds `by` to the score of a member; the result is the new score. Command: `ZINCRBY`.
    #[doc(alias = "ZINCRBY")]
    pub fn increment<V: Serialize + ?Sized>(&mut self, member: &V, by: f64) -> BatchHandle<f64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::increment(on, member, by))
    }

    /// Reads the score of a member; `None` if it is not in the set. Command: `ZSCORE`.
    #[doc(alias = "ZSCORE")]
    pub fn score<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::score(on, member))
    }

    /// Reads the rank of a member, counted from 0 at the lowest score; `None` if it is not in the set.
    /// Command: `ZRANK`.
    #[doc(alias = "ZRANK")]
    pub fn rank<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::rank(on, member))
    }

    /// Reads the rank of a member, counted from 0 at the highest score; `None` if it is not in the set.
    /// Command: `ZREVRANK`.
    #[doc(alias = "ZREVRANK")]
    pub fn rev_rank<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::rev_rank(on, member))
    }

    /// Removes a member; the result is whether it was one. Command: `ZREM`.
    #[doc(alias = "ZREM")]
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::remove(on, member))
    }

    /// Removes members; the result is how many there were. Without members it sends nothing. Command: `ZREM`.
    #[doc(alias = "ZREM")]
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::remove_many(on, members))
    }

    /// Removes all members with a score in the range; the result is how many. Command: `ZREMRANGEBYSCORE`.
    #[doc(alias = "ZREMRANGEBYSCORE")]
    pub fn remove_range_by_score(&mut self, range: impl RangeBounds<f64>) -> BatchHandle<u64> {
        self.0.queue(|on| sorted_sets::remove_range_by_score(on, &range))
    }

    /// Reads the number of members. Command: `ZCARD`.
    #[doc(alias = "ZCARD")]
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(sorted_sets::len)
    }

    /// Checks whether the set has no members. Command: `ZCARD`.
    #[doc(alias = "ZCARD")]
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(sorted_sets::is_empty)
    }

    /// Reads how many members have a score in the range. Command: `ZCOUNT`.
    #[doc(alias = "ZCOUNT")]
    pub fn count(&mut self, range: impl RangeBounds<f64>) -> BatchHandle<u64> {
        self.0.queue(|on| sorted_sets::count(on, &range))
    }
}

impl<T: DeserializeOwned> BatchSortedSet<'_, T> {
    /// Reads the members from rank `start` to rank `stop`, both included, with their scores. Command:
    /// `ZRANGE`.
    #[doc(alias = "ZRANGE")]
    pub fn range(&mut self, start: i64, stop: i64) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::range(on, start, stop))
    }

    /// Reads the members with a score in the range, with their scores; at most `limit` of them. Command:
    /// `ZRANGE … BYSCORE`.
    #[doc(alias = "ZRANGE")]
    pub fn range_by_score(
        &mut self,
        range: impl RangeBounds<f64>,
        limit: impl Into<Option<u32>>,
    ) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::range_by_score(on, &range, limit.into()))
    }

    /// Reads the `count` members with the highest scores, the highest first. Command: `ZRANGE … REV`.
    #[doc(alias = "ZRANGE")]
    pub fn top(&mut self, count: u32) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::top(on, count))
    }

    /// Removes the member with the lowest score; the result is the member, or `None` if the set is empty.
    /// Command: `ZPOPMIN`.
    #[doc(alias = "ZPOPMIN")]
    pub fn pop_min(&mut self) -> BatchHandle<Option<(T, f64)>> {
        self.0.queue(sorted_sets::pop_min)
    }

    /// Removes the member with the highest score; the result is the member, or `None` if the set is empty.
    /// Command: `ZPOPMAX`.
    #[doc(alias = "ZPOPMAX")]
    pub fn pop_max(&mut self) -> BatchHandle<Option<(T, f64)>> {
        self.0.queue(sorted_sets::pop_max)
    }
}
