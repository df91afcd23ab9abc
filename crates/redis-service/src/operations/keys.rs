//! Keys, of any type of value.

use std::time::SystemTime;

use super::{KeyScope, Keyed, OperationResult, read};
use crate::{
    error::Error,
    values::{Expires, Expiry, Ttl},
};

pub(crate) fn delete(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("delete", |on| on.command("UNLINK"), read::truth)
}

pub(crate) fn exists(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("exists", |on| on.command("EXISTS"), read::truth)
}

pub(crate) fn expire(on: KeyScope<'_>, expiry: Expiry, now: SystemTime) -> OperationResult<bool> {
    let command = |on: Keyed<'_>| match on.expires(expiry, now)? {
        Expires::InMilliseconds(time) => Ok(on.command("PEXPIRE")?.arg(time)),
        Expires::AtMilliseconds(time) => Ok(on.command("PEXPIREAT")?.arg(time)),
        Expires::Never | Expires::Keep => Err(Error::invalid_input(
            "`Never` and `Keep` are invalid here; to keep a key for ever, call `persist`",
        )),
    };
    on.make("expire", command, read::truth)
}

pub(crate) fn ttl(on: KeyScope<'_>) -> OperationResult<Ttl> {
    on.make("ttl", |on| on.command("PTTL"), |reply, _| reply.into_integer().map(Ttl::from_milliseconds))
}

pub(crate) fn persist(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("persist", |on| on.command("PERSIST"), read::truth)
}

pub(crate) fn touch(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("touch", |on| on.command("TOUCH"), read::truth)
}
