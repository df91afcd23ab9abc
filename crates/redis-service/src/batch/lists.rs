use std::borrow::Borrow;

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::lists, values::AsKey};

/// The list of a [`Batch`]: its methods are those of [`List`](crate::blocking::List).
#[derive(Debug)]
pub struct BatchList<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// The list at `key`.
    pub fn list<T>(&mut self, key: impl AsKey) -> BatchList<'_, T> {
        BatchList(BatchKey::new(self, &key))
    }
}

impl<T> BatchList<'_, T> {
    /// Puts a value before all others, and tells how many there are then. Command: `LPUSH`.
    pub fn push_front<V: Serialize + ?Sized>(&mut self, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_front(on, value))
    }

    /// Puts a value behind all others, and tells how many there are then. Command: `RPUSH`.
    pub fn push_back<V: Serialize + ?Sized>(&mut self, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_back(on, value))
    }

    /// Puts values before all others, one after the other. No values, no command, and `None`. Command: `LPUSH`.
    pub fn push_front_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_front_many(on, values))
    }

    /// Puts values behind all others, in their order. No values, no command, and `None`. Command: `RPUSH`.
    pub fn push_back_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::push_back_many(on, values))
    }

    /// How many values there are. Command: `LLEN`.
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(lists::len)
    }

    /// Whether there are no values. Command: `LLEN`.
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(lists::is_empty)
    }

    /// Keeps the values from `start` to `stop`, both included, and drops all others. Command: `LTRIM`.
    pub fn trim(&mut self, start: i64, stop: i64) -> BatchHandle<()> {
        self.0.queue(|on| lists::trim(on, start, stop))
    }

    /// Replaces the value at a place. Command: `LSET`.
    pub fn set<V: Serialize + ?Sized>(&mut self, index: i64, value: &V) -> BatchHandle<()>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::set(on, index, value))
    }

    /// Removes values that are stored as this one is, and tells how many. Command: `LREM`.
    pub fn remove<V: Serialize + ?Sized>(&mut self, count: i64, value: &V) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| lists::remove(on, count, value))
    }
}

impl<T: DeserializeOwned> BatchList<'_, T> {
    /// Takes the first value; `None` if there is none. Command: `LPOP`.
    pub fn pop_front(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(lists::pop_front)
    }

    /// Takes the last value; `None` if there is none. Command: `RPOP`.
    pub fn pop_back(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(lists::pop_back)
    }

    /// Takes up to `count` values from the front. 0 is no command. Command: `LPOP`.
    pub fn pop_front_many(&mut self, count: u32) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::pop_front_many(on, count))
    }

    /// Takes up to `count` values from the back. 0 is no command. Command: `RPOP`.
    pub fn pop_back_many(&mut self, count: u32) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::pop_back_many(on, count))
    }

    /// The values from `start` to `stop`, both included. Command: `LRANGE`.
    pub fn range(&mut self, start: i64, stop: i64) -> BatchHandle<Vec<T>> {
        self.0.queue(|on| lists::range(on, start, stop))
    }

    /// The value at a place; `None` if there is no such place. Command: `LINDEX`.
    pub fn get(&mut self, index: i64) -> BatchHandle<Option<T>> {
        self.0.queue(|on| lists::get(on, index))
    }
}
