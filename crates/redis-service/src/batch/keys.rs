use super::{Batch, BatchHandle};
use crate::{
    operations::keys,
    values::{AsKey, Expiry, Ttl},
};

/// Keys, whatever they hold.
impl Batch {
    /// Deletes `key`, and tells whether there was one. Command: `UNLINK`.
    pub fn delete(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::delete(self.on(&key)))
    }

    /// Whether there is such a key. Command: `EXISTS`.
    pub fn exists(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::exists(self.on(&key)))
    }

    /// Sets when `key` expires, and tells whether there is such a key. Command: `PEXPIRE` or `PEXPIREAT`.
    pub fn expire(&mut self, key: impl AsKey, expiry: impl Into<Expiry>) -> BatchHandle<bool> {
        self.queue(keys::expire(self.on(&key), expiry.into(), self.started))
    }

    /// How long `key` has left. Command: `PTTL`.
    pub fn ttl(&mut self, key: impl AsKey) -> BatchHandle<Ttl> {
        self.queue(keys::ttl(self.on(&key)))
    }

    /// Lets `key` live for ever, and tells whether it would have expired. Command: `PERSIST`.
    pub fn persist(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::persist(self.on(&key)))
    }

    /// Marks `key` as just used, and tells whether there is such a key. Command: `TOUCH`.
    pub fn touch(&mut self, key: impl AsKey) -> BatchHandle<bool> {
        self.queue(keys::touch(self.on(&key)))
    }
}
