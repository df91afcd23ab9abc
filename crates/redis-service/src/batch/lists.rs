use std::borrow::Borrow;

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::lists, values::AsKey};

/// A list in a [`Batch`], with the methods of [`List`](crate::blocking::List): each queues a command.
#[derive(Debug)]
pub struct BatchList<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// Returns the list at `key`, to queue commands on it.
    pub fn list<T>(&mut self, key: impl AsKey) -> BatchList<'_, T> {
        BatchList(BatchKey::new(self, &key))
    }
}

impl<T> BatchList<'_, T> {
    /// Prepends a value; the result is the new length. Command: `LPUSH`.
    #[doc(alias = "LPUSH")]
    pub fn push_front<V: Serialize + ?Sized>(&mut self, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_front(on, value))
    }

    /// Appends a value; the result is the new length. Command: `RPUSH`.
    #[doc(alias = "RPUSH")]
    pub fn push_back<V: Serialize + ?Sized>(&mut self, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_back(on, value))
    }

    /// Prepends values one after the other; the result is the new length. Without values it sends nothing,
    /// and the result is `None`. Command: `LPUSH`.
    #[doc(alias = "LPUSH")]
    pub fn push_front_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_front_many(on, values))
    }

    /// Appends values in their order; the result is the new length. Without values it sends nothing, and the
    /// result is `None`. Command: `RPUSH`.
    #[doc(alias = "RPUSH")]
    pub fn push_back_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_back_many(on, values))
    }

    /// Reads the number of values. Command: `LLEN`.
    #[doc(alias = "LLEN")]
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(lists::len)
    }

    /// Checks whether the list has no values. Command: `LLEN`.
    #[doc(alias = "LLEN")]
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(lists::is_empty)
    }

    /// Keeps the values from `start` to `stop`, both included, and removes all others. Command: `LTRIM`.
    #[doc(alias = "LTRIM")]
    pub fn trim(&mut self, start: i64, stop: i64) -> BatchHandle<()> {
        self.0.queue(|on| lists::trim(on, start, stop))
    }

    /// Replaces the value at an index. Command: `LSET`.
    #[doc(alias = "LSET")]
    pub fn set<V: Serialize + ?Sized>(&mut self, index: i64, value: &V) -> BatchHandle<()>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::set(on, index, value))
    }

    /// Removes values that are stored as the same bytes as this one; the result is how many. Command: `LREM`.
    #[doc(alias = "LREM")]
    pub fn remove<V: Serialize + ?Sized>(&mut self, count: i64, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::remove(on, count, value))
    }
}

impl<T: DeserializeOwned> BatchList<'_, T> {
    /// Removes the first value; the result is the value, or `None` if there is none. Command: `LPOP`.
    #[doc(alias = "LPOP")]
    pub fn pop_front(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(lists::pop_front)
    }

    /// Removes the last value; the result is the value, or `None` if there is none. Command: `RPOP`.
    #[doc(alias = "RPOP")]
    pub fn pop_back(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(lists::pop_back)
    }

    /// Removes up to `count` values from the front; the result is the values. With 0 it sends nothing.
    /// Command: `LPOP`.
    #[doc(alias = "LPOP")]
    pub fn pop_front_many(&mut self, count: u32) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::pop_front_many(on, count))
    }

    /// Removes up to `count` values from the back; the result is the values. With 0 it sends nothing.
    /// Command: `RPOP`.
    #[doc(alias = "RPOP")]
    pub fn pop_back_many(&mut self, count: u32) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::pop_back_many(on, count))
    }

    /// Reads the values from `start` to `stop`, both included. Command: `LRANGE`.
    #[doc(alias = "LRANGE")]
    pub fn range(&mut self, start: i64, stop: i64) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::range(on, start, stop))
    }

    /// Reads the value at an index; `None` if there is no such index. Command: `LINDEX`.
    #[doc(alias = "LINDEX")]
    pub fn get(&mut self, index: i64) -> BatchHandle<Option<T>> {
        self.0.queue(|on| lists::get(on, index))
    }
}
