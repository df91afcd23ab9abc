use std::borrow::Borrow;

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{operations::sets, values::AsKey};

/// A set in a [`Batch`], with the methods of [`Set`](crate::blocking::Set): each queues a command.
#[derive(Debug)]
pub struct BatchSet<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// Returns the set at `key`, to queue commands on it.
    pub fn set_of<T>(&mut self, key: impl AsKey) -> BatchSet<'_, T> {
        BatchSet(BatchKey::new(self, &key))
    }
}

impl<T> BatchSet<'_, T> {
    /// Adds a member; the result is whether it is new. Command: `SADD`.
    #[doc(alias = "SADD")]
    pub fn add<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::add(on, member))
    }

    /// Adds members; the result is how many are new. Without members it sends nothing. Command: `SADD`.
    #[doc(alias = "SADD")]
    pub fn add_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::add_many(on, members))
    }

    /// Removes a member; the result is whether it was one. Command: `SREM`.
    #[doc(alias = "SREM")]
    pub fn remove<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::remove(on, member))
    }

    /// Removes members; the result is how many there were. Without members it sends nothing. Command: `SREM`.
    #[doc(alias = "SREM")]
    pub fn remove_many<'v, V: Serialize + ?Sized + 'v>(
        &mut self,
        members: impl IntoIterator<Item = &'v V>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::remove_many(on, members))
    }

    /// Checks whether the set contains a member. Command: `SISMEMBER`.
    #[doc(alias = "SISMEMBER")]
    pub fn contains<V: Serialize + ?Sized>(&mut self, member: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| sets::contains(on, member))
    }

    /// Reads the number of members. Command: `SCARD`.
    #[doc(alias = "SCARD")]
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(sets::len)
    }

    /// Checks whether the set has no members. Command: `SCARD`.
    #[doc(alias = "SCARD")]
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(sets::is_empty)
    }
}

impl<T: DeserializeOwned> BatchSet<'_, T> {
    /// Reads all members, in no order. Command: `SMEMBERS`.
    #[doc(alias = "SMEMBERS")]
    pub fn members(&mut self) -> BatchHandle<Vec<T>> {
        self.0.queue(sets::members)
    }

    /// Reads a random member, which stays in the set; `None` if the set is empty. Command: `SRANDMEMBER`.
    #[doc(alias = "SRANDMEMBER")]
    pub fn random(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(sets::random)
    }

    /// Removes a random member; the result is the member, or `None` if the set is empty. Command: `SPOP`.
    #[doc(alias = "SPOP")]
    pub fn pop(&mut self) -> BatchHandle<Option<T>> {
        self.0.queue(sets::pop)
    }
}
