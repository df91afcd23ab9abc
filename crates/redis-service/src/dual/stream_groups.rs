use std::{ops::RangeBounds, time::Duration};

use serde::de::DeserializeOwned;

use super::{
    Stream,
    runtime::{dual, example},
};
use crate::{
    error::Result,
    operations::stream_groups,
    streams::{Claimed, ConsumerInfo, NewGroup, PendingItem, PendingSummary, StreamEntry, StreamId},
    values::AsKey,
};

/// A group of a stream, as [`Stream::group`] returns it: its consumers share the items, and each item is pending
/// from when it was delivered until it is acknowledged.
///
/// Cheap to clone. Creating it sends nothing: [`create`](Self::create) creates the group. If its name or its
/// stream's key is invalid, its calls fail. The error of a group that exists, or that does not, names the group, and
/// has the [code](crate::Error::code) `BUSYGROUP` or `NOGROUP`.
///
/// A consumer's name must belong to one running process: what it has not acknowledged is delivered again to the
/// next consumer of that name.
///
#[doc = example!("stream_group.md")]
#[derive(Debug)]
pub struct StreamGroup<T> {
    pub(super) stream: Stream<T>,
    pub(super) name: String,
}

impl<T> StreamGroup<T> {
    pub(super) fn new(stream: Stream<T>, name: String) -> Self {
        Self { stream, name }
    }
}

#[dual]
impl<T> StreamGroup<T> {
    /// Creates the group, and with [`NewGroup::with_stream`] the stream.
    ///
    /// Command: `XGROUP CREATE`.
    ///
    /// # Errors
    ///
    /// `Operation` with the code `BUSYGROUP` if the group exists, and without it if there is no stream; `InvalidInput`
    /// if the name is empty or too long; `WrongType` if the key holds no stream. After a lost reply the outcome is
    /// `Unknown`.
    #[doc(alias = "XGROUP")]
    #[doc(alias = "MKSTREAM")]
    pub async fn create(&self, new: NewGroup) -> Result<()> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::create(on, name, new)).await
    }

    /// Removes the group with all that it knows, and returns whether there was one. The stream stays.
    ///
    /// Command: `XGROUP DESTROY`.
    ///
    /// # Errors
    ///
    /// `Operation` if there is no stream; otherwise as [`acknowledge`](Self::acknowledge).
    #[doc(alias = "XGROUP")]
    pub async fn destroy(&self) -> Result<bool> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::destroy(on, name)).await
    }

    /// Acknowledges items, and returns how many of them were pending. Without ids it sends nothing. An item that is
    /// not pending, or a group that does not exist, is no error.
    ///
    /// Command: `XACK`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the group's name is empty or too long; `WrongType` if the key holds no stream.
    #[doc(alias = "XACK")]
    pub async fn acknowledge(&self, ids: &[StreamId]) -> Result<u64> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::acknowledge(on, name, ids)).await
    }

    /// Moves a pending item to another stream in one step: adds its fields there, with the
    /// [reason](crate::streams::Failure), and acknowledges it here. Returns whether it was moved: not if it is not
    /// pending, or was deleted. Up to 1024 bytes of the reason are stored.
    ///
    /// A script with `XPENDING`, `XRANGE`, `XADD` and `XACK`, which is idempotent.
    ///
    /// # Errors
    ///
    /// `Operation` with the code `NOGROUP` if there is no such group; `WrongType` if one of the keys holds no
    /// stream; `Slot` if the two streams are not on one slot of a cluster; otherwise as
    /// [`acknowledge`](Self::acknowledge).
    #[doc(alias = "XACK")]
    #[doc(alias = "dead letter")]
    pub async fn move_to(&self, other: impl AsKey, id: StreamId, reason: &str) -> Result<bool> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::move_to(on, name, &other, id, reason)).await
    }

    /// Returns how many items are pending, and how many of them each consumer has.
    ///
    /// Command: `XPENDING`.
    ///
    /// # Errors
    ///
    /// `Operation` with the code `NOGROUP` if there is no such group; otherwise as
    /// [`acknowledge`](Self::acknowledge).
    #[doc(alias = "XPENDING")]
    pub async fn pending(&self) -> Result<PendingSummary> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::pending(on, name)).await
    }

    /// Returns up to `count` of the pending items in a range of ids: who has each, since when, and how often it was
    /// delivered. With 0 it sends nothing.
    ///
    /// Command: `XPENDING`.
    ///
    /// # Errors
    ///
    /// As [`pending`](Self::pending).
    #[doc(alias = "XPENDING")]
    pub async fn pending_items(
        &self,
        range: impl RangeBounds<StreamId> + Send,
        count: u32,
    ) -> Result<Vec<PendingItem>> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::pending_items(on, name, &range, count)).await
    }

    /// Returns the pending items of one consumer, as [`pending_items`](Self::pending_items) does.
    ///
    /// Command: `XPENDING`.
    ///
    /// # Errors
    ///
    /// As [`pending`](Self::pending); `InvalidInput` if the consumer's name is empty or too long.
    #[doc(alias = "XPENDING")]
    pub async fn pending_items_of(
        &self,
        consumer: &str,
        range: impl RangeBounds<StreamId> + Send,
        count: u32,
    ) -> Result<Vec<PendingItem>> {
        let name = &self.name;
        self.stream
            .key
            .run(move |on| stream_groups::pending_items_of(on, name, consumer, &range, count))
            .await
    }

    /// Returns the consumers of the group.
    ///
    /// Command: `XINFO CONSUMERS`.
    ///
    /// # Errors
    ///
    /// As [`pending`](Self::pending).
    #[doc(alias = "XINFO")]
    pub async fn consumers(&self) -> Result<Vec<ConsumerInfo>> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::consumers(on, name)).await
    }

    /// Removes a consumer, and returns how many items it had not acknowledged: these are no longer pending, and are
    /// never delivered again. [Claim](Self::claim_idle) them first.
    ///
    /// Command: `XGROUP DELCONSUMER`.
    ///
    /// # Errors
    ///
    /// As [`pending_items_of`](Self::pending_items_of).
    #[doc(alias = "XGROUP")]
    pub async fn remove_consumer(&self, consumer: &str) -> Result<u64> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::remove_consumer(on, name, consumer)).await
    }
}

