use std::{borrow::Borrow, collections::HashMap};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle, typed_key::BatchKey};
use crate::{
    error::Result,
    operations::hashes,
    values::{AsKey, Expiry, FailedValue, Ttl},
};

/// The hash of a [`Batch`]: its methods are those of [`Hash`](crate::blocking::Hash).
#[derive(Debug)]
pub struct BatchHash<'a, T>(BatchKey<'a, T>);

impl Batch {
    /// The hash at `key`.
    pub fn hash<T>(&mut self, key: impl AsKey) -> BatchHash<'_, T> {
        BatchHash(BatchKey::new(self, &key))
    }
}

impl<T> BatchHash<'_, T> {
    /// Sets a field, and tells whether it is new. Command: `HSET`.
    pub fn set<V: Serialize + ?Sized>(&mut self, field: impl AsRef<str>, value: &V) -> BatchHandle<bool>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| hashes::set(on, field.as_ref(), value))
    }

    /// Sets a field if there is none of its name, and tells whether it did. Command: `HSETNX`.
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

    /// Sets many fields, and tells how many are new. No entries, no command. Command: `HSET`.
    pub fn set_many<'v, F: AsRef<str>, V: Serialize + ?Sized + 'v>(
        &mut self,
        entries: impl IntoIterator<Item = (F, &'v V)>,
    ) -> BatchHandle<u64>
    where
        T: Borrow<V>,
    {
        self.0.queue(|on| hashes::set_many(on, entries))
    }

    /// Deletes a field, and tells whether there was one. Command: `HDEL`.
    pub fn delete(&mut self, field: impl AsRef<str>) -> BatchHandle<bool> {
        self.0.queue(|on| hashes::delete(on, field.as_ref()))
    }

    /// Deletes many fields, and tells how many there were. No fields, no command. Command: `HDEL`.
    pub fn delete_many(&mut self, fields: &[impl AsRef<str>]) -> BatchHandle<u64> {
        self.0.queue(|on| hashes::delete_many(on, fields))
    }

    /// Whether there is such a field. Command: `HEXISTS`.
    pub fn exists(&mut self, field: impl AsRef<str>) -> BatchHandle<bool> {
        self.0.queue(|on| hashes::exists(on, field.as_ref()))
    }

    /// Adds `by` to a field that counts, and hands back what it is then. Command: `HINCRBY`.
    pub fn increment(&mut self, field: impl AsRef<str>, by: i64) -> BatchHandle<i64> {
        self.0.queue(|on| hashes::increment(on, field.as_ref(), by))
    }

    /// How many fields there are. Command: `HLEN`.
    pub fn len(&mut self) -> BatchHandle<u64> {
        self.0.queue(hashes::len)
    }

    /// Whether there are no fields. Command: `HLEN`.
    pub fn is_empty(&mut self) -> BatchHandle<bool> {
        self.0.queue(hashes::is_empty)
    }

    /// The names of all fields, in no order. Command: `HKEYS`.
    pub fn keys(&mut self) -> BatchHandle<Vec<String>> {
        self.0.queue(hashes::keys)
    }

    /// Sets when these fields expire, and tells of each whether there is such a field. Command: `HPEXPIRE` or
    /// `HPEXPIREAT`.
    pub fn expire_fields(
        &mut self,
        fields: &[impl AsRef<str>],
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<Vec<bool>> {
        let now = self.0.started();
        self.0.queue(|on| hashes::expire_fields(on, fields, expiry.into(), now))
    }

    /// How long these fields have left, in their order. Command: `HPTTL`.
    pub fn field_ttls(&mut self, fields: &[impl AsRef<str>]) -> BatchHandle<Vec<Ttl>> {
        self.0.queue(|on| hashes::field_ttls(on, fields))
    }
}

impl<T: DeserializeOwned> BatchHash<'_, T> {
    /// The value of a field; `None` if there is no such field. Command: `HGET`.
    pub fn get(&mut self, field: impl AsRef<str>) -> BatchHandle<Option<T>> {
        self.0.queue(|on| hashes::get(on, field.as_ref()))
    }

    /// The values of `fields`, in their order. Command: `HMGET`.
    pub fn get_many(
        &mut self,
        fields: &[impl AsRef<str>],
    ) -> BatchHandle<Vec<Result<Option<T>, FailedValue>>> {
        self.0.queue(|on| hashes::get_many(on, fields))
    }

    /// All fields and their values. Command: `HGETALL`.
    pub fn get_all(&mut self) -> BatchHandle<HashMap<String, T>> {
        self.0.queue(hashes::get_all)
    }

    /// The values of all fields, in no order. Command: `HVALS`.
    pub fn values(&mut self) -> BatchHandle<Vec<T>> {
        self.0.queue(hashes::values)
    }
}
