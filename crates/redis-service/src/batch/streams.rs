use std::{borrow::Borrow, ops::RangeBounds, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{
    operations::{stream_groups, streams},
    streams::{
        AddOptions, Claimed, ConsumerInfo, Fields, GroupInfo, NewGroup, PendingItem, PendingSummary,
        StreamEntry, StreamId, StreamInfo, Trim,
    },
    values::AsKey,
};

/// A stream in a [`Batch`], with the methods of [`Stream`](crate::blocking::Stream): each queues a command.
#[derive(Debug)]
pub struct BatchStream<'a, T>(BatchKey<'a, T>);

/// A group of a stream in a [`Batch`], with the methods of [`StreamGroup`](crate::blocking::StreamGroup): each
/// queues a command.
#[derive(Debug)]
pub struct BatchStreamGroup<'a, T> {
    stream: BatchKey<'a, T>,
    name: String,
}

impl Batch {
    /// Returns the stream at `key`, to queue commands on it.
    pub fn stream<T>(&mut self, key: impl AsKey) -> BatchStream<'_, T> {
        BatchStream(BatchKey::new(self, &key))
    }
}

impl<'a, T> BatchStream<'a, T> {
    /// Returns a group of the stream, to queue commands on it.
    pub fn group(self, name: impl Into<String>) -> BatchStreamGroup<'a, T> {
        BatchStreamGroup { stream: self.0, name: name.into() }
    }
}

impl<T> BatchStream<'_, T> {
    /// Adds an item; the result is its id. Command: `XADD`.
    #[doc(alias = "XADD")]
    pub fn add<V: Serialize + ?Sized>(&mut self, value: &V) -> BatchHandle<StreamId>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| streams::add(on, value))
    }

    /// Adds an item with options; the result is its id. Commands: `XADD`, or a script for an operation.
    #[doc(alias = "XADD")]
    pub fn add_with<V: Serialize + ?Sized>(
        &mut self,
        value: &V,
        options: &AddOptions,
    ) -> BatchHandle<StreamId>
    where
        T: Borrow<V>,
    {
        let now = self.0.started();
        self.0.queue(|on| streams::add_with(on, value, options, now))
    }

    /// Adds an item of these fields, as they are; the result is its id. Command: `XADD`.
    #[doc(alias = "XADD")]
    pub fn add_raw<N: AsRef<[u8]>, B: AsRef<[u8]>>(
        &mut self,
        fields: impl IntoIterator<Item = (N, B)>,
    ) -> BatchHandle<StreamId> {
        self.0.queue(|on| streams::add_raw(on, fields))
    }

    /// Reads the number of items. Command: `XLEN`.
    #[doc(alias = "XLEN")]
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(streams::len)
    }

    /// Checks whether the stream has no items. Command: `XLEN`.
    #[doc(alias = "XLEN")]
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(streams::is_empty)
    }

    /// Reads the fields of items as they are, the oldest first. Command: `XRANGE`.
    #[doc(alias = "XRANGE")]
    pub fn range_raw(
        &mut self,
        range: impl RangeBounds<StreamId>,
        limit: impl Into<Option<u32>>,
    ) -> BatchHandle<Vec<(StreamId, Fields)>> {
        self.0.queue(|on| streams::range_raw(on, &range, limit.into()))
    }

    /// Deletes items; the result is how many there were. Command: `XDEL`.
    #[doc(alias = "XDEL")]
    pub fn delete(&mut self, ids: &[StreamId]) -> BatchHandle<u64> {
        self.0.queue(|on| streams::delete(on, ids))
    }

    /// Removes the oldest items; the result is how many. Command: `XTRIM`.
    #[doc(alias = "XTRIM")]
    pub fn trim(&mut self, trim: Trim) -> BatchHandle<u64> {
        self.0.queue(|on| streams::trim(on, trim))
    }

    /// Reads what the stream holds and has held. Command: `XINFO STREAM`.
    #[doc(alias = "XINFO")]
    pub fn info(&mut self) -> BatchHandle<StreamInfo> {
        self.0.queue(streams::info)
    }

    /// Reads the groups of the stream. Command: `XINFO GROUPS`.
    #[doc(alias = "XINFO")]
    pub fn groups(&mut self) -> BatchHandle<Vec<GroupInfo>> {
        self.0.queue(streams::groups)
    }
}

