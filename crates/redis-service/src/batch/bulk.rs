use std::{collections::HashMap, hash::Hash};

use serde::{Serialize, de::DeserializeOwned};

use super::{Batch, BatchHandle};
use crate::{
    error::Result,
    operations::bulk,
    values::{AsKey, Expiry, FailedValue},
};

/// Many keys, each time as one command.
impl Batch {
    /// The values of `keys`, in their order. A value that does not decode spoils only its own place. Command: `MGET`.
    pub fn get_many<T: DeserializeOwned>(
        &mut self,
        keys: &[impl AsKey],
    ) -> BatchHandle<Vec<Result<Option<T>, FailedValue>>> {
        self.queue(bulk::get_many(self.scope(), keys))
    }

    /// The values of `keys` by key, without those that do not exist. Command: `MGET`.
    pub fn get_map<K: AsKey + Clone + Eq + Hash + 'static, T: DeserializeOwned + 'static>(
        &mut self,
        keys: &[K],
    ) -> BatchHandle<HashMap<K, T>> {
        let (made, keys) = (bulk::get_found(self.scope(), keys), keys.to_vec());
        self.queue(made.map(|found| found.map(move |found| bulk::by_key(&keys, found))))
    }

    /// Sets many keys, all or none, each with its expiry. Commands: `SET` each, with `MULTI` before and `EXEC` behind them
    /// unless the whole batch is one transaction.
    pub fn set_many<K: AsKey, T: Serialize>(
        &mut self,
        entries: impl IntoIterator<Item = (K, T)>,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<()> {
        self.queue(bulk::set_many(self.scope(), entries, expiry.into(), self.started))
    }

    /// Deletes many keys, and tells how many there were. Command: `UNLINK`.
    pub fn delete_many(&mut self, keys: &[impl AsKey]) -> BatchHandle<u64> {
        self.queue(bulk::delete_many(self.scope(), keys))
    }
}
