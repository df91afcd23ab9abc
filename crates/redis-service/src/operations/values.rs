//! Values: one key, one value.

use std::time::SystemTime;

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, read};
use crate::{
    error::Result,
    protocol::{Command, Condition},
    values::Expiry,
};

pub(crate) fn get<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("get", |on| on.command("GET"), read::value)
}

/// As [`get`], under the name of the method that has a default.
pub(crate) fn get_or<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("get_or", |on| on.command("GET"), read::value)
}

pub(crate) fn get_raw(on: KeyScope<'_>) -> OperationResult<Option<Vec<u8>>> {
    on.make("get_raw", |on| on.command("GET"), read::bytes)
}

pub(crate) fn set<T: Serialize + ?Sized>(
    on: KeyScope<'_>,
    value: &T,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<()> {
    on.make("set", |on| write(on, &on.encode(value)?, expiry, now, Condition::Always), read::done)
}

pub(crate) fn set_raw(
    on: KeyScope<'_>,
    value: &[u8],
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<()> {
    let command = |on: Keyed<'_>| {
        on.scope.policy.check_size(value.len())?;
        write(on, value, expiry, now, Condition::Always)
    };
    on.make("set_raw", command, read::done)
}

pub(crate) fn set_if_absent<T: Serialize + ?Sized>(
    on: KeyScope<'_>,
    value: &T,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<bool> {
    let command = |on: Keyed<'_>| write(on, &on.encode(value)?, expiry, now, Condition::IfAbsent);
    on.make("set_if_absent", command, read::whether_done)
}

pub(crate) fn set_if_present<T: Serialize + ?Sized>(
    on: KeyScope<'_>,
    value: &T,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<bool> {
    let command = |on: Keyed<'_>| write(on, &on.encode(value)?, expiry, now, Condition::IfPresent);
    on.make("set_if_present", command, read::whether_done)
}

pub(crate) fn replace<T: Serialize + DeserializeOwned>(
    on: KeyScope<'_>,
    value: &T,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<Option<T>> {
    let command =
        |on: Keyed<'_>| Ok(write(on, &on.encode(value)?, expiry, now, Condition::Always)?.arg("GET"));
    on.make("replace", command, read::value)
}

pub(crate) fn take<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("take", |on| on.command("GETDEL"), read::value)
}

/// SET with its expiry in the same step: the key is never seen without it.
fn write(
    on: Keyed<'_>,
    value: &[u8],
    expiry: Expiry,
    now: SystemTime,
    condition: Condition,
) -> Result<Command> {
    let expires = on.expires(expiry, now)?;
    let mut command = on.command_with_room("SET", value.len())?;
    command.push_set(value, expires, condition);
    Ok(command)
}
