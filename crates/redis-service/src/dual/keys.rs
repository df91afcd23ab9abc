use super::{Service, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::keys,
    values::{AsKey, Expiry, Ttl},
};

/// Keys, of any type of value.
#[dual]
impl Service {
    /// Deletes `key` and returns whether it existed.
    ///
    /// Command: `UNLINK`: like `DEL`, but the server frees large values in the background.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    #[doc(alias = "UNLINK")]
    #[doc(alias = "DEL")]
    pub async fn delete(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::delete).await
    }

    /// Returns whether `key` exists.
    ///
    /// Command: `EXISTS`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    #[doc(alias = "EXISTS")]
    pub async fn exists(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::exists).await
    }

    /// Sets when `key` expires, and returns whether it exists. To keep a key for ever,
    /// [`persist`](Self::persist) it.
    ///
    /// Command: `PEXPIRE` or `PEXPIREAT`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the expiry is invalid, which includes `Never` and `Keep`.
    #[doc(alias = "PEXPIRE")]
    #[doc(alias = "PEXPIREAT")]
    pub async fn expire(&self, key: impl AsKey, expiry: impl Into<Expiry> + Send) -> Result<bool> {
        self.client.run_on(&key, move |on| keys::expire(on, expiry.into(), clock::wall())).await
    }

    /// Returns the time that `key` has left.
    ///
    /// Command: `PTTL`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    #[doc(alias = "PTTL")]
    pub async fn ttl(&self, key: impl AsKey) -> Result<Ttl> {
        self.client.run_on(&key, keys::ttl).await
    }

    /// Removes the expiry of `key`, and returns whether it had one.
    ///
    /// Command: `PERSIST`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    #[doc(alias = "PERSIST")]
    pub async fn persist(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::persist).await
    }

    /// Marks `key` as just used, for the server's eviction, and returns whether it exists. Its expiry stays:
    /// to renew that, [`expire`](Self::expire) it.
    ///
    /// Command: `TOUCH`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    #[doc(alias = "TOUCH")]
    pub async fn touch(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::touch).await
    }
}
