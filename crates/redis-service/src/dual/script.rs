use serde::Serialize;

use super::{
    Service,
    runtime::{dual, example},
};
use crate::{
    error::Result,
    operations::Invocation,
    protocol::{FromReply, Script, ToRedisArgs},
    values::AsKey,
};

/// A call of a script, in the making.
///
/// It is sent again after a lost reply only if it was said to be [idempotent](Self::idempotent).
#[derive(Debug)]
#[must_use = "a script does nothing until it is run"]
pub struct PendingScript<'a> {
    service: &'a Service,
    invocation: Invocation,
}

impl PendingScript<'_> {
    /// Adds a key, below the namespace: one of the script's `KEYS`.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.service.root().key(&key);
        Self { invocation: self.invocation.key(&key, whole), ..self }
    }

    /// Adds an argument, text, bytes or a number, taken as it is: one of the script's `ARGV`.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { invocation: self.invocation.arg(&argument), ..self }
    }

    /// Adds a value, encoded as [`set`](Service::set) encodes it: one of the script's `ARGV`.
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> Self {
        Self { invocation: self.invocation.value(value, self.service.client.scope().policy), ..self }
    }

    /// States that running it twice does no more than running it once, so that it may be sent again.
    pub fn idempotent(self) -> Self {
        Self { invocation: self.invocation.idempotent(), ..self }
    }

    /// States that it fails before its first write, if it fails: the outcome of an error from within it is
    /// `NotApplied`.
    pub fn failing_before_it_writes(self) -> Self {
        Self { invocation: self.invocation.failing_before_it_writes(), ..self }
    }
}

#[dual]
impl PendingScript<'_> {
    /// Runs it: by its hash, and once by its source if the server does not know it.
    ///
    /// Commands: `EVALSHA`, `EVAL`.
    ///
    /// # Errors
    ///
    /// What makes no sense, before anything is sent; `Slot` if its keys are on several slots of a cluster.
    /// What the script itself fails with has the outcome `Unknown`: it may have written before, unless it was
    /// said [not to](Self::failing_before_it_writes). What keeps the server from running it is `NotApplied`: a source
    /// that does not compile, a missing right to run scripts.
    /// `Deserialization`, with outcome `Applied`, if the reply is no `T`.
    pub async fn run<T: FromReply>(self) -> Result<T> {
        let Self { service, invocation } = self;
        service.client.run(invocation.ready(service.client.scope().policy)).await
    }
}

impl Service {
    /// A call of a Lua script, which runs as one step. In a pipeline: [`Batch::script`](crate::batch::Batch::script).
    ///
    #[doc = example!("script.md")]
    pub fn script(&self, script: &Script) -> PendingScript<'_> {
        PendingScript { service: self, invocation: Invocation::new(script) }
    }
}
