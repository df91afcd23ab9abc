use std::{borrow::Borrow, collections::HashMap, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual, typed_key::TypedKey};
use crate::{
    clock,
    error::Result,
    operations::hashes,
    values::{AsKey, Expiry, FailedValue, Ttl},
};

/// A hash whose values are `T`s: [`Service::hash`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. Its fields are
/// text; an empty name is refused. It expires as any key does, by [`Service::expire`]. Values are written in any
/// form that a `T` can be borrowed in: a `Hash<String>` takes `&str`.
///
/// What writes is sent again after a lost reply unless its documentation says otherwise; what it tells is then
/// what the last time found.
#[derive(Debug)]
pub struct Hash<T> {
    key: TypedKey,
    values: PhantomData<fn() -> T>,
}

impl Service {
    /// The hash at `key`, of values of one type.
    ///
    /// For a struct as one hash see [`set_struct`](Self::set_struct).
    #[must_use]
    pub fn hash<T>(&self, key: impl AsKey) -> Hash<T> {
        Hash { key: TypedKey::new(&self.client, &key), values: PhantomData }
    }
}

#[dual]
impl<T> Hash<T> {
    /// Sets a field, and tells whether it is new.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash; `Serialization` and `InvalidInput` as for
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

    /// Sets a field if there is none of its name, and tells whether it did.
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

    /// Sets many fields, all or none, and tells how many are new. No entries, no command.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), before anything is sent if any entry makes no sense.
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

    /// Deletes a field, and tells whether there was one. A hash without fields is gone.
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

    /// Deletes many fields, and tells how many there were. No fields, no command.
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

    /// Whether there is such a field.
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

    /// Adds `by` to a field that counts, and hands back what it is now: a bare integer, whatever the codec. A
    /// missing field counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `HINCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the field holds no integer, or the key no hash; `Operation` if it would overflow. Nothing
    /// is changed then.
    #[doc(alias = "HINCRBY")]
    pub async fn increment(&self, field: impl AsRef<str> + Send, by: i64) -> Result<i64> {
        self.key.run(move |on| hashes::increment(on, field.as_ref(), by)).await
    }

    /// How many fields there are; 0 if there is no such key.
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

    /// Whether there are no fields, and so no such key.
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

    /// The names of all fields, in no order.
    ///
    /// Command: `HKEYS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash; `Deserialization` if the name of a field is not UTF-8.
    #[doc(alias = "HKEYS")]
    pub async fn keys(&self) -> Result<Vec<String>> {
        self.key.run(hashes::keys).await
    }

    /// Sets when these fields expire, and tells of each, in their order, whether there is such a field. No
    /// fields, no command.
    ///
    /// Command: `HPEXPIRE` or `HPEXPIREAT`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server is older; `WrongType` if the key holds no hash; `InvalidInput` if the expiry
    /// makes no sense, `Never` and `Keep` included.
    #[doc(alias = "HPEXPIRE")]
    #[doc(alias = "HPEXPIREAT")]
    pub async fn expire_fields(
        &self,
        fields: &[impl AsRef<str> + Sync],
        expiry: impl Into<Expiry> + Send,
    ) -> Result<Vec<bool>> {
        self.key.run(move |on| hashes::expire_fields(on, fields, expiry.into(), clock::wall())).await
    }

    /// How long these fields have left, in their order. No fields, no command.
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
    /// The value of a field; `None` if there is no such field.
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

    /// The values of `fields`, in their order, duplicates included; `None` where there is no such field. A value
    /// that does not decode spoils only its own place. No fields, no command.
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

    /// All fields and their values; none if there is no such key.
    ///
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, naming the field, if one is no `T` or its name not UTF-8; `WrongType` if the key holds
    /// no hash.
    #[doc(alias = "HGETALL")]
    pub async fn get_all(&self) -> Result<HashMap<String, T>> {
        self.key.run(hashes::get_all).await
    }

    /// The values of all fields, in no order.
    ///
    /// Command: `HVALS`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if one of them is no `T`; `WrongType` if the key holds no hash.
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
