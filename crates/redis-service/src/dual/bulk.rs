use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, runtime::dual};
use crate::{
    AsKey, Expiry, FailedValue, Pipeline, Result,
    bulk::{self, CHUNK},
    call::Call,
    command::{Condition, set},
};

/// Many keys in one go.
#[dual]
impl<L: Execute> Service<L> {
    /// The values of `keys`, in their order, duplicates included; `None` where there is no such key, or it
    /// holds no plain value. A value that does not decode spoils only its own place. No keys, no command.
    ///
    /// Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if a key makes no sense.
    pub async fn get_many<T: DeserializeOwned + Send>(
        &self,
        keys: &[impl AsKey],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        let call = Call::new("get_many");
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let replies = self.fetch_many(call, keys).await?;
            values.extend(keys.iter().zip(replies).map(|(key, bytes)| {
                let decode = |bytes: Vec<u8>| self.decode(Call::on("get_many", key), &bytes);
                bytes.map(decode).transpose().map_err(|error| FailedValue::new(key, error))
            }));
        }
        Ok(values)
    }

    /// The values of `keys` by key, without those that do not exist. No keys, no command.
    ///
    /// Command: `MGET`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// As [`get_many`](Self::get_many); `Deserialization` if any of the values does not decode.
    pub async fn get_map<K: AsKey + Clone + Eq + std::hash::Hash, T: DeserializeOwned + Send>(
        &self,
        keys: &[K],
    ) -> Result<HashMap<K, T>> {
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let replies = self.fetch_many(Call::new("get_map"), keys).await?;
            for (key, bytes) in keys.iter().zip(replies) {
                if let Some(bytes) = bytes {
                    found.insert(key.clone(), self.decode(Call::on("get_map", key), &bytes)?);
                }
            }
        }
        Ok(found)
    }

    /// Sets many keys, all or none, each with its expiry from the first moment. No entries, no command.
    ///
    /// Commands: `MULTI`, `SET` each, `EXEC`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), before anything is sent if any entry makes no sense.
    pub async fn set_many<K: AsKey, T: Serialize>(
        &self,
        entries: impl IntoIterator<Item = (K, T)> + Send,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        let call = Call::new("set_many");
        let pipeline = self.setting(entries, expiry.into())?;
        if pipeline.commands().is_empty() {
            return Ok(());
        }
        let replies = call.name(self.attempt(&pipeline).await)?;
        replies.into_iter().try_for_each(|reply| call.name(reply).map(drop))
    }

    /// Deletes many keys, and tells how many there were. No keys, no command.
    ///
    /// Command: `UNLINK`, for 4096 keys at a time.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if a key makes no sense, before anything is sent.
    /// Of more than 4096 keys some may be deleted when the call fails.
    pub async fn delete_many(&self, keys: &[impl AsKey]) -> Result<u64> {
        let call = Call::new("delete_many");
        let whole =
            keys.iter().map(|key| self.key(Call::on("delete_many", key), key)).collect::<Result<Vec<_>>>()?;
        let mut deleted = 0;
        for keys in whole.chunks(CHUNK) {
            let reply = self.ask(call, &bulk::on_keys("UNLINK", keys)).await?;
            deleted += call.name(reply.into_count())?;
        }
        Ok(deleted)
    }

    async fn fetch_many(&self, call: Call<'_>, keys: &[impl AsKey]) -> Result<Vec<Option<Vec<u8>>>> {
        let whole = keys.iter().map(|key| call.name(self.key(call, key))).collect::<Result<Vec<_>>>()?;
        let reply = self.ask(call, &bulk::on_keys("MGET", &whole)).await?;
        call.name(reply.into_array().and_then(|values| bulk::bytes_of(values, keys.len())))
    }
}

impl<L> Service<L> {
    fn setting<K: AsKey, T: Serialize>(
        &self,
        entries: impl IntoIterator<Item = (K, T)>,
        expiry: Expiry,
    ) -> Result<Pipeline> {
        let mut pipeline = Pipeline::new().atomic();
        for (key, value) in entries {
            let call = Call::on("set_many", &key);
            let value = self.encode(call, &value)?;
            let key = self.key(call, &key)?;
            pipeline.push(set(&key, &value, self.expires(call, expiry)?, Condition::Always));
        }
        Ok(pipeline)
    }
}
