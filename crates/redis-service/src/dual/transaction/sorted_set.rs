use std::{borrow::Borrow, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{super::runtime::dual, structures::Watched};
use crate::{error::Result, operations::sorted_sets};

/// A sorted set that a transaction reads: the reading methods of [`SortedSet`](super::super::SortedSet).
#[derive(Debug)]
pub struct WatchedSortedSet<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedSortedSet<'_, T> {
    /// Returns the score of a member; `None` if it is not in the set. Command: `ZSCORE`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::score`](super::super::SortedSet::score); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "ZSCORE")]
    pub async fn score<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<f64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::score(on, member)).await
    }

    /// Returns the rank of a member, counted from 0 at the lowest score; `None` if it is not in the set.
    /// Command: `ZRANK`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::rank`](super::super::SortedSet::rank); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "ZRANK")]
    pub async fn rank<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::rank(on, member)).await
    }

    /// Returns the rank of a member, counted from 0 at the highest score; `None` if it is not in the set.
    /// Command: `ZREVRANK`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::rev_rank`](super::super::SortedSet::rev_rank); `InvalidInput` if the transaction does
    /// not watch the key.
    #[doc(alias = "ZREVRANK")]
    pub async fn rev_rank<V: Serialize + Sync + ?Sized>(&mut self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.read(move |on| sorted_sets::rev_rank(on, member)).await
    }

    /// Returns the number of members; 0 if there is no such key. Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::len`](super::super::SortedSet::len); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "ZCARD")]
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(sorted_sets::len).await
    }

    /// Returns whether the set has no members, which means that there is no such key. Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::is_empty`](super::super::SortedSet::is_empty); `InvalidInput` if the transaction does
    /// not watch the key.
    #[doc(alias = "ZCARD")]
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(sorted_sets::is_empty).await
    }

    /// Returns how many members have a score in the range. Command: `ZCOUNT`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::count`](super::super::SortedSet::count); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "ZCOUNT")]
    pub async fn count(&mut self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        self.0.read(move |on| sorted_sets::count(on, &range)).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedSortedSet<'_, T> {
    /// Returns the members from rank `start` to rank `stop`, both included, with their scores, the lowest
    /// score first. Ranks count from 0, or from -1 at the other end: `range(0, -1)` is all of them. Ranks
    /// that do not exist are left out. Command: `ZRANGE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::range`](super::super::SortedSet::range); `InvalidInput` if the transaction does not
    /// watch the key.
    #[doc(alias = "ZRANGE")]
    pub async fn range(&mut self, start: i64, stop: i64) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::range(on, start, stop)).await
    }

    /// Returns the members with a score in the range, with their scores, the lowest score first; at most
    /// `limit` of them, or all with `None`. A limit of 0 sends nothing. Command: `ZRANGE … BYSCORE …
    /// WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::range_by_score`](super::super::SortedSet::range_by_score); `InvalidInput` if the
    /// transaction does not watch the key.
    #[doc(alias = "ZRANGE")]
    pub async fn range_by_score(
        &mut self,
        range: impl RangeBounds<f64> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::range_by_score(on, &range, limit.into())).await
    }

    /// Returns the `count` members with the highest scores, the highest first. With 0 it sends nothing.
    /// Command: `ZRANGE … REV WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`SortedSet::top`](super::super::SortedSet::top); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "ZRANGE")]
    pub async fn top(&mut self, count: u32) -> Result<Vec<(T, f64)>> {
        self.0.read(move |on| sorted_sets::top(on, count)).await
    }
}
