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

/// A call of a script, with the keys and arguments added so far.
///
/// After a lost reply it is retried only if the caller states that it is [idempotent](Self::idempotent).
///
#[doc = example!("idempotent.md")]
#[derive(Debug)]
#[must_use = "a script does nothing until it is run"]
pub struct PendingScript<'a> {
    service: &'a Service,
    invocation: Invocation,
}

impl PendingScript<'_> {
    /// Adds a key to the script's `KEYS`; the namespace is prefixed.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.service.root().key(&key);
        Self { invocation: self.invocation.key(&key, whole), ..self }
    }

    /// Adds an argument to the script's `ARGV` as it is: text, bytes or a number.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { invocation: self.invocation.arg(&argument), ..self }
    }

    /// Adds a value to the script's `ARGV`, encoded as [`set`](Service::set) encodes it.
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> Self {
        Self { invocation: self.invocation.value(value, self.service.client.scope().policy), ..self }
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
}

#[dual]
impl PendingScript<'_> {
    /// Runs the script and converts its reply to `T`. It is sent by its hash, and once by its source if the
    /// server does not know the hash.
    ///
    /// Commands: `EVALSHA`, `EVAL`.
    ///
    /// # Errors
    ///
    /// Invalid keys and values, before anything is sent; `Slot` if the keys are on several slots of a
    /// cluster. An error of the script itself has the outcome `Unknown`, since the script may have written
    /// before, unless [stated otherwise](Self::failing_before_it_writes). An error that kept the server from running
    /// it is `NotApplied`: a source that does not compile, a missing right to run scripts. `Deserialization`, with
    /// outcome `Applied`, if the reply does not convert to `T`.
    #[doc(alias = "EVALSHA")]
    pub async fn run<T: FromReply>(self) -> Result<T> {
        let Self { service, invocation } = self;
        service.client.run(invocation.ready(service.client.scope().policy)).await
    }
}

impl Service {
    /// Starts a call of a Lua script, which runs as one step. In a batch:
    /// [`Batch::script`](crate::batch::Batch::script).
    ///
    #[doc = example!("script.md")]
    pub fn script(&self, script: &Script) -> PendingScript<'_> {
        PendingScript { service: self, invocation: Invocation::new(script) }
    }
}
