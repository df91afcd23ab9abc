use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, client::Client, runtime::dual};
use crate::{
    clock,
    error::{Outcome, Result},
    operations::values,
    resilience::Deadline,
    values::{AsKey, Expiry},
};

/// Values: one key, one value.
#[dual]
impl Service {
    /// Returns the value of `key`; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if the stored bytes do not decode as `T`; `WrongType` if the key does not hold a
    /// string.
    #[doc(alias = "GET")]
    pub async fn get<T: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<T>> {
        self.client.run_on(&key, values::get).await
    }

    /// Returns the value of `key`, or `default` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get): a value that does not decode is an error, and does not give `default`.
    #[doc(alias = "GET")]
    pub async fn get_or<T: DeserializeOwned + Send>(&self, key: impl AsKey, default: T) -> Result<T> {
        self.client.run_on(&key, values::get_or).await.map(|found| found.unwrap_or(default))
    }

    /// Returns the bytes of `key` as they are stored; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold a string.
    #[doc(alias = "GET")]
    pub async fn get_raw(&self, key: impl AsKey) -> Result<Option<Vec<u8>>> {
        self.client.run_on(&key, values::get_raw).await
    }

    /// Sets `key` to `value`, with its expiry in the same step.
    ///
    /// Command: `SET`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded, or could not be read again: JSON has no NaN, and a value nested
    /// more than 127 times is not read. `InvalidInput` if it is larger than the configuration's `max_value_bytes`, or the
    /// expiry is invalid.
    #[doc(alias = "SET")]
    pub async fn set<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        self.client.run_on(&key, move |on| values::set(on, value, expiry.into(), clock::wall())).await
    }

    /// Sets `key` to these bytes, as they are.
    ///
    /// Command: `SET`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the bytes are more than the configuration's `max_value_bytes`, or the expiry is
    /// invalid.
    #[doc(alias = "SET")]
    pub async fn set_raw(
        &self,
        key: impl AsKey,
        value: impl AsRef<[u8]> + Send + Sync,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        self.client
            .run_on(&key, move |on| values::set_raw(on, value.as_ref(), expiry.into(), clock::wall()))
            .await
    }

    /// Sets `key` if it does not exist, and returns whether it was set.
    ///
    /// If the reply is lost, the key is read back within the rest of the deadline: if it holds this value,
    /// the call returns `true`. So writers that must be distinguished, such as those that compete for a lock, need
    /// values of their own: a random token each. `false` is always Redis' own answer.
    ///
    /// Command: `SET … NX`; after a lost reply `GET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). With outcome `Unknown` if the reply was lost and the key cannot be read back, does not
    /// exist or holds another value: it may have been set and have expired, or may yet be set once that value is gone.
    #[doc(alias = "SET")]
    #[doc(alias = "GET")]
    pub async fn set_if_absent<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<bool> {
        self.client.set_if_absent(&key, value, expiry.into()).await
    }

    /// Sets `key` if it exists, and returns whether it was set.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `SET … XX`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    #[doc(alias = "SET")]
    pub async fn set_if_present<T: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<bool> {
        self.client
            .run_on(&key, move |on| values::set_if_present(on, value, expiry.into(), clock::wall()))
            .await
    }

    /// Sets `key` and returns its old value; `None` if there was no such key.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `SET … GET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). `Deserialization`, with outcome `Applied`, if the old value does not decode as
    /// `T`: the new one is set all the same.
    #[doc(alias = "SET")]
    pub async fn replace<T: Serialize + DeserializeOwned + Sync>(
        &self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<Option<T>> {
        self.client.run_on(&key, move |on| values::replace(on, value, expiry.into(), clock::wall())).await
    }

    /// Deletes `key` and returns its value; `None` if there was no such key.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. In the async API, dropping the future
    /// may lose the value.
    ///
    /// Command: `GETDEL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, with outcome `Applied`, if the value does not decode as `T`: it is removed all the
    /// same.
    #[doc(alias = "GETDEL")]
    pub async fn take<T: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<T>> {
        self.client.run_on(&key, values::take).await
    }
}

#[dual]
impl<L: Execute> Client<L> {
    pub(super) async fn set_if_absent<T: Serialize + Sync + ?Sized>(
        &self,
        key: &impl AsKey,
        value: &T,
        expiry: Expiry,
    ) -> Result<bool> {
        let deadline = Deadline::after(clock::now(), self.deadline);
        match self.run(values::set_if_absent(self.on(key), value, expiry, clock::wall())).await {
            Err(error) if error.outcome() == Outcome::Unknown => {
                let left = self.within(deadline.left(clock::now()));
                // Whatever else is there may go, and what was sent may only then arrive.
                if left.holds(key, value).await { Ok(true) } else { Err(error) }
            }
            settled => settled,
        }
    }

    /// Returns whether `key` is seen to hold `value`.
    async fn holds<T: Serialize + Sync + ?Sized>(&self, key: &impl AsKey, value: &T) -> bool {
        let Ok(value) = self.scope().policy.encode(value) else { return false };
        let found = self.run(values::get_raw(self.on(key))).await;
        found.is_ok_and(|found| found.is_some_and(|found| found == value))
    }
}
