use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual, typed_key::TypedKey};
use crate::{error::Result, operations::sets, values::AsKey};

/// A set of `T`s: [`Service::set_of`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. It expires as
/// any key does, by [`Service::expire`]; a set without members is gone. Members are written in any form that a
/// `T` can be borrowed in: a `Set<String>` takes `&str`.
///
/// Redis compares members by their bytes, as the codec wrote them. So a struct is the same member while its fields
/// are the same and in the same order, and what was written with another codec, or compressed, is another member.
/// A map whose order changes from one time to the next, as that of a `HashMap`, makes no member to be found again.
///
/// What reads fails as a whole if one of the members is no `T`.
#[derive(Debug)]
pub struct Set<T> {
    key: TypedKey,
    members: PhantomData<fn() -> T>,
}

impl Service {
    /// The set at `key`. ([`set`](Self::set) sets a value.)
    #[must_use]
    pub fn set_of<T>(&self, key: impl AsKey) -> Set<T> {
        Set { key: TypedKey::new(&self.client, &key), members: PhantomData }
    }
}

#[dual]
impl<T> Set<T> {
    /// Adds a member, and tells whether it is new.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "SADD")]
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| sets::add(on, member)).await
    }

    /// Adds members, all or none, and tells how many are new. No members, no command.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), before anything is sent if any member makes no sense.
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

    /// Removes a member, and tells whether it was one.
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

    /// Removes members, and tells how many there were. No members, no command.
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

    /// Whether it is a member.
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

    /// How many members there are; 0 if there is no such key.
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

    /// Whether there are no members, and so no such key.
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
    /// All members, in no order.
    ///
    /// Command: `SMEMBERS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set; `Deserialization` if one of the members is no `T`.
    #[doc(alias = "SMEMBERS")]
    pub async fn members(&self) -> Result<Vec<T>> {
        self.key.run(sets::members).await
    }

    /// Some member, which stays; `None` if there is none.
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

    /// Takes some member; `None` if there is none.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `SPOP`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set; `Deserialization`, with outcome `Applied`, if the member is no `T`: it
    /// is gone all the same.
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
