use std::{borrow::Borrow, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::sorted_sets, values::AsKey};

/// The sorted set of a [`Batch`]: its methods are those of [`SortedSet`](crate::blocking::SortedSet).
#[derive(Debug)]
pub struct BatchSortedSet<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// The sorted set at `key`.
    pub fn sorted_set<T>(&mut self, key: impl AsKey) -> BatchSortedSet<'_, T> {
        BatchSortedSet(BatchKey::new(self, &key))
    }
}

impl<T> BatchSortedSet<'_, T> {
    /// Adds a member, or sets its score if it is one, and tells whether it is new. Command: `ZADD`.
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V, score: f64) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::add(on, member, score))
    }

    /// Adds members or sets their scores, and tells how many are new. No members, no command. Command: `ZADD`.
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = (&'v V, f64)>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::add_many(on, members))
    }

    /// Adds `by` to the score of a member, and hands back what it is then. Command: `ZINCRBY`.
    pub fn increment<V: Serialize + ?Sized>(&mut self, member: &V, by: f64) -> BatchHandle<f64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::increment(on, member, by))
    }

    /// The score of a member; `None` if it is none. Command: `ZSCORE`.
    pub fn score<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::score(on, member))
    }

    /// How many members are before it, from the least score on; `None` if it is none. Command: `ZRANK`.
    pub fn rank<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::rank(on, member))
    }

    /// How many members are before it, from the greatest score on; `None` if it is none. Command: `ZREVRANK`.
    pub fn rev_rank<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::rev_rank(on, member))
    }

    /// Removes a member, and tells whether it was one. Command: `ZREM`.
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::remove(on, member))
    }

    /// Removes members, and tells how many there were. No members, no command. Command: `ZREM`.
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sorted_sets::remove_many(on, members))
    }

    /// Removes all members with a score in the range, and tells how many. Command: `ZREMRANGEBYSCORE`.
    pub fn remove_range_by_score(&mut self, range: impl RangeBounds<f64>) -> BatchHandle<u64> {
        self.0.queue(|on| sorted_sets::remove_range_by_score(on, &range))
    }

    /// How many members there are. Command: `ZCARD`.
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(sorted_sets::len)
    }

    /// Whether there are no members. Command: `ZCARD`.
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(sorted_sets::is_empty)
    }

    /// How many members have a score in the range. Command: `ZCOUNT`.
    pub fn count(&mut self, range: impl RangeBounds<f64>) -> BatchHandle<u64> {
        self.0.queue(|on| sorted_sets::count(on, &range))
    }
}

impl<T: DeserializeOwned> BatchSortedSet<'_, T> {
    /// The members from rank `start` to rank `stop`, both included, with their scores. Command: `ZRANGE`.
    pub fn range(&mut self, start: i64, stop: i64) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::range(on, start, stop))
    }

    /// The members with a score in the range, with their scores; at most `limit` of them. Command: `ZRANGE … BYSCORE`.
    pub fn range_by_score(
        &mut self,
        range: impl RangeBounds<f64>,
        limit: impl Into<Option<u32>>,
    ) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::range_by_score(on, &range, limit.into()))
    }

    /// The `count` members with the greatest scores, the greatest first. Command: `ZRANGE … REV`.
    pub fn top(&mut self, count: u32) -> BatchHandle<Vec<(T, f64)>> {
        self.0.queue(|on| sorted_sets::top(on, count))
    }

    /// Takes the member with the least score; `None` if there is none. Command: `ZPOPMIN`.
    pub fn pop_min(&mut self) -> BatchHandle<Option<(T, f64)>> {
        self.0.queue(sorted_sets::pop_min)
    }

    /// Takes the member with the greatest score; `None` if there is none. Command: `ZPOPMAX`.
    pub fn pop_max(&mut self) -> BatchHandle<Option<(T, f64)>> {
        self.0.queue(sorted_sets::pop_max)
    }
}
