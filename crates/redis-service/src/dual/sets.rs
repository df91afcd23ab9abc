use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service,
    runtime::{dual, example},
    typed_key::TypedKey,
};
use crate::{error::Result, operations::sets, values::AsKey};

/// A set of `T`s, as [`Service::set_of`] returns it.
///
/// Cheap to clone. Creating it sends nothing; if its key is invalid, its calls fail. The set expires as any
/// key does, by [`Service::expire`]; Redis removes a set without members. Members are written in any form
/// that a `T` can be borrowed in: a `Set<String>` takes `&str`.
///
/// Redis compares members by their bytes, as the codec wrote them. So a struct is the same member while its
/// fields are the same and in the same order, and a member that was written with another codec, or
/// compressed, is another member. A map whose order changes from one time to the next, such as a `HashMap`,
/// cannot be found again as a member.
///
/// A read fails as a whole if one of the members does not decode as `T`.
///
#[doc = example!("set.md")]
#[derive(Debug)]
pub struct Set<T> {
    key: TypedKey,
    members: PhantomData<fn() -> T>,
}

impl Service {
    /// Returns a handle to the set at `key`. ([`set`](Self::set) sets a value.)
    #[must_use]
    pub fn set_of<T>(&self, key: impl AsKey) -> Set<T> {
        Set { key: TypedKey::new(&self.client, &key), members: PhantomData }
    }
}

#[dual]
impl<T> Set<T> {
    /// Adds a member and returns whether it is new.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a set; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "SADD")]
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::add(on, member)).await
    }

    /// Adds members, all or none, and returns how many are new. Without members it sends nothing.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add). An invalid member is an error before anything is sent.
    #[doc(alias = "SADD")]
    pub async fn add_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::add_many(on, members)).await
    }

    /// Removes a member and returns whether it was one.
    ///
    /// Command: `SREM`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    #[doc(alias = "SREM")]
    pub async fn remove<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::remove(on, member)).await
    }

    /// Removes members and returns how many there were. Without members it sends nothing.
    ///
    /// Command: `SREM`.
    ///
    /// # Errors
    ///
    /// As [`add_many`](Self::add_many).
    #[doc(alias = "SREM")]
    pub async fn remove_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::remove_many(on, members)).await
    }

    /// Returns whether the set contains a member.
    ///
    /// Command: `SISMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    #[doc(alias = "SISMEMBER")]
    pub async fn contains<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::contains(on, member)).await
    }

    /// Returns the number of members; 0 if there is no such key.
    ///
    /// Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set.
    #[doc(alias = "SCARD")]
    pub async fn len(&self) -> Result<u64> {
        self.key.run(sets::len).await
    }

    /// Returns whether the set has no members, which means that there is no such key.
    ///
    /// Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set.
    #[doc(alias = "SCARD")]
    pub async fn is_empty(&self) -> Result<bool> {
        self.key.run(sets::is_empty).await
    }
}

#[dual]
impl<T: DeserializeOwned> Set<T> {
    /// Returns all members, in no order.
    ///
    /// Command: `SMEMBERS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a set; `Deserialization` if one of the members does not decode as
    /// `T`.
    #[doc(alias = "SMEMBERS")]
    pub async fn members(&self) -> Result<Vec<T>> {
        self.key.run(sets::members).await
    }

    /// Returns a random member, which stays in the set; `None` if the set is empty.
    ///
    /// Command: `SRANDMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`members`](Self::members).
    #[doc(alias = "SRANDMEMBER")]
    pub async fn random(&self) -> Result<Option<T>> {
        self.key.run(sets::random).await
    }

    /// Removes and returns a random member; `None` if the set is empty.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. In the async API, dropping the future
    /// may lose the member.
    ///
    /// Command: `SPOP`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a set; `Deserialization`, with outcome `Applied`, if the member
    /// does not decode as `T`: it is removed all the same.
    #[doc(alias = "SPOP")]
    pub async fn pop(&self) -> Result<Option<T>> {
        self.key.run(sets::pop).await
    }
}

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), members: PhantomData }
    }
}
