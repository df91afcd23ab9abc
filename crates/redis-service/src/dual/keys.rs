use super::{Execute, Service, runtime::dual};
use crate::{AsKey, Expiry, Result, Ttl, call::Call, command::expire};

/// Keys, whatever they hold.
#[dual]
impl<L: Execute> Service<L> {
    /// Deletes `key`, and tells whether there was one.
    ///
    /// Command: `UNLINK`: like `DEL`, but the server frees large values aside.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn delete(&self, key: impl AsKey) -> Result<bool> {
        let call = Call::on("delete", &key);
        let reply = self.ask(call, &self.on(call, "UNLINK", &key)?).await?;
        call.name(reply.into_bool())
    }

    /// Whether there is such a key.
    ///
    /// Command: `EXISTS`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn exists(&self, key: impl AsKey) -> Result<bool> {
        let call = Call::on("exists", &key);
        let reply = self.ask(call, &self.on(call, "EXISTS", &key)?).await?;
        call.name(reply.into_bool())
    }

    /// Sets when `key` expires, and tells whether there is such a key. To keep a key for ever,
    /// [`persist`](Self::persist) it.
    ///
    /// Command: `PEXPIRE` or `PEXPIREAT`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the expiry makes no sense, `Never` and `Keep` included.
    pub async fn expire(&self, key: impl AsKey, expiry: impl Into<Expiry> + Send) -> Result<bool> {
        let call = Call::on("expire", &key);
        let whole = self.key(call, &key)?;
        let command = call.name(expire(&whole, self.expires(call, expiry)?))?;
        call.name(self.ask(call, &command).await?.into_bool())
    }

    /// How long `key` has left.
    ///
    /// Command: `PTTL`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn ttl(&self, key: impl AsKey) -> Result<Ttl> {
        let call = Call::on("ttl", &key);
        let reply = self.ask(call, &self.on(call, "PTTL", &key)?).await?;
        call.name(reply.into_integer().map(Ttl::from_milliseconds))
    }

    /// Lets `key` live for ever, and tells whether it would have expired.
    ///
    /// Command: `PERSIST`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn persist(&self, key: impl AsKey) -> Result<bool> {
        let call = Call::on("persist", &key);
        let reply = self.ask(call, &self.on(call, "PERSIST", &key)?).await?;
        call.name(reply.into_bool())
    }

    /// Marks `key` as just used, for the server's eviction, and tells whether there is such a key. Its
    /// expiry stays: to renew that, [`expire`](Self::expire) it.
    ///
    /// Command: `TOUCH`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn touch(&self, key: impl AsKey) -> Result<bool> {
        let call = Call::on("touch", &key);
        let reply = self.ask(call, &self.on(call, "TOUCH", &key)?).await?;
        call.name(reply.into_bool())
    }
}
