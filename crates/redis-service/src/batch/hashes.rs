use std::{borrow::Borrow, collections::HashMap};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{
    error::Result,
    operations::hashes,
    values::{AsKey, Expiry, FailedValue, Ttl},
};

/// A hash in a [`Batch`], with the methods of [`Hash`](crate::blocking::Hash): each queues a command.
///
#[cfg_attr(feature = "blocking", doc = "In the blocking API:\n")]
#[cfg_attr(feature = "blocking", doc = include_str!("../blocking/examples/batch_hash.md"))]
#[cfg_attr(feature = "async", doc = "\nIn the async API:\n")]
#[cfg_attr(feature = "async", doc = include_str!("../asynchronous/examples/batch_hash.md"))]
#[derive(Debug)]
pub struct BatchHash<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// Returns the hash at `key`, to queue commands on it.
    pub fn hash<T>(&mut self, key: impl AsKey) -> BatchHash<'_, T> {
        BatchHash(BatchKey::new(self, &key))
    }
}

impl<T> BatchHash<'_, T> {
    /// Sets a field; the result is whether it is new. Command: `HSET`.
    #[doc(alias = "HSET")]
    pub fn set<V: Serialize + ?Sized>(&mut self, field: impl AsRef<str>, value: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| hashes::set(on, field.as_ref(), value))
    }

    /// Sets a field if it does not exist; the result is whether it was set. Command: `HSETNX`.
    #[doc(alias = "HSETNX")]
    pub fn set_if_absent<V: Serialize + ?Sized>(
        &mut self,
        field: impl AsRef<str>,
        value: &V,
    ) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| hashes::set_if_absent(on, field.as_ref(), value))
    }

    /// Sets many fields; the result is how many are new. Without entries it sends nothing. Command: `HSET`.
    #[doc(alias = "HSET")]
    pub fn set_many<'v, F: AsRef<str>, V: Serialize + ?Sized + 'v>(
        &mut self,
        entries: impl IntoIterator<Item = (F, &'v V)>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| hashes::set_many(on, entries))
    }

    /// Deletes a field; the result is whether it existed. Command: `HDEL`.
    #[doc(alias = "HDEL")]
    pub fn delete(&mut self, field: impl AsRef<str>) -> BatchHandle<bool> {
        self.0.queue(|on| hashes::delete(on, field.as_ref()))
    }

    /// Deletes many fields; the result is how many existed. Without fields it sends nothing. Command: `HDEL`.
    #[doc(alias = "HDEL")]
    pub fn delete_many(&mut self, fields: &[impl AsRef<str>]) -> BatchHandle<u64> {
        self.0.queue(|on| hashes::delete_many(on, fields))
    }

    /// Checks whether the field exists. Command: `HEXISTS`.
    #[doc(alias = "HEXISTS")]
    pub fn exists(&mut self, field: impl AsRef<str>) -> BatchHandle<bool> {
        self.0.queue(|on| hashes::exists(on, field.as_ref()))
    }

    /// Adds `by` to a counter in a field; the result is the new value. Command: `HINCRBY`.
    #[doc(alias = "HINCRBY")]
    pub fn increment(&mut self, field: impl AsRef<str>, by: i64) -> BatchHandle<i64> {
        self.0.queue(|on| hashes::increment(on, field.as_ref(), by))
    }

    /// Reads the number of fields. Command: `HLEN`.
    #[doc(alias = "HLEN")]
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(hashes::len)
    }

    /// Checks whether the hash has no fields. Command: `HLEN`.
    #[doc(alias = "HLEN")]
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(hashes::is_empty)
    }

    /// Reads the names of all fields, in no order. Command: `HKEYS`.
    #[doc(alias = "HKEYS")]
    pub fn keys(&mut self) -> BatchHandle<Vec<String>> {
        self.0.queue(hashes::keys)
    }

    /// Sets when these fields expire; the result says for each field whether it exists. Command: `HPEXPIRE`
    /// or `HPEXPIREAT`.
    #[doc(alias = "HPEXPIRE")]
    #[doc(alias = "HPEXPIREAT")]
    pub fn expire_fields(
        &mut self,
        fields: &[impl AsRef<str>],
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<Vec<bool>> {
        let now = self.0.started();
        self.0.queue(|on| hashes::expire_fields(on, fields, expiry.into(), now))
    }

    /// Reads the time that each of these fields has left, in the same order. Command: `HPTTL`.
    #[doc(alias = "HPTTL")]
    pub fn field_ttls(&mut self, fields: &[impl AsRef<str>]) -> BatchHandle<Vec<Ttl>> {
        self.0.queue(|on| hashes::field_ttls(on, fields))
    }
}

impl<T: DeserializeOwned> BatchHash<'_, T> {
    /// Reads the value of a field; `None` if there is no such field. Command: `HGET`.
    #[doc(alias = "HGET")]
    pub fn get(&mut self, field: impl AsRef<str>) -> BatchHandle<Option<T>> {
        self.0.queue(|on| hashes::get(on, field.as_ref()))
    }

    /// Reads the values of `fields`, in the same order. Command: `HMGET`.
    #[doc(alias = "HMGET")]
    pub fn get_many(
        &mut self,
        fields: &[impl AsRef<str>],
    ) -> BatchHandle<Vec<Result<Option<T>, FailedValue>>> {
        self.0.queue(|on| hashes::get_many(on, fields))
    }

    /// Reads all fields and their values. Command: `HGETALL`.
    #[doc(alias = "HGETALL")]
    pub fn get_all(&mut self) -> BatchHandle<HashMap<String, T>> {
        self.0.queue(hashes::get_all)
    }

    /// Reads the values of all fields, in no order. Command: `HVALS`.
    #[doc(alias = "HVALS")]
    pub fn values(&mut self) -> BatchHandle<Vec<T>> {
        self.0.queue(hashes::values)
    }
}
