use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, Handle};
use crate::{AsKey, key::OwnedKey, operations::sets};

/// The set of a [`Batch`]: its methods are those of [`Set`](crate::blocking::Set).
#[derive(Debug)]
pub struct BatchSet<'a, T> {
    batch: &'a mut Batch,
    key: OwnedKey,
    values: PhantomData<fn() -> T>,
}

impl Batch {
    /// The set at `key`.
    pub fn set_of<T>(&mut self, key: impl AsKey) -> BatchSet<'_, T> {
        BatchSet { batch: self, key: OwnedKey::of(&key), values: PhantomData }
    }
}

impl<T> BatchSet<'_, T> {
    /// Adds a member, and tells whether it is new. Command: `SADD`.
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<bool>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sets::add(self.batch.on(&self.key), member))
    }

    /// Adds members, and tells how many are new. No members, no command. Command: `SADD`.
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> Handle<u64>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sets::add_many(self.batch.on(&self.key), members))
    }

    /// Removes a member, and tells whether it was one. Command: `SREM`.
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<bool>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sets::remove(self.batch.on(&self.key), member))
    }

    /// Removes members, and tells how many there were. No members, no command. Command: `SREM`.
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> Handle<u64>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sets::remove_many(self.batch.on(&self.key), members))
    }

    /// Whether it is a member. Command: `SISMEMBER`.
    pub fn contains<V: Serialize + ?Sized>(&mut self, member: &V) -> Handle<bool>
    where
        T: Borrow<V>,
    {
        self.batch.queue(sets::contains(self.batch.on(&self.key), member))
    }

    /// How many members there are. Command: `SCARD`.
    pub fn len(&mut self) -> Handle<u64> {
        self.batch.queue(sets::len(self.batch.on(&self.key)))
    }

    /// Whether there are no members. Command: `SCARD`.
    pub fn is_empty(&mut self) -> Handle<bool> {
        self.batch.queue(sets::is_empty(self.batch.on(&self.key)))
    }
}

impl<T: DeserializeOwned> BatchSet<'_, T> {
    /// All members, in no order. Command: `SMEMBERS`.
    pub fn members(&mut self) -> Handle<Vec<T>> {
        self.batch.queue(sets::members(self.batch.on(&self.key)))
    }

    /// Some member, which stays; `None` if there is none. Command: `SRANDMEMBER`.
    pub fn random(&mut self) -> Handle<Option<T>> {
        self.batch.queue(sets::random(self.batch.on(&self.key)))
    }

    /// Takes some member; `None` if there is none. Command: `SPOP`.
    pub fn pop(&mut self) -> Handle<Option<T>> {
        self.batch.queue(sets::pop(self.batch.on(&self.key)))
    }
}
