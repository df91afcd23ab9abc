use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, runtime::dual};
use crate::{
    AsKey, Deadline, ErrorKind, Expiry, Outcome, Reply, Result,
    call::Call,
    clock,
    command::{Condition, set_on},
};

/// Values: one key, one value.
#[dual]
impl<L: Execute> Service<L> {
    /// The value of `key`; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if the stored bytes are no `T`; `WrongType` if the key holds no plain value.
    pub async fn get<T: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<T>> {
        let call = Call::on("get", &key);
        let reply = self.ask(call, &self.on(call, "GET", &key)?).await?;
        self.decode_found(call, reply)
    }

    /// The value of `key`; `default` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get): a value that does not decode is an error, not a missing one.
    pub async fn get_or<T: DeserializeOwned + Send>(&self, key: impl AsKey, default: T) -> Result<T> {
        let call = Call::on("get_or", &key);
        let reply = self.ask(call, &self.on(call, "GET", &key)?).await?;
        Ok(self.decode_found(call, reply)?.unwrap_or(default))
    }

    /// The bytes of `key`, as they are stored; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no plain value.
    pub async fn get_raw(&self, key: impl AsKey) -> Result<Option<Vec<u8>>> {
        let call = Call::on("get_raw", &key);
        let reply = self.ask(call, &self.on(call, "GET", &key)?).await?;
        call.name(reply.into_bytes())
    }

    /// Sets `key` to `value`, with its expiry in the same step.
    ///
    /// Command: `SET`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded; `InvalidInput` if it is larger than the
    /// configuration's `max_value_bytes`, or the expiry makes no sense.
    pub async fn set<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        let call = Call::on("set", &key);
        let value = self.encode(call, value)?;
        self.write(call, &key, &value, expiry, Condition::Always).await.map(|_| ())
    }

    /// Sets `key` to these bytes, untouched.
    ///
    /// Command: `SET`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if there are more of them than the configuration's `max_value_bytes`, or the expiry
    /// makes no sense.
    pub async fn set_raw(
        &self,
        key: impl AsKey,
        value: impl AsRef<[u8]> + Send + Sync,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        let call = Call::on("set_raw", &key);
        self.check_size(call, value.as_ref().len())?;
        self.write(call, &key, value.as_ref(), expiry, Condition::Always).await.map(|_| ())
    }

    /// Sets `key` if there is no such key, and tells whether it did.
    ///
    /// If the reply is lost, the key is read back within what is left of the deadline: if it holds this value,
    /// that is taken for this call's own work; if it holds anything else, it was not set. So writers that must
    /// be told apart, as those who want a lock, need values of their own: a random token each.
    ///
    /// Command: `SET … NX`; after a lost reply `GET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). With outcome `Unknown` if the reply was lost and the key cannot be read back, or
    /// is not there: it may have been set and have expired, or may yet be set.
    pub async fn set_if_absent<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<bool> {
        let call = Call::on("set_if_absent", &key);
        let value = self.encode(call, value)?;
        let deadline = Deadline::after(clock::now(), self.deadline());
        match self.write(call, &key, &value, expiry, Condition::IfAbsent).await {
            Err(error) if error.outcome() == Outcome::Unknown => {
                self.with_deadline(deadline.left(clock::now())).holds(call, &key, &value).await.ok_or(error)
            }
            settled => settled,
        }
    }

    /// Sets `key` if there is such a key, and tells whether it did.
    ///
    /// Command: `SET … XX`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub async fn set_if_present<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<bool> {
        let call = Call::on("set_if_present", &key);
        let value = self.encode(call, value)?;
        self.write(call, &key, &value, expiry, Condition::IfPresent).await
    }

    /// Sets `key` and hands back the value it had; `None` if there was no such key.
    ///
    /// Command: `SET … GET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). `Deserialization`, with outcome `Applied`, if the old value is no `T`: the new
    /// one is in its place all the same.
    pub async fn replace<T: Serialize + DeserializeOwned + Sync>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<Option<T>> {
        let call = Call::on("replace", &key);
        let value = self.encode(call, value)?;
        let expires = self.expires(call, expiry)?;
        let command = call.name(self.root().command("SET", &key, value.len()))?;
        let command = set_on(command, &value, expires, Condition::Always).arg("GET");
        let reply = self.ask(call, &command).await?;
        self.decode_found(call, reply)
    }

    /// Deletes `key` and hands back the value it had; `None` if there was no such key.
    ///
    /// Command: `GETDEL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, with outcome `Applied`, if the value is no `T`: it is gone all the same.
    pub async fn take<T: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<T>> {
        let call = Call::on("take", &key);
        let reply = self.ask(call, &self.on(call, "GETDEL", &key)?).await?;
        self.decode_found(call, reply)
    }

    /// Whether `key` holds `value`, or something else; `None` if it is not there, or cannot be read.
    async fn holds(&self, call: Call<'_>, key: &impl AsKey, value: &[u8]) -> Option<bool> {
        let command = self.on(call, "GET", key).ok()?;
        match self.ask(call, &command).await {
            Ok(reply) => reply.into_bytes().ok()?.map(|found| found == value),
            Err(error) => (error.kind() == ErrorKind::WrongType).then_some(false),
        }
    }

    /// SET under a condition, and whether it was met.
    async fn write(
        &self,
        call: Call<'_>,
        key: &impl AsKey,
        value: &[u8],
        expiry: impl Into<Expiry> + Send,
        condition: Condition,
    ) -> Result<bool> {
        let expires = self.expires(call, expiry)?;
        let command = call.name(self.root().command("SET", key, value.len()))?;
        let command = set_on(command, value, expires, condition);
        call.name(self.ask(call, &command).await?.into_done())
    }
}

impl<L> Service<L> {
    pub(super) fn decode_found<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        reply: Reply,
    ) -> Result<Option<T>> {
        let found = call.name(reply.into_bytes())?;
        found.map(|bytes| self.decode(call, &bytes)).transpose()
    }
}