impl<T: DeserializeOwned> BatchStream<'_, T> {
    /// Reads items, the oldest first. Command: `XRANGE`.
    #[doc(alias = "XRANGE")]
    pub fn range(
        &mut self,
        range: impl RangeBounds<StreamId>,
        limit: impl Into<Option<u32>>,
    ) -> BatchHandle<Vec<StreamEntry<T>>> {
        self.0.queue(|on| streams::range(on, &range, limit.into()))
    }

    /// Reads items, the newest first. Command: `XREVRANGE`.
    #[doc(alias = "XREVRANGE")]
    pub fn rev_range(
        &mut self,
        range: impl RangeBounds<StreamId>,
        limit: impl Into<Option<u32>>,
    ) -> BatchHandle<Vec<StreamEntry<T>>> {
        self.0.queue(|on| streams::rev_range(on, &range, limit.into()))
    }

    /// Reads up to `count` items after an id. Command: `XREAD`.
    #[doc(alias = "XREAD")]
    pub fn read_after(&mut self, after: StreamId, count: u32) -> BatchHandle<Vec<StreamEntry<T>>> {
        self.0.queue(|on| streams::read_after(on, after, count))
    }
}

impl<T> BatchStreamGroup<'_, T> {
    /// Creates the group. Command: `XGROUP CREATE`.
    #[doc(alias = "XGROUP")]
    pub fn create(&mut self, new: NewGroup) -> BatchHandle<()> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::create(on, name, new))
    }

    /// Removes the group; the result is whether there was one. Command: `XGROUP DESTROY`.
    #[doc(alias = "XGROUP")]
    pub fn destroy(&mut self) -> BatchHandle<bool> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::destroy(on, name))
    }

    /// Acknowledges items; the result is how many were pending. Command: `XACK`.
    #[doc(alias = "XACK")]
    pub fn acknowledge(&mut self, ids: &[StreamId]) -> BatchHandle<u64> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::acknowledge(on, name, ids))
    }

    /// Moves a pending item to another stream, with a reason; the result is whether it was moved. A script.
    #[doc(alias = "XACK")]
    #[doc(alias = "dead letter")]
    pub fn move_to(&mut self, other: impl AsKey, id: StreamId, reason: &str) -> BatchHandle<bool> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::move_to(on, name, &other, id, reason))
    }

    /// Reads how many items are pending, and for whom. Command: `XPENDING`.
    #[doc(alias = "XPENDING")]
    pub fn pending(&mut self) -> BatchHandle<PendingSummary> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::pending(on, name))
    }

    /// Reads the pending items in a range, `count` at most. Command: `XPENDING`.
    #[doc(alias = "XPENDING")]
    pub fn pending_items(
        &mut self,
        range: impl RangeBounds<StreamId>,
        count: u32,
    ) -> BatchHandle<Vec<PendingItem>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::pending_items(on, name, &range, count))
    }

    /// Reads the pending items of one consumer in a range, `count` at most. Command: `XPENDING`.
    #[doc(alias = "XPENDING")]
    pub fn pending_items_of(
        &mut self,
        consumer: &str,
        range: impl RangeBounds<StreamId>,
        count: u32,
    ) -> BatchHandle<Vec<PendingItem>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::pending_items_of(on, name, consumer, &range, count))
    }

    /// Reads the consumers of the group. Command: `XINFO CONSUMERS`.
    #[doc(alias = "XINFO")]
    pub fn consumers(&mut self) -> BatchHandle<Vec<ConsumerInfo>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::consumers(on, name))
    }

    /// Removes a consumer; the result is how many items it had not acknowledged. Command: `XGROUP DELCONSUMER`.
    #[doc(alias = "XGROUP")]
    pub fn remove_consumer(&mut self, consumer: &str) -> BatchHandle<u64> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::remove_consumer(on, name, consumer))
    }
}

impl<T: DeserializeOwned> BatchStreamGroup<'_, T> {
    /// Reads up to `count` new items for a consumer. Command: `XREADGROUP`.
    #[doc(alias = "XREADGROUP")]
    pub fn read(&mut self, consumer: &str, count: u32) -> BatchHandle<Vec<StreamEntry<T>>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::read(on, name, consumer, count))
    }

    /// Reads up to `count` items after an id that the consumer has not acknowledged. Command: `XREADGROUP`.
    #[doc(alias = "XREADGROUP")]
    pub fn read_pending(
        &mut self,
        consumer: &str,
        after: StreamId,
        count: u32,
    ) -> BatchHandle<Vec<StreamEntry<T>>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::read_pending(on, name, consumer, after, count))
    }

    /// Takes over up to `count` items that have been idle for a time. Command: `XAUTOCLAIM`.
    #[doc(alias = "XAUTOCLAIM")]
    pub fn claim_idle(
        &mut self,
        consumer: &str,
        idle: Duration,
        from: StreamId,
        count: u32,
    ) -> BatchHandle<Claimed<T>> {
        let Self { stream, name } = self;
        stream.queue(|on| stream_groups::claim_idle(on, name, consumer, idle, from, count))
    }
}
