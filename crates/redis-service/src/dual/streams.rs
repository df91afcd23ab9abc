use std::{borrow::Borrow, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service, StreamGroup,
    runtime::{dual, example},
    typed_key::TypedKey,
};
use crate::{
    clock,
    error::Result,
    operations::streams,
    streams::{AddOptions, Fields, GroupInfo, StreamEntry, StreamId, StreamInfo, Trim},
    values::AsKey,
};

/// A stream of `T`s, as [`Service::stream`] returns it: items in the order in which they were added, each with an
/// id. Unlike a list it keeps what was read, until it is trimmed, and [groups](StreamGroup) share its items.
///
/// Cheap to clone. Creating it sends nothing; if its key is invalid, its calls fail. The stream expires as any key
/// does, by [`Service::expire`]. Values are written in any form that a `T` can be borrowed in: a `Stream<String>`
/// takes `&str`.
///
/// An item has one field, `v`, with the value in the form in which [`Service::set`] stores it, so that other
/// programs can read it. A read returns each item or the reason why it does not decode
/// ([`InvalidItem`](crate::streams::InvalidItem)), with its id and its fields; [`range_raw`](Self::range_raw) and
/// [`add_raw`](Self::add_raw) read and write items with any fields.
///
#[doc = example!("stream.md")]
#[derive(Debug)]
pub struct Stream<T> {
    pub(super) key: TypedKey,
    items: PhantomData<fn() -> T>,
}

impl Service {
    /// Returns a handle to the stream at `key`.
    #[must_use]
    pub fn stream<T>(&self, key: impl AsKey) -> Stream<T> {
        Stream { key: TypedKey::new(&self.client, &key), items: PhantomData }
    }
}

impl<T> Stream<T> {
    /// Returns a handle to a group of the stream. Creating it sends nothing.
    #[must_use]
    pub fn group(&self, name: impl Into<String>) -> StreamGroup<T> {
        StreamGroup::new(self.clone(), name.into())
    }
}

#[dual]
impl<T> Stream<T> {
    /// Adds an item and returns its id.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. An
    /// [operation](AddOptions::with_operation) makes it idempotent.
    ///
    /// Command: `XADD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a stream; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "XADD")]
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, value: &V) -> Result<StreamId>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| streams::add(on, value)).await
    }

    /// Adds an item with [options](AddOptions): trims the stream, states the id, or adds it only once for an
    /// operation. Returns the item's id.
    ///
    /// Commands: `XADD`; for an operation a script with `GET`, `XLEN`, `XADD` and `SET`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add). `Operation` if the stated id is not greater than the last id of the stream;
    /// `InvalidInput` for the id 0-0, and for an operation that is empty or too long, or whose expiry is not a time
    /// to live.
    #[doc(alias = "XADD")]
    #[doc(alias = "MAXLEN")]
    pub async fn add_with<V: Serialize + Sync + ?Sized>(
        &self,
        value: &V,
        options: &AddOptions,
    ) -> Result<StreamId>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| streams::add_with(on, value, options, clock::wall())).await
    }

    /// Adds an item of these fields, as they are, and returns its id. It need not decode as `T`.
    ///
    /// Command: `XADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add); `InvalidInput` without a field.
    #[doc(alias = "XADD")]
    pub async fn add_raw<N: AsRef<[u8]>, B: AsRef<[u8]>>(
        &self,
        fields: impl IntoIterator<Item = (N, B)> + Send,
    ) -> Result<StreamId> {
        self.key.run(move |on| streams::add_raw(on, fields)).await
    }

    /// Returns the number of items; 0 if there is no such key.
    ///
    /// Command: `XLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream.
    #[doc(alias = "XLEN")]
    pub async fn len(&self) -> Result<u64> {
        self.key.run(streams::len).await
    }

    /// Returns whether the stream has no items. It may exist all the same, with groups.
    ///
    /// Command: `XLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream.
    #[doc(alias = "XLEN")]
    pub async fn is_empty(&self) -> Result<bool> {
        self.key.run(streams::is_empty).await
    }

    /// Returns the fields of the items in a range of ids, as they are, the oldest first; at most `limit` of them,
    /// or all with `None`.
    ///
    /// Command: `XRANGE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream.
    #[doc(alias = "XRANGE")]
    pub async fn range_raw(
        &self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(StreamId, Fields)>> {
        self.key.run(move |on| streams::range_raw(on, &range, limit.into())).await
    }

    /// Deletes items, and returns how many there were. Without ids it sends nothing. A group that has not read
    /// them never does.
    ///
    /// Command: `XDEL`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream.
    #[doc(alias = "XDEL")]
    pub async fn delete(&self, ids: &[StreamId]) -> Result<u64> {
        self.key.run(move |on| streams::delete(on, ids)).await
    }

    /// Removes the oldest items, and returns how many. A group that has not read them never does.
    ///
    /// Command: `XTRIM`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream.
    #[doc(alias = "XTRIM")]
    #[doc(alias = "MINID")]
    pub async fn trim(&self, trim: Trim) -> Result<u64> {
        self.key.run(move |on| streams::trim(on, trim)).await
    }

    /// Returns what the stream holds and has held.
    ///
    /// Command: `XINFO STREAM`.
    ///
    /// # Errors
    ///
    /// `Operation` if there is no such key; `WrongType` if it holds no stream.
    #[doc(alias = "XINFO")]
    pub async fn info(&self) -> Result<StreamInfo> {
        self.key.run(streams::info).await
    }

    /// Returns the groups of the stream.
    ///
    /// Command: `XINFO GROUPS`.
    ///
    /// # Errors
    ///
    /// As [`info`](Self::info).
    #[doc(alias = "XINFO")]
    pub async fn groups(&self) -> Result<Vec<GroupInfo>> {
        self.key.run(streams::groups).await
    }
}

#[dual]
impl<T: DeserializeOwned> Stream<T> {
    /// Returns the items in a range of ids, the oldest first; at most `limit` of them, or all with `None`. `..` is
    /// the whole stream.
    ///
    /// Command: `XRANGE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no stream. An item that does not decode is an error in its own place only.
    #[doc(alias = "XRANGE")]
    pub async fn range(
        &self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<StreamEntry<T>>> {
        self.key.run(move |on| streams::range(on, &range, limit.into())).await
    }

    /// Returns the items in a range of ids as [`range`](Self::range) does, the newest first.
    ///
    /// Command: `XREVRANGE`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    #[doc(alias = "XREVRANGE")]
    pub async fn rev_range(
        &self,
        range: impl RangeBounds<StreamId> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<StreamEntry<T>>> {
        self.key.run(move |on| streams::rev_range(on, &range, limit.into())).await
    }

    /// Returns up to `count` items after an id, without waiting: with the id of the last item that you have read,
    /// the next ones; with [`StreamId::MIN`] the first ones. With 0 it sends nothing.
    ///
    /// Command: `XREAD`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    #[doc(alias = "XREAD")]
    pub async fn read_after(&self, after: StreamId, count: u32) -> Result<Vec<StreamEntry<T>>> {
        self.key.run(move |on| streams::read_after(on, after, count)).await
    }
}

impl<T> Clone for Stream<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), items: PhantomData }
    }
}
