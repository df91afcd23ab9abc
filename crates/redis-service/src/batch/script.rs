use serde::Serialize;

use super::{Batch, BatchHandle};
use crate::{
    operations::Invocation,
    protocol::{FromReply, Script, ToRedisArgs},
    values::AsKey,
};

/// A call of a script in a [`Batch`], with the keys and arguments added so far.
#[derive(Debug)]
#[must_use = "a script call is part of its batch once it is queued"]
pub struct BatchScript<'a> {
    batch: &'a mut Batch,
    invocation: Invocation,
}

impl<'a> BatchScript<'a> {
    pub(super) fn new(batch: &'a mut Batch, script: &Script) -> Self {
        Self { batch, invocation: Invocation::new(script) }
    }

    /// Adds a key to the script's `KEYS`; the namespace is prefixed.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.batch.namespace.key(&key);
        Self { invocation: self.invocation.key(&key, whole), ..self }
    }

    /// Adds an argument to the script's `ARGV` as it is: text, bytes or a number.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { invocation: self.invocation.arg(&argument), ..self }
    }

    /// Adds a value to the script's `ARGV`, encoded as [`set`](Batch::set) encodes it.
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> Self {
        Self { invocation: self.invocation.value(value, &self.batch.policy), ..self }
    }

    /// States that the script is idempotent (running it twice has the effect of running it once), so that it
    /// may be retried.
    pub fn idempotent(self) -> Self {
        Self { invocation: self.invocation.idempotent(), ..self }
    }

    /// States that the script, if it fails, fails before its first write: its errors then have the outcome
    /// `NotApplied`.
    pub fn failing_before_it_writes(self) -> Self {
        Self { invocation: self.invocation.failing_before_it_writes(), ..self }
    }

    /// Adds the call to the batch.
    #[doc(alias = "EVALSHA")]
    pub fn queue<T: FromReply>(self) -> BatchHandle<T> {
        let made = self.invocation.ready(&self.batch.policy);
        self.batch.queue(made)
    }
}
