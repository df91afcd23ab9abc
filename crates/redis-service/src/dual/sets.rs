use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute, Service,
    facet::Facet,
    runtime::{Link, dual},
};
use crate::{AsKey, Result};

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
pub struct Set<T, L = Link> {
    facet: Facet<L>,
    members: PhantomData<fn() -> T>,
}

impl<L> Service<L> {
    /// The set at `key`. ([`set`](Self::set) sets a value.)
    #[must_use]
    pub fn set_of<T>(&self, key: impl AsKey) -> Set<T, L> {
        Set { facet: Facet::new(self, &key), members: PhantomData }
    }
}

#[dual]
impl<T, L: Execute> Set<T, L> {
    /// Adds a member, and tells whether it is new.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("set.add");
        let command = self.facet.with_value(call, "SADD", member)?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Adds members, all or none, and tells how many are new. No members, no command.
    ///
    /// Command: `SADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), before anything is sent if any member makes no sense.
    pub async fn add_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("set.add_many");
        let command = self.facet.with_values(call, "SADD", members)?;
        self.facet.count(call, command).await
    }

    /// Removes a member, and tells whether it was one.
    ///
    /// Command: `SREM`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub async fn remove<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("set.remove");
        let command = self.facet.with_value(call, "SREM", member)?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Removes members, and tells how many there were. No members, no command.
    ///
    /// Command: `SREM`.
    ///
    /// # Errors
    ///
    /// As [`add_many`](Self::add_many).
    pub async fn remove_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("set.remove_many");
        let command = self.facet.with_values(call, "SREM", members)?;
        self.facet.count(call, command).await
    }

    /// Whether it is a member.
    ///
    /// Command: `SISMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub async fn contains<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("set.contains");
        let command = self.facet.with_value(call, "SISMEMBER", member)?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// How many members there are; 0 if there is no such key.
    ///
    /// Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set.
    pub async fn len(&self) -> Result<u64> {
        let call = self.facet.call("set.len");
        let command = self.facet.command(call, "SCARD")?;
        self.facet.count(call, Some(command)).await
    }

    /// Whether there are no members, and so no such key.
    ///
    /// Command: `SCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set.
    pub async fn is_empty(&self) -> Result<bool> {
        let call = self.facet.call("set.is_empty");
        let command = self.facet.command(call, "SCARD")?;
        self.facet.count(call, Some(command)).await.map(|members| members == 0)
    }
}

#[dual]
impl<T: DeserializeOwned, L: Execute> Set<T, L> {
    /// All members, in no order.
    ///
    /// Command: `SMEMBERS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no set; `Deserialization` if one of the members is no `T`.
    pub async fn members(&self) -> Result<Vec<T>> {
        let call = self.facet.call("set.members");
        let reply = self.facet.ask(call, &self.facet.command(call, "SMEMBERS")?).await?;
        self.facet.decode_all(call, reply)
    }

    /// Some member, which stays; `None` if there is none.
    ///
    /// Command: `SRANDMEMBER`.
    ///
    /// # Errors
    ///
    /// As [`members`](Self::members).
    pub async fn random(&self) -> Result<Option<T>> {
        let call = self.facet.call("set.random");
        let reply = self.facet.ask(call, &self.facet.command(call, "SRANDMEMBER")?).await?;
        self.facet.decode_found(call, reply)
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
    pub async fn pop(&self) -> Result<Option<T>> {
        let call = self.facet.call("set.pop");
        let reply = self.facet.ask(call, &self.facet.command(call, "SPOP")?).await?;
        self.facet.decode_found(call, reply)
    }
}

impl<T, L> Clone for Set<T, L> {
    fn clone(&self) -> Self {
        Self { facet: self.facet.clone(), members: PhantomData }
    }
}
