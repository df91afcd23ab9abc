//! Lists.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, read};
use crate::{
    error::Result,
    values::{AsKey, ListEnd, block_seconds},
};

pub(crate) fn push_front<V: Serialize + ?Sized>(on: KeyScope<'_>, value: &V) -> OperationResult<u64> {
    on.make("list.push_front", |on| on.with_value("LPUSH", value), read::count)
}

pub(crate) fn push_back<V: Serialize + ?Sized>(on: KeyScope<'_>, value: &V) -> OperationResult<u64> {
    on.make("list.push_back", |on| on.with_value("RPUSH", value), read::count)
}

pub(crate) fn push_front_many<V: Serialize>(
    on: KeyScope<'_>,
    values: impl IntoIterator<Item = V>,
) -> OperationResult<Option<u64>> {
    push_many(on, "list.push_front_many", "LPUSH", values)
}

pub(crate) fn push_back_many<V: Serialize>(
    on: KeyScope<'_>,
    values: impl IntoIterator<Item = V>,
) -> OperationResult<Option<u64>> {
    push_many(on, "list.push_back_many", "RPUSH", values)
}

pub(crate) fn len(on: KeyScope<'_>) -> OperationResult<u64> {
    on.make("list.len", |on| on.command("LLEN"), read::count)
}

pub(crate) fn is_empty(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("list.is_empty", |on| on.command("LLEN"), read::none)
}

pub(crate) fn trim(on: KeyScope<'_>, start: i64, stop: i64) -> OperationResult<()> {
    on.make("list.trim", |on| Ok(on.command("LTRIM")?.arg(start).arg(stop)), read::done)
}

pub(crate) fn set<V: Serialize + ?Sized>(on: KeyScope<'_>, index: i64, value: &V) -> OperationResult<()> {
    let command = |on: Keyed<'_>| Ok(on.command("LSET")?.arg(index).arg(on.encode(value)?));
    on.make("list.set", command, read::done)
}

pub(crate) fn remove<V: Serialize + ?Sized>(on: KeyScope<'_>, count: i64, value: &V) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| Ok(on.command("LREM")?.arg(count).arg(on.encode(value)?));
    on.make("list.remove", command, read::count)
}

pub(crate) fn pop_front<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("list.pop_front", |on| on.command("LPOP"), read::value)
}

pub(crate) fn pop_back<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("list.pop_back", |on| on.command("RPOP"), read::value)
}

pub(crate) fn pop_front_many<T: DeserializeOwned>(on: KeyScope<'_>, count: u32) -> OperationResult<Vec<T>> {
    pop_many(on, "list.pop_front_many", "LPOP", count)
}

pub(crate) fn pop_back_many<T: DeserializeOwned>(on: KeyScope<'_>, count: u32) -> OperationResult<Vec<T>> {
    pop_many(on, "list.pop_back_many", "RPOP", count)
}

pub(crate) fn range<T: DeserializeOwned>(on: KeyScope<'_>, start: i64, stop: i64) -> OperationResult<Vec<T>> {
    on.make("list.range", |on| Ok(on.command("LRANGE")?.arg(start).arg(stop)), read::values)
}

pub(crate) fn get<T: DeserializeOwned>(on: KeyScope<'_>, index: i64) -> OperationResult<Option<T>> {
    on.make("list.get", |on| Ok(on.command("LINDEX")?.arg(index)), read::value)
}

fn push_many<V: Serialize>(
    on: KeyScope<'_>,
    name: &'static str,
    command: &'static str,
    values: impl IntoIterator<Item = V>,
) -> OperationResult<Option<u64>> {
    let command = |on: Keyed<'_>| on.with_values(command, values);
    on.make_unless_empty(name, command, |reply, _| reply.into_count().map(Some))
}

fn pop_many<T: DeserializeOwned>(
    on: KeyScope<'_>,
    name: &'static str,
    command: &'static str,
    count: u32,
) -> OperationResult<Vec<T>> {
    let command = |on: Keyed<'_>| {
        let command = on.command(command)?.arg(count);
        Ok((count > 0).then_some(command))
    };
    on.make_unless_empty(name, command, read::values)
}

pub(crate) fn pop_wait<T: DeserializeOwned>(
    on: KeyScope<'_>,
    end: ListEnd,
    block: Result<Duration>,
) -> OperationResult<Option<T>> {
    let (name, command) = match end {
        ListEnd::Front => ("list.pop_front_wait", "BLPOP"),
        ListEnd::Back => ("list.pop_back_wait", "BRPOP"),
    };
    on.make(name, |on| Ok(on.command(command)?.arg(block_seconds(block?))), read::value_of_key)
}

pub(crate) fn move_wait<T: DeserializeOwned>(
    on: KeyScope<'_>,
    from: ListEnd,
    (destination, to): (&(impl AsKey + ?Sized), ListEnd),
    block: Result<Duration>,
) -> OperationResult<Option<T>> {
    let command = |on: Keyed<'_>| {
        let destination = on.scope.namespace.key(destination)?;
        let command = on.command("BLMOVE")?.key(destination);
        Ok(command.arg(from.word()).arg(to.word()).arg(block_seconds(block?)))
    };
    on.make("list.move_wait", command, read::value)
}
