use serde::Serialize;

use crate::{AsKey, Category, Namespace, Result, Script, ScriptCall, ToRedisArgs, call::Call, terms::Terms};

/// A script call in the making, on a handle's terms.
#[derive(Debug)]
pub(crate) struct Invocation(Result<ScriptCall>);

impl Invocation {
    pub(crate) fn new(script: &Script) -> Self {
        Self(Ok(script.call()))
    }

    pub(crate) fn key(self, key: &impl AsKey, whole: Result<Vec<u8>>) -> Self {
        let whole = Call::on("script", key).name(whole);
        Self(self.0.and_then(|call| Ok(call.key(whole?))))
    }

    pub(crate) fn arg(self, argument: &impl ToRedisArgs) -> Self {
        let words = argument.to_redis_args();
        Self(self.0.map(|call| words.into_iter().fold(call, ScriptCall::arg)))
    }

    pub(crate) fn value<T: Serialize + ?Sized>(self, value: &T, terms: &Terms) -> Self {
        let bytes = Call::new("script").name(terms.encode(value));
        Self(self.0.and_then(|call| Ok(call.arg(bytes?))))
    }

    pub(crate) fn idempotent(self) -> Self {
        Self(self.0.map(|call| call.in_category(Category::LastWins)))
    }

    pub(crate) fn failing_before_it_writes(self) -> Self {
        Self(self.0.map(ScriptCall::failing_before_it_writes))
    }

    /// # Errors
    ///
    /// What made no sense; `Slot` if its keys are on several slots of a cluster.
    pub(crate) fn ready(self, terms: &Terms) -> Result<ScriptCall> {
        let call = self.0?;
        Call::new("script").name(terms.check_slots(call.keys().iter().map(Vec::as_slice)))?;
        Ok(call)
    }
}

/// The key that errors of the call name: its first, below the namespace.
pub(crate) fn blamed<'a>(call: &'a ScriptCall, namespace: &Namespace) -> Option<&'a [u8]> {
    call.keys().first().map(|whole| namespace.strip(whole).unwrap_or(whole))
}
