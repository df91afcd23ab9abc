use serde::Serialize;

use crate::{
    error::Result,
    operations::{Label, Operation, OperationResult, Read, Subject},
    protocol::{FromReply, RetryCategory, Script, ScriptCall, ToRedisArgs},
    values::{AsKey, ValuePolicy},
};

/// The call of a script with the keys and arguments so far, and a handle's policy.
#[derive(Debug)]
pub(crate) struct Invocation(Result<ScriptCall>);

impl Invocation {
    pub(crate) fn new(script: &Script) -> Self {
        Self(Ok(script.call()))
    }

    pub(crate) fn key(self, key: &impl AsKey, whole: Result<Vec<u8>>) -> Self {
        let whole = whole.map_err(|error| {
            let error = error.during(NAME);
            if let Ok(key) = key.as_key() { error.on_key(key) } else { error }
        });
        Self(self.0.and_then(|call| Ok(call.key(whole?))))
    }

    pub(crate) fn arg(self, argument: &impl ToRedisArgs) -> Self {
        let words = argument.to_redis_args();
        Self(self.0.map(|call| words.into_iter().fold(call, ScriptCall::arg)))
    }

    pub(crate) fn value<T: Serialize + ?Sized>(self, value: &T, policy: &ValuePolicy) -> Self {
        let bytes = policy.encode(value).map_err(|error| error.during(NAME));
        Self(self.0.and_then(|call| Ok(call.arg(bytes?))))
    }

    pub(crate) fn idempotent(self) -> Self {
        Self(self.0.map(|call| call.in_category(RetryCategory::LastWins)))
    }

    pub(crate) fn failing_before_it_writes(self) -> Self {
        Self(self.0.map(ScriptCall::failing_before_it_writes))
    }

    /// # Errors
    ///
    /// The first invalid key or value; `Slot` if the keys are on several slots of a cluster.
    pub(crate) fn ready<T: FromReply>(self, policy: &ValuePolicy) -> OperationResult<T> {
        let call = self.0?;
        if policy.has_slots() {
            call.slot().map_err(|error| error.during(NAME))?;
        }
        let (label, read) = (Label::new(NAME, Subject::Key), Read::Reply(|reply, _| reply.convert()));
        Ok(Operation { label, request: call.into(), read })
    }
}

/// The name of a script's call in errors.
const NAME: &str = "script";
