use std::{borrow::Borrow, collections::HashMap, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service,
    runtime::{dual, example},
    typed_key::TypedKey,
};
use crate::{
    clock,
    error::Result,
    operations::hashes,
    values::{AsKey, Expiry, FailedValue, Ttl},
};

/// A hash whose values are `T`s, as [`Service::hash`] returns it.
///
/// Cheap to clone. Creating it sends nothing; if its key is invalid, its calls fail. Field names are text and
/// not empty. The hash expires as any key does, by [`Service::expire`]. Values are written in any form that a
/// `T` can be borrowed in: a `Hash<String>` takes `&str`.
///
/// Writes are retried after a lost reply unless their documentation says otherwise; they then return what the
/// last attempt found.
///
#[doc = example!("hash.md")]
#[derive(Debug)]
pub struct Hash<T> {
    key: TypedKey,
    values: PhantomData<fn() -> T>,
}

impl Service {
    /// Returns a handle to the hash at `key`, with values of one type.
    ///
    /// For a struct as one hash see [`set_struct`](Self::set_struct).
    #[must_use]
    pub fn hash<T>(&self, key: impl AsKey) -> Hash<T> {
        Hash { key: TypedKey::new(&self.client, &key), values: PhantomData }
    }
}

#[dual]
impl<T> Hash<T> {
    /// Sets a field and returns whether it is new.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a hash; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    #[doc(alias = "HSET")]
    pub async fn set<V: Serialize + Sync + ?Sized>(
        &self,
        field: impl AsRef<str> + Send,
        value: &V,
    ) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| hashes::set(on, field.as_ref(), value)).await
    }

    /// Sets a field if it does not exist, and returns whether it was set.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `HSETNX`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    #[doc(alias = "HSETNX")]
    pub async fn set_if_absent<V: Serialize + Sync + ?Sized>(
        &self,
        field: impl AsRef<str> + Send,
        value: &V,
    ) -> Result<bool>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| hashes::set_if_absent(on, field.as_ref(), value)).await
    }

    /// Sets many fields, all or none, and returns how many are new. Without entries it sends nothing.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). An invalid entry is an error before anything is sent.
    #[doc(alias = "HSET")]
    pub async fn set_many<'a, F: AsRef<str>, V: Serialize + ?Sized + 'a>(
        &self,
        entries: impl IntoIterator<Item = (F, &'a V)> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        self.key.run(move |on| hashes::set_many(on, entries)).await
    }

    /// Deletes a field and returns whether it existed. Redis removes a hash without fields.
    ///
    /// Command: `HDEL`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    #[doc(alias = "HDEL")]
    pub async fn delete(&self, field: impl AsRef<str> + Send) -> Result<bool> {
        self.key.run(move |on| hashes::delete(on, field.as_ref())).await
    }

    /// Deletes many fields and returns how many existed. Without fields it sends nothing.
    ///
    /// Command: `HDEL`.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    #[doc(alias = "HDEL")]
    pub async fn delete_many(&self, fields: &[impl AsRef<str> + Sync]) -> Result<u64> {
        self.key.run(move |on| hashes::delete_many(on, fields)).await
    }

    /// Returns whether the field exists.
    ///
    /// Command: `HEXISTS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    #[doc(alias = "HEXISTS")]
    pub async fn exists(&self, field: impl AsRef<str> + Send) -> Result<bool> {
        self.key.run(move |on| hashes::exists(on, field.as_ref())).await
    }

    /// Adds `by` to a counter in a field and returns the new value: a bare integer, with every codec. A
    /// missing field counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `HINCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the field does not hold an integer, or the key not a hash; `Operation` if the counter
    /// would overflow. The field is unchanged then.
    #[doc(alias = "HINCRBY")]
    pub async fn increment(&self, field: impl AsRef<str> + Send, by: i64) -> Result<i64> {
        self.key.run(move |on| hashes::increment(on, field.as_ref(), by)).await
    }

    /// Returns the number of fields; 0 if there is no such key.
    ///
    /// Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    #[doc(alias = "HLEN")]
    pub async fn len(&self) -> Result<u64> {
        self.key.run(hashes::len).await
    }

    /// Returns whether the hash has no fields, which means that there is no such key.
    ///
    /// Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    #[doc(alias = "HLEN")]
    pub async fn is_empty(&self) -> Result<bool> {
        self.key.run(hashes::is_empty).await
    }

    /// Returns the names of all fields, in no order.
    ///
    /// Command: `HKEYS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a hash; `Deserialization` if a field's name is not UTF-8.
    #[doc(alias = "HKEYS")]
    pub async fn keys(&self) -> Result<Vec<String>> {
        self.key.run(hashes::keys).await
    }

    /// Sets when these fields expire. Returns for each field, in the same order, whether it exists. Without
    /// fields it sends nothing.
    ///
    /// Command: `HPEXPIRE` or `HPEXPIREAT`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server is older; `WrongType` if the key does not hold a hash; `InvalidInput` if
    /// the expiry is invalid, which includes `Never` and `Keep`.
    #[doc(alias = "HPEXPIRE")]
    #[doc(alias = "HPEXPIREAT")]
    pub async fn expire_fields(
        &self,
        fields: &[impl AsRef<str> + Sync],
        expiry: impl Into<Expiry> + Send,
    ) -> Result<Vec<bool>> {
        self.key.run(move |on| hashes::expire_fields(on, fields, expiry.into(), clock::wall())).await
    }

    /// Returns the time that each of these fields has left, in the same order. Without fields it sends
    /// nothing.
    ///
    /// Command: `HPTTL`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server is older; `WrongType` if the key holds no hash.
    #[doc(alias = "HPTTL")]
    pub async fn field_ttls(&self, fields: &[impl AsRef<str> + Sync]) -> Result<Vec<Ttl>> {
        self.key.run(move |on| hashes::field_ttls(on, fields)).await
    }
}

#[dual]
impl<T: DeserializeOwned> Hash<T> {
    /// Returns the value of a field; `None` if there is no such field.
    ///
    /// Command: `HGET`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if the stored bytes are no `T`; `WrongType` if the key holds no hash.
    #[doc(alias = "HGET")]
    pub async fn get(&self, field: impl AsRef<str> + Send) -> Result<Option<T>> {
        self.key.run(move |on| hashes::get(on, field.as_ref())).await
    }

    /// Returns the values of `fields` in the same order, duplicates included; `None` for a missing field. A
    /// value that does not decode is an error in its own place only. Without fields it sends nothing.
    ///
    /// Command: `HMGET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    #[doc(alias = "HMGET")]
    pub async fn get_many(
        &self,
        fields: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        self.key.run(move |on| hashes::get_many(on, fields)).await
    }

    /// Returns all fields and their values; an empty map if there is no such key.
    ///
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, naming the field, if its value does not decode as `T` or its name is not UTF-8;
    /// `WrongType` if the key does not hold a hash.
    #[doc(alias = "HGETALL")]
    pub async fn get_all(&self) -> Result<HashMap<String, T>> {
        self.key.run(hashes::get_all).await
    }

    /// Returns the values of all fields, in no order.
    ///
    /// Command: `HVALS`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if a value does not decode as `T`; `WrongType` if the key does not hold a hash.
    #[doc(alias = "HVALS")]
    pub async fn values(&self) -> Result<Vec<T>> {
        self.key.run(hashes::values).await
    }
}

impl<T> Clone for Hash<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), values: PhantomData }
    }
}