#[dual]
impl<T: DeserializeOwned> StreamGroup<T> {
    /// Returns up to `count` items that the group has not delivered yet, without waiting. They are pending for the
    /// consumer from then on. With 0 it sends nothing.
    ///
    /// Never sent twice. If the reply is lost, the items are pending all the same:
    /// [`read_pending`](Self::read_pending) returns them.
    ///
    /// Command: `XREADGROUP`.
    ///
    /// # Errors
    ///
    /// As [`pending_items_of`](Self::pending_items_of). An item that does not decode is an error in its own place
    /// only, and is pending as well.
    #[doc(alias = "XREADGROUP")]
    pub async fn read(&self, consumer: &str, count: u32) -> Result<Vec<StreamEntry<T>>> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::read(on, name, consumer, count)).await
    }

    /// Returns up to `count` items after an id that the consumer has not acknowledged; from
    /// [`StreamId::MIN`] on, all of them. This counts as a delivery. With 0 it sends nothing.
    ///
    /// Command: `XREADGROUP`.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read). An item that was deleted is an error in its place, without fields.
    #[doc(alias = "XREADGROUP")]
    pub async fn read_pending(
        &self,
        consumer: &str,
        after: StreamId,
        count: u32,
    ) -> Result<Vec<StreamEntry<T>>> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::read_pending(on, name, consumer, after, count)).await
    }

    /// Takes over up to `count` pending items that were delivered to any consumer at least `idle` ago, from the id
    /// `from` on. This counts as a delivery. With a count of 0 it sends nothing.
    ///
    /// Never sent twice. If the reply is lost, the items are pending for this consumer:
    /// [`read_pending`](Self::read_pending) returns them.
    ///
    /// Command: `XAUTOCLAIM`.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[doc(alias = "XAUTOCLAIM")]
    #[doc(alias = "XCLAIM")]
    pub async fn claim_idle(
        &self,
        consumer: &str,
        idle: Duration,
        from: StreamId,
        count: u32,
    ) -> Result<Claimed<T>> {
        let name = &self.name;
        self.stream.key.run(move |on| stream_groups::claim_idle(on, name, consumer, idle, from, count)).await
    }
}

impl<T> Clone for StreamGroup<T> {
    fn clone(&self) -> Self {
        Self { stream: self.stream.clone(), name: self.name.clone() }
    }
}
