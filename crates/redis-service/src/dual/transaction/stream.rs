use std::ops::RangeBounds;

use serde::de::DeserializeOwned;

use super::{super::runtime::dual, structures::Watched};
use crate::{
    error::Result,
    operations::streams,
    streams::{Fields, GroupInfo, StreamEntry, StreamId, StreamInfo},
};

/// A stream that a transaction reads: the reading methods of [`Stream`](super::super::Stream).
#[derive(Debug)]
pub struct WatchedStream<'a, T>(pub(super) Watched<'a, T>);

#[dual]
impl<T> WatchedStream<'_, T> {
    /// Returns the number of items; 0 if there is no such key. Command: `XLEN`.
    ///
    /// # Errors
    ///
    /// As [`Stream::len`](super::super::Stream::len); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "XLEN")]
    pub async fn len(&mut self) -> Result<u64> {
        self.0.read(streams::len).await
    }

    /// Returns whether the stream has no items. Command: `XLEN`.
    ///
    /// # Errors
    ///
    /// As [`Stream::is_empty`](super::super::Stream::is_empty); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "XLEN")]
    pub async fn is_empty(&mut self) -> Result<bool> {
        self.0.read(streams::is_empty).await
    }

    /// Returns the fields of the items in a range of ids, as they are, the oldest first; at most `limit` of them, or
    /// all with `None`. Command: `XRANGE`.
    ///
    /// # Errors
    ///
    /// As [`Stream::range_raw`](super::super::Stream::range_raw); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "XRANGE")]
    pub async fn range_raw(
        &mut self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(StreamId, Fields)>> {
        self.0.read(move |on| streams::range_raw(on, &range, limit.into())).await
    }

    /// Returns what the stream holds and has held. Command: `XINFO STREAM`.
    ///
    /// # Errors
    ///
    /// As [`Stream::info`](super::super::Stream::info); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "XINFO")]
    pub async fn info(&mut self) -> Result<StreamInfo> {
        self.0.read(streams::info).await
    }

    /// Returns the groups of the stream. Command: `XINFO GROUPS`.
    ///
    /// # Errors
    ///
    /// As [`Stream::groups`](super::super::Stream::groups); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "XINFO")]
    pub async fn groups(&mut self) -> Result<Vec<GroupInfo>> {
        self.0.read(streams::groups).await
    }
}

#[dual]
impl<T: DeserializeOwned> WatchedStream<'_, T> {
    /// Returns the items in a range of ids, the oldest first; at most `limit` of them, or all with `None`. Command:
    /// `XRANGE`.
    ///
    /// # Errors
    ///
    /// As [`Stream::range`](super::super::Stream::range); `InvalidInput` if the transaction does not watch the key.
    #[doc(alias = "XRANGE")]
    pub async fn range(
        &mut self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<StreamEntry<T>>> {
        self.0.read(move |on| streams::range(on, &range, limit.into())).await
    }

    /// Returns the items in a range of ids, the newest first; at most `limit` of them, or all with `None`. Command:
    /// `XREVRANGE`.
    ///
    /// # Errors
    ///
    /// As [`Stream::rev_range`](super::super::Stream::rev_range); `InvalidInput` if the transaction does not watch the
    /// key.
    #[doc(alias = "XREVRANGE")]
    pub async fn rev_range(
        &mut self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<StreamEntry<T>>> {
        self.0.read(move |on| streams::rev_range(on, &range, limit.into())).await
    }

    /// Returns up to `count` items after an id. With 0 it sends nothing. Command: `XREAD`.
    ///
    /// # Errors
    ///
    /// As [`Stream::read_after`](super::super::Stream::read_after); `InvalidInput` if the transaction does not watch
    /// the key.
    #[doc(alias = "XREAD")]
    pub async fn read_after(&mut self, after: StreamId, count: u32) -> Result<Vec<StreamEntry<T>>> {
        self.0.read(move |on| streams::read_after(on, after, count)).await
    }
}
