use std::{collections::HashMap, hash::Hash};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle};
use crate::{
    error::Result,
    operations::bulk,
    values::{AsKey, Expiry, FailedValue},
};

/// Many keys in one command each.
impl Batch {
    /// Queues a read of the values of `keys`, in the same order. A value that does not decode is an error in
    /// its own place only. Command: `MGET`.
    #[doc(alias = "MGET")]
    pub fn get_many<T: DeserializeOwned>(
        &mut self,
        keys: &[impl AsKey],
    ) -> BatchHandle<Vec<Result<Option<T>, FailedValue>>> {
        self.queue(bulk::get_many(self.scope(), keys))
    }

    /// Queues a read of the values of `keys` by key, without the keys that do not exist. Command: `MGET`.
    #[doc(alias = "MGET")]
    pub fn get_map<K: AsKey + Clone + Eq + Hash + 'static, T: DeserializeOwned + 'static>(
        &mut self,
        keys: &[K],
    ) -> BatchHandle<HashMap<K, T>> {
        let (made, keys) = (bulk::get_found(self.scope(), keys), keys.to_vec());
        self.queue(made.map(|found| found.map(move |found| bulk::by_key(&keys, found))))
    }

    /// Queues writes of many keys, all or none, each with its expiry. Commands: a `SET` for each, between
    /// `MULTI` and `EXEC` unless the whole batch is one transaction.
    #[doc(alias = "MULTI")]
    #[doc(alias = "SET")]
    #[doc(alias = "EXEC")]
    pub fn set_many<K: AsKey, T: Serialize>(
        &mut self,
        entries: impl IntoIterator<Item = (K, T)>,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<()> {
        self.queue(bulk::set_many(self.scope(), entries, expiry.into(), self.started))
    }

    /// Deletes many keys; the result is how many existed. Command: `UNLINK`.
    #[doc(alias = "UNLINK")]
    pub fn delete_many(&mut self, keys: &[impl AsKey]) -> BatchHandle<u64> {
        self.queue(bulk::delete_many(self.scope(), keys))
    }
}
