use serde::Serialize;

use super::{Batch, BatchHandle};
use crate::{
    operations::Invocation,
    protocol::{FromReply, Script, ToRedisArgs},
    values::AsKey,
};

/// A call of a script, in a [`Batch`].
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

    /// Adds a key, below the namespace: one of the script's `KEYS`.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.batch.namespace.key(&key);
        Self { invocation: self.invocation.key(&key, whole), ..self }
    }

    /// Adds an argument, taken as it is: one of the script's `ARGV`.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { invocation: self.invocation.arg(&argument), ..self }
    }

    /// Adds a value, encoded as [`set`](Batch::set) encodes it: one of the script's `ARGV`.
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> Self {
        Self { invocation: self.invocation.value(value, &self.batch.policy), ..self }
    }

    /// States that running it twice does no more than running it once.
    pub fn idempotent(self) -> Self {
        Self { invocation: self.invocation.idempotent(), ..self }
    }

    /// States that it fails before its first write, if it fails: the outcome of an error from within it is
    /// `NotApplied`.
    pub fn failing_before_it_writes(self) -> Self {
        Self { invocation: self.invocation.failing_before_it_writes(), ..self }
    }

    /// Adds it to the batch.
    pub fn queue<T: FromReply>(self) -> BatchHandle<T> {
        let made = self.invocation.ready(&self.batch.policy);
        self.batch.queue(made)
    }
}
