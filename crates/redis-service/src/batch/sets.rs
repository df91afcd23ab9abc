use std::borrow::Borrow;

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::sets, values::AsKey};

/// The set of a [`Batch`]: its methods are those of [`Set`](crate::blocking::Set).
#[derive(Debug)]
pub struct BatchSet<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// The set at `key`.
    pub fn set_of<T>(&mut self, key: impl AsKey) -> BatchSet<'_, T> {
        BatchSet(BatchKey::new(self, &key))
    }
}

impl<T> BatchSet<'_, T> {
    /// Adds a member, and tells whether it is new. Command: `SADD`.
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::add(on, member))
    }

    /// Adds members, and tells how many are new. No members, no command. Command: `SADD`.
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::add_many(on, members))
    }

    /// Removes a member, and tells whether it was one. Command: `SREM`.
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::remove(on, member))
    }

    /// Removes members, and tells how many there were. No members, no command. Command: `SREM`.
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::remove_many(on, members))
    }

    /// Whether it is a member. Command: `SISMEMBER`.
    pub fn contains<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::contains(on, member))
    }

    /// How many members there are. Command: `SCARD`.
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(sets::len)
    }

    /// Whether there are no members. Command: `SCARD`.
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(sets::is_empty)
    }
}

impl<T: DeserializeOwned> BatchSet<'_, T> {
    /// All members, in no order. Command: `SMEMBERS`.
    pub fn members(&mut self) -> BatchHandle<Vec<T>> {
        self.0.queue(sets::members)
    }

    /// Some member, which stays; `None` if there is none. Command: `SRANDMEMBER`.
    pub fn random(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(sets::random)
    }

    /// Takes some member; `None` if there is none. Command: `SPOP`.
    pub fn pop(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(sets::pop)
    }
}
