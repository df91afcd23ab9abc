use super::{Batch, BatchHandle};
use crate::{
    operations::keys,
    values::{AsKey, Expiry, Ttl},
};

/// Keys, of any type of value.
impl Batch {
    /// Deletes `key`; the result is whether it existed. Command: `UNLINK`.
    #[doc(alias = "UNLINK")]
    #[doc(alias = "DEL")]
    pub fn delete(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::delete(self.on(&key)))
    }

    /// Checks whether `key` exists. Command: `EXISTS`.
    #[doc(alias = "EXISTS")]
    pub fn exists(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::exists(self.on(&key)))
    }

    /// Sets when `key` expires; the result is whether it exists. Command: `PEXPIRE` or `PEXPIREAT`.
    #[doc(alias = "PEXPIRE")]
    #[doc(alias = "PEXPIREAT")]
    pub fn expire(&mut self, key: impl AsKey, expiry: impl Into<Expiry>) -> BatchHandle<bool> {
        self.queue(keys::expire(self.on(&key), expiry.into(), self.started))
    }

    /// Reads the time that `key` has left. Command: `PTTL`.
    #[doc(alias = "PTTL")]
    pub fn ttl(&mut self, key: impl AsKey) -> BatchHandle<Ttl> {
        self.queue(keys::ttl(self.on(&key)))
    }

    /// Removes the expiry of `key`; the result is whether it had one. Command: `PERSIST`.
    #[doc(alias = "PERSIST")]
    pub fn persist(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::persist(self.on(&key)))
    }

    /// Marks `key` as just used; the result is whether it exists. Command: `TOUCH`.
    #[doc(alias = "TOUCH")]
    pub fn touch(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::touch(self.on(&key)))
    }
}
