use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual, typed_key::TypedKey};
use crate::{error::Result, operations::lists, values::AsKey};

/// A list of `T`s: [`Service::list`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. It expires as
/// any key does, by [`Service::expire`]; a list without values is gone. Values are written in any form that a `T`
/// can be borrowed in: a `List<String>` takes `&str`.
///
/// Places are counted from 0 at the front, or from -1 at the back: -2 is the last but one.
///
/// What reads fails as a whole if one of the values is no `T`. What pushes and pops is never sent twice: if the
/// reply is lost, the outcome is `Unknown`.
#[derive(Debug)]
pub struct List<T> {
    key: TypedKey,
    values: PhantomData<fn() -> T>,
}

impl Service {
    /// The list at `key`.
    #[must_use]
    pub fn list<T>(&self, key: impl AsKey) -> List<T> {
        List { key: TypedKey::new(&self.client, &key), values: PhantomData }
    }
}

#[dual]
impl<T> List<T> {
    /// Puts a value before all others, and tells how many there are now.
    ///
    /// Command: `LPUSH`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "LPUSH")]
    pub async fn push_front<V: Serialize + Sync + ?Sized>(&self, value: &V) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::push_front(on, value)).await
    }

    /// Puts a value behind all others, and tells how many there are now.
    ///
    /// Command: `RPUSH`.
    ///
    /// # Errors
    ///
    /// As [`push_front`](Self::push_front).
    #[doc(alias = "RPUSH")]
    pub async fn push_back<V: Serialize + Sync + ?Sized>(&self, value: &V) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::push_back(on, value)).await
    }

    /// Puts values before all others, one after the other, so that the last of them is the first of the list;
    /// all or none. Tells how many there are now. No values, no command, and `None`.
    ///
    /// Command: `LPUSH`.
    ///
    /// # Errors
    ///
    /// As [`push_front`](Self::push_front), before anything is sent if any value makes no sense.
    #[doc(alias = "LPUSH")]
    pub async fn push_front_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        values: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::push_front_many(on, values)).await
    }

    /// Puts values behind all others, in their order, all or none, and tells how many there are now. No values,
    /// no command, and `None`.
    ///
    /// Command: `RPUSH`.
    ///
    /// # Errors
    ///
    /// As [`push_front_many`](Self::push_front_many).
    #[doc(alias = "RPUSH")]
    pub async fn push_back_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        values: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::push_back_many(on, values)).await
    }

    /// How many values there are; 0 if there is no such key.
    ///
    /// Command: `LLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list.
    #[doc(alias = "LLEN")]
    pub async fn len(&self) -> Result<u64> {
        self.key.run(lists::len).await
    }

    /// Whether there are no values, and so no such key.
    ///
    /// Command: `LLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list.
    #[doc(alias = "LLEN")]
    pub async fn is_empty(&self) -> Result<bool> {
        self.key.run(lists::is_empty).await
    }

    /// Keeps the values from `start` to `stop`, both included, and drops all others. A range without values
    /// drops all: `trim(0, 99)` keeps the first 100, `trim(-100, -1)` the last.
    ///
    /// Sent again after a lost reply only if it keeps the first so many, or the last.
    ///
    /// Command: `LTRIM`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list.
    #[doc(alias = "LTRIM")]
    pub async fn trim(&self, start: i64, stop: i64) -> Result<()> {
        self.key.run(move |on| lists::trim(on, start, stop)).await
    }

    /// Replaces the value at a place.
    ///
    /// Command: `LSET`.
    ///
    /// # Errors
    ///
    /// `Operation` if there is no such key or place; otherwise as [`push_front`](Self::push_front).
    #[doc(alias = "LSET")]
    pub async fn set<V: Serialize + Sync + ?Sized>(&self, index: i64, value: &V) -> Result<()>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::set(on, index, value)).await
    }

    /// Removes values that are stored as this one is, and tells how many: the first `count` of them, the last
    /// `-count` if it is negative, all if it is 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `LREM`.
    ///
    /// # Errors
    ///
    /// As [`push_front`](Self::push_front).
    #[doc(alias = "LREM")]
    pub async fn remove<V: Serialize + Sync + ?Sized>(&self, count: i64, value: &V) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::remove(on, count, value)).await
    }
}

#[dual]
impl<T: DeserializeOwned> List<T> {
    /// Takes the first value; `None` if there is none.
    ///
    /// Command: `LPOP`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list; `Deserialization`, with outcome `Applied`, if the value is no `T`: it
    /// is gone all the same.
    #[doc(alias = "LPOP")]
    pub async fn pop_front(&self) -> Result<Option<T>> {
        self.key.run(lists::pop_front).await
    }

    /// Takes the last value; `None` if there is none.
    ///
    /// Command: `RPOP`.
    ///
    /// # Errors
    ///
    /// As [`pop_front`](Self::pop_front).
    #[doc(alias = "RPOP")]
    pub async fn pop_back(&self) -> Result<Option<T>> {
        self.key.run(lists::pop_back).await
    }

    /// Takes up to `count` values from the front, the first of them first. 0 is no command.
    ///
    /// Command: `LPOP`.
    ///
    /// # Errors
    ///
    /// As [`pop_front`](Self::pop_front): if one of them is no `T`, all of them are gone.
    #[doc(alias = "LPOP")]
    pub async fn pop_front_many(&self, count: u32) -> Result<Vec<T>> {
        self.key.run(move |on| lists::pop_front_many(on, count)).await
    }

    /// Takes up to `count` values from the back, the last of them first. 0 is no command.
    ///
    /// Command: `RPOP`.
    ///
    /// # Errors
    ///
    /// As [`pop_front_many`](Self::pop_front_many).
    #[doc(alias = "RPOP")]
    pub async fn pop_back_many(&self, count: u32) -> Result<Vec<T>> {
        self.key.run(move |on| lists::pop_back_many(on, count)).await
    }

    /// The values from `start` to `stop`, both included; `range(0, -1)` is all of them. Places that do not exist
    /// are left out.
    ///
    /// Command: `LRANGE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no list; `Deserialization` if one of the values is no `T`.
    #[doc(alias = "LRANGE")]
    pub async fn range(&self, start: i64, stop: i64) -> Result<Vec<T>> {
        self.key.run(move |on| lists::range(on, start, stop)).await
    }

    /// The value at a place; `None` if there is no such place.
    ///
    /// Command: `LINDEX`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    #[doc(alias = "LINDEX")]
    pub async fn get(&self, index: i64) -> Result<Option<T>> {
        self.key.run(move |on| lists::get(on, index)).await
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), values: PhantomData }
    }
}
