use super::{Service, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::keys,
    values::{AsKey, Expiry, Ttl},
};

/// Keys, whatever they hold.
#[dual]
impl Service {
    /// Deletes `key`, and tells whether there was one.
    ///
    /// Command: `UNLINK`: like `DEL`, but the server frees large values aside.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    #[doc(alias = "UNLINK")]
    #[doc(alias = "DEL")]
    pub async fn delete(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::delete).await
    }

    /// Whether there is such a key.
    ///
    /// Command: `EXISTS`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    #[doc(alias = "EXISTS")]
    pub async fn exists(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::exists).await
    }

    /// Sets when `key` expires, and tells whether there is such a key. To keep a key for ever,
    /// [`persist`](Self::persist) it.
    ///
    /// Command: `PEXPIRE` or `PEXPIREAT`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the expiry makes no sense, `Never` and `Keep` included.
    #[doc(alias = "PEXPIRE")]
    #[doc(alias = "PEXPIREAT")]
    pub async fn expire(&self, key: impl AsKey, expiry: impl Into<Expiry> + Send) -> Result<bool> {
        self.client.run_on(&key, move |on| keys::expire(on, expiry.into(), clock::wall())).await
    }

    /// How long `key` has left.
    ///
    /// Command: `PTTL`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    #[doc(alias = "PTTL")]
    pub async fn ttl(&self, key: impl AsKey) -> Result<Ttl> {
        self.client.run_on(&key, keys::ttl).await
    }

    /// Lets `key` live for ever, and tells whether it would have expired.
    ///
    /// Command: `PERSIST`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    #[doc(alias = "PERSIST")]
    pub async fn persist(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::persist).await
    }

    /// Marks `key` as just used, for the server's eviction, and tells whether there is such a key. Its
    /// expiry stays: to renew that, [`expire`](Self::expire) it.
    ///
    /// Command: `TOUCH`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    #[doc(alias = "TOUCH")]
    pub async fn touch(&self, key: impl AsKey) -> Result<bool> {
        self.client.run_on(&key, keys::touch).await
    }
}
