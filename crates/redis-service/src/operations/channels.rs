//! Publishing.

use serde::Serialize;

use super::{Label, Operation, OperationResult, Scope, operation::Subject, read};
use crate::{
    error::{Error, Result},
    protocol::Command,
};

pub(crate) fn publish<T: Serialize + ?Sized>(
    scope: Scope<'_>,
    channel: &str,
    value: &T,
) -> OperationResult<u64> {
    let command = |scope: Scope<'_>| message(channel, &scope.policy.encode(value)?);
    about(channel, scope.make("publish", command, read::count))
}

pub(crate) fn publish_raw(scope: Scope<'_>, channel: &str, payload: &[u8]) -> OperationResult<u64> {
    let command = |scope: Scope<'_>| {
        scope.policy.check_size(payload.len())?;
        message(channel, payload)
    };
    about(channel, scope.make("publish_raw", command, read::count))
}

fn message(channel: &str, payload: &[u8]) -> Result<Command> {
    if channel.is_empty() {
        return Err(Error::invalid_input("the name of the channel is empty"));
    }
    Ok(Command::with_room("PUBLISH", channel.len() + payload.len()).arg(channel).arg(payload))
}

/// Names the channel in errors.
fn about(channel: &str, made: OperationResult<u64>) -> OperationResult<u64> {
    let Operation { label, request, read } = made.map_err(|error| error.on_key(channel))?;
    Ok(Operation { label: Label::new(label.name, Subject::Argument), request, read })
}
