use std::{borrow::Borrow, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, Handle};
use crate::{AsKey, key::OwnedKey, operations::sorted_sets};

/// The sorted set of a [`Batch`]: its methods are those of [`SortedSet`](crate::blocking::SortedSet).
#[derive(Debug)]
pub struct BatchSortedSet<'a, T> {
    batch: &'a mut Batch,
    key: OwnedKey,
    values: PhantomData<fn() -> T>,
}

impl Batch {
    /// The sorted set at `key`.
    pub fn sorted_set<T>(&mut self, key: impl AsKey) -> BatchSortedSet<'_, T> {
        BatchSortedSet { batch: self, key: OwnedKey::of(&key), values: PhantomData }
    }
}

impl<T> BatchSortedSet<'_, T> {
    /// Adds a member, or sets its score if it is one, and tells whether it is new. Command: `ZADD`.
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V, score: f64) -> Handle<bool>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::add(self.batch.on(&self.key), member, score))
    }

    /// Adds members or sets their scores, and tells how many are new. No members, no command. Command: `ZADD`.
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = (&'v V, f64)>,
    ) -> Handle<u64>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::add_many(self.batch.on(&self.key), members))
    }

    /// Adds `by` to the score of a member, and hands back what it is then. Command: `ZINCRBY`.
    pub fn increment<V: Serialize + ?Sized>(&mut self, member: &V, by: f64) -> Handle<f64>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::increment(self.batch.on(&self.key), member, by))
    }

    /// The score of a member; `None` if it is none. Command: `ZSCORE`.
    pub fn score<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::score(self.batch.on(&self.key), member))
    }

    /// How many members are before it, from the least score on; `None` if it is none. Command: `ZRANK`.
    pub fn rank<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::rank(self.batch.on(&self.key), member))
    }

    /// How many members are before it, from the greatest score on; `None` if it is none. Command: `ZREVRANK`.
    pub fn rev_rank<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::rev_rank(self.batch.on(&self.key), member))
    }

    /// Removes a member, and tells whether it was one. Command: `ZREM`.
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<bool>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::remove(self.batch.on(&self.key), member))
    }

    /// Removes members, and tells how many there were. No members, no command. Command: `ZREM`.
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> Handle<u64>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sorted_sets::remove_many(self.batch.on(&self.key), members))
    }

    /// Removes all members with a score in the range, and tells how many. Command: `ZREMRANGEBYSCORE`.
    pub fn remove_range_by_score(&mut self, range: impl RangeBounds<f64>) -> Handle<u64> {
        self.batch.queue(sorted_sets::remove_range_by_score(self.batch.on(&self.key), &range))
    }

    /// How many members there are. Command: `ZCARD`.
    pub fn len(&mut self) -> Handle<u64> {
        self.batch.queue(sorted_sets::len(self.batch.on(&self.key)))
    }

    /// Whether there are no members. Command: `ZCARD`.
    pub fn is_empty(&mut self) -> Handle<bool> {
        self.batch.queue(sorted_sets::is_empty(self.batch.on(&self.key)))
    }

    /// How many members have a score in the range. Command: `ZCOUNT`.
    pub fn count(&mut self, range: impl RangeBounds<f64>) -> Handle<u64> {
        self.batch.queue(sorted_sets::count(self.batch.on(&self.key), &range))
    }
}

impl<T: DeserializeOwned> BatchSortedSet<'_, T> {
    /// The members from rank `start` to rank `stop`, both included, with their scores. Command: `ZRANGE`.
    pub fn range(&mut self, start: i64, stop: i64) -> Handle<Vec<(T, f64)>> {
        self.batch.queue(sorted_sets::range(self.batch.on(&self.key), start, stop))
    }

    /// The members with a score in the range, with their scores; at most `limit` of them. Command: `ZRANGE … BYSCORE`.
    pub fn range_by_score(
        &mut self,
        range: impl RangeBounds<f64>,
        limit: impl Into<Option<u32>>,
    ) -> Handle<Vec<(T, f64)>> {
        self.batch.queue(sorted_sets::range_by_score(self.batch.on(&self.key), &range, limit.into()))
    }

    /// The `count` members with the greatest scores, the greatest first. Command: `ZRANGE … REV`.
    pub fn top(&mut self, count: u32) -> Handle<Vec<(T, f64)>> {
        self.batch.queue(sorted_sets::top(self.batch.on(&self.key), count))
    }

    /// Takes the member with the least score; `None` if there is none. Command: `ZPOPMIN`.
    pub fn pop_min(&mut self) -> Handle<Option<(T, f64)>> {
        self.batch.queue(sorted_sets::pop_min(self.batch.on(&self.key)))
    }

    /// Takes the member with the greatest score; `None` if there is none. Command: `ZPOPMAX`.
    pub fn pop_max(&mut self) -> Handle<Option<(T, f64)>> {
        self.batch.queue(sorted_sets::pop_max(self.batch.on(&self.key)))
    }
}
