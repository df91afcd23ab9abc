use std::{borrow::Borrow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service,
    dedicated::Dedicated,
    runtime::{dual, example},
    typed_key::TypedKey,
};
use crate::{
    error::Result,
    operations::{KeyScope, lists},
    values::{AsKey, BlockTime, ListEnd, OwnedKey},
};

/// A list of `T`s, as [`Service::list`] returns it.
///
/// Cheap to clone. Creating it sends nothing; if its key is invalid, its calls fail. The list expires as any
/// key does, by [`Service::expire`]; Redis removes a list without values. Values are written in any form that
/// a `T` can be borrowed in: a `List<String>` takes `&str`.
///
/// Indexes count from 0 at the front, or from -1 at the back: -2 is the last but one.
///
/// A read fails as a whole if one of the values does not decode as `T`. Pushes and pops are never sent twice:
/// if the reply is lost, the outcome is `Unknown`. In the async API, dropping the future of a pop may lose the
/// values.
///
#[doc = example!("list.md")]
#[derive(Debug)]
pub struct List<T> {
    key: TypedKey,
    values: PhantomData<fn() -> T>,
}

impl Service {
    /// Returns a handle to the list at `key`.
    #[must_use]
    pub fn list<T>(&self, key: impl AsKey) -> List<T> {
        List { key: TypedKey::new(&self.client, &key), values: PhantomData }
    }
}

#[dual]
impl<T> List<T> {
    /// Prepends a value and returns the new length.
    ///
    /// Command: `LPUSH`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a list; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "LPUSH")]
    pub async fn push_front<V: Serialize + Sync + ?Sized>(&self, value: &V) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::push_front(on, value)).await
    }

    /// Appends a value and returns the new length.
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

    /// Prepends values one after the other, so that the last of them becomes the first of the list; all or
    /// none. Returns the new length. Without values it sends nothing and returns `None`.
    ///
    /// Command: `LPUSH`.
    ///
    /// # Errors
    ///
    /// As [`push_front`](Self::push_front). An invalid value is an error before anything is sent.
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

    /// Appends values in their order, all or none, and returns the new length. Without values it sends
    /// nothing and returns `None`.
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

    /// Returns the number of values; 0 if there is no such key.
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

    /// Returns whether the list has no values, which means that there is no such key.
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

    /// Keeps the values from `start` to `stop`, both included, and removes all others: `trim(0, 99)` keeps
    /// the first 100, `trim(-100, -1)` the last 100. A range without values removes all.
    ///
    /// Retried after a lost reply only if it keeps a number of the first or the last values.
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

    /// Replaces the value at an index.
    ///
    /// Command: `LSET`.
    ///
    /// # Errors
    ///
    /// `Operation` if there is no such key or index; otherwise as [`push_front`](Self::push_front).
    #[doc(alias = "LSET")]
    pub async fn set<V: Serialize + Sync + ?Sized>(&self, index: i64, value: &V) -> Result<()>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| lists::set(on, index, value)).await
    }

    /// Removes values that are stored as the same bytes as this one, and returns how many: the first `count`
    /// of them, the last `-count` if it is negative, all if it is 0.
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
    /// Removes and returns the first value; `None` if there is none.
    ///
    /// Command: `LPOP`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a list; `Deserialization`, with outcome `Applied`, if the value
    /// does not decode as `T`: it is removed all the same.
    #[doc(alias = "LPOP")]
    pub async fn pop_front(&self) -> Result<Option<T>> {
        self.key.run(lists::pop_front).await
    }

    /// Removes and returns the last value; `None` if there is none.
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

    /// Removes and returns up to `count` values from the front, in the list's order. With 0 it sends nothing.
    ///
    /// Command: `LPOP`.
    ///
    /// # Errors
    ///
    /// As [`pop_front`](Self::pop_front): if one of the values does not decode as `T`, all of them are
    /// removed all the same.
    #[doc(alias = "LPOP")]
    pub async fn pop_front_many(&self, count: u32) -> Result<Vec<T>> {
        self.key.run(move |on| lists::pop_front_many(on, count)).await
    }

    /// Removes and returns up to `count` values from the back, the last of the list first. With 0 it sends
    /// nothing.
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

    /// Waits until the list has a value, then removes and returns the first one; `None` if the time has run out.
    ///
    /// It runs on a [connection of the caller's own](Service::dedicated), whose handle may have any key. The time is
    /// [as stated](BlockTime), beyond the deadline of the handles; a server that is silent for longer than the response
    /// timeout after it fails the call. A long wait is several commands, of 30 s at most.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`, and the value may be gone. In the async API,
    /// dropping the future closes the connection, and may lose a value. [`move_wait`](Self::move_wait) keeps it, and a
    /// [stream](Service::stream) keeps track of it as well.
    ///
    /// Command: `BLPOP`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the time is zero; otherwise as [`pop_front`](Self::pop_front), and any failure of the
    /// connection. Closing the service does not end the wait: the connection belongs to the caller.
    #[doc(alias = "BLPOP")]
    pub async fn pop_front_wait(
        &self,
        connection: &mut Dedicated,
        wait: impl Into<BlockTime> + Send,
    ) -> Result<Option<T>>
    where
        T: Send,
    {
        self.key.wait(connection, wait.into(), |on, block| lists::pop_wait(on, ListEnd::Front, block)).await
    }

    /// Waits until the list has a value, then removes and returns the last one; see
    /// [`pop_front_wait`](Self::pop_front_wait).
    ///
    /// Command: `BRPOP`.
    ///
    /// # Errors
    ///
    /// As [`pop_front_wait`](Self::pop_front_wait).
    #[doc(alias = "BRPOP")]
    pub async fn pop_back_wait(
        &self,
        connection: &mut Dedicated,
        wait: impl Into<BlockTime> + Send,
    ) -> Result<Option<T>>
    where
        T: Send,
    {
        self.key.wait(connection, wait.into(), |on, block| lists::pop_wait(on, ListEnd::Back, block)).await
    }

    /// Waits until the list has a value, then moves the one at the end `from` to the end of another list, and returns
    /// it; `None` if the time has run out. The value is always in one of both lists, also if the reply is lost or the
    /// value does not decode. See [`pop_front_wait`](Self::pop_front_wait).
    ///
    /// Command: `BLMOVE`.
    ///
    /// # Errors
    ///
    /// As [`pop_front_wait`](Self::pop_front_wait); `InvalidInput` if the other key is invalid.
    #[doc(alias = "BLMOVE")]
    #[doc(alias = "BRPOPLPUSH")]
    pub async fn move_wait(
        &self,
        connection: &mut Dedicated,
        from: ListEnd,
        to: (impl AsKey, ListEnd),
        wait: impl Into<BlockTime> + Send,
    ) -> Result<Option<T>>
    where
        T: Send,
    {
        let (destination, end) = (OwnedKey::of(&to.0), to.1);
        let make = |on: KeyScope<'_>, block| lists::move_wait(on, from, (&destination, end), block);
        self.key.wait(connection, wait.into(), make).await
    }

    /// Returns the values from `start` to `stop`, both included; `range(0, -1)` is all of them. Indexes that
    /// do not exist are left out.
    ///
    /// Command: `LRANGE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a list; `Deserialization` if one of the values does not decode as
    /// `T`.
    #[doc(alias = "LRANGE")]
    pub async fn range(&self, start: i64, stop: i64) -> Result<Vec<T>> {
        self.key.run(move |on| lists::range(on, start, stop)).await
    }

    /// Returns the value at an index; `None` if there is no such index.
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
