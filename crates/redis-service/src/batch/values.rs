use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle};
use crate::{
    operations::{channels, hash_struct, values},
    values::{AsKey, Expiry},
};

/// Values: one key, one value.
impl Batch {
    /// Reads the value of `key`; `None` if there is no such key. Command: `GET`.
    #[doc(alias = "GET")]
    pub fn get<T: DeserializeOwned>(&mut self, key: impl AsKey) -> BatchHandle<Option<T>> {
        self.queue(values::get(self.on(&key)))
    }

    /// Reads the value of `key`; the result is `default` if there is no such key. Command: `GET`.
    #[doc(alias = "GET")]
    pub fn get_or<T: DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        key: impl AsKey,
        default: T,
    ) -> BatchHandle<T> {
        let found = values::get_or(self.on(&key));
        self.queue(found.map(|found| found.map(|found: Option<T>| found.unwrap_or(default))))
    }

    /// Reads the bytes of `key` as they are stored; `None` if there is no such key. Command: `GET`.
    #[doc(alias = "GET")]
    pub fn get_raw(&mut self, key: impl AsKey) -> BatchHandle<Option<Vec<u8>>> {
        self.queue(values::get_raw(self.on(&key)))
    }

    /// Sets `key` to `value`, with its expiry. Command: `SET`.
    #[doc(alias = "SET")]
    pub fn set<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<()> {
        self.queue(values::set(self.on(&key), value, expiry.into(), self.started))
    }

    /// Sets `key` to these bytes, as they are, with its expiry. Command: `SET`.
    #[doc(alias = "SET")]
    pub fn set_raw(
        &mut self,
        key: impl AsKey,
        value: impl AsRef<[u8]>,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<()> {
        self.queue(values::set_raw(self.on(&key), value.as_ref(), expiry.into(), self.started))
    }

    /// Sets `key` if it does not exist; the result is whether it was set. Command: `SET … NX`.
    #[doc(alias = "SET")]
    #[doc(alias = "GET")]
    pub fn set_if_absent<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<bool> {
        self.queue(values::set_if_absent(self.on(&key), value, expiry.into(), self.started))
    }

    /// Sets `key` if it exists; the result is whether it was set. Command: `SET … XX`.
    #[doc(alias = "SET")]
    pub fn set_if_present<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<bool> {
        self.queue(values::set_if_present(self.on(&key), value, expiry.into(), self.started))
    }

    /// Sets `key`; the result is its old value, or `None` if there was no such key. Command: `SET … GET`.
    #[doc(alias = "SET")]
    pub fn replace<T: Serialize + DeserializeOwned>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<Option<T>> {
        self.queue(values::replace(self.on(&key), value, expiry.into(), self.started))
    }

    /// Deletes `key`; the result is its value, or `None` if there was no such key. Command: `GETDEL`.
    #[doc(alias = "GETDEL")]
    pub fn take<T: DeserializeOwned>(&mut self, key: impl AsKey) -> BatchHandle<Option<T>> {
        self.queue(values::take(self.on(&key)))
    }

    /// Replaces the hash at `key` by the fields of `value`, with its expiry. Commands: the script of the
    /// service's method.
    #[doc(alias = "HSET")]
    pub fn set_struct<S: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &S,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<()> {
        self.queue(hash_struct::set_struct(self.on(&key), value, expiry.into(), self.started))
    }

    /// Reads the struct whose fields are those of the hash at `key`; `None` if there is no such key. Command:
    /// `HGETALL`.
    #[doc(alias = "HGETALL")]
    pub fn get_struct<S: DeserializeOwned>(&mut self, key: impl AsKey) -> BatchHandle<Option<S>> {
        self.queue(hash_struct::get_struct(self.on(&key)))
    }

    /// Publishes a value to a channel; the result is how many receivers got it. Command: `PUBLISH`.
    #[doc(alias = "PUBLISH")]
    pub fn publish<T: Serialize + ?Sized>(&mut self, channel: &str, value: &T) -> BatchHandle<u64> {
        self.queue(channels::publish(self.scope(), channel, value))
    }

    /// Publishes bytes to a channel as they are; the result is how many receivers got them. Command:
    /// `PUBLISH`.
    #[doc(alias = "PUBLISH")]
    pub fn publish_raw(&mut self, channel: &str, payload: impl AsRef<[u8]>) -> BatchHandle<u64> {
        self.queue(channels::publish_raw(self.scope(), channel, payload.as_ref()))
    }
}
