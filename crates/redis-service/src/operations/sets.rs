//! Sets.

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, OperationResult, read};

pub(crate) fn add<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<bool> {
    on.make("set.add", |on| on.with_value("SADD", member), read::truth)
}

pub(crate) fn add_many<V: Serialize>(
    on: KeyScope<'_>,
    members: impl IntoIterator<Item = V>,
) -> OperationResult<u64> {
    on.make_unless_empty("set.add_many", |on| on.with_values("SADD", members), read::count)
}

pub(crate) fn remove<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<bool> {
    on.make("set.remove", |on| on.with_value("SREM", member), read::truth)
}

pub(crate) fn remove_many<V: Serialize>(
    on: KeyScope<'_>,
    members: impl IntoIterator<Item = V>,
) -> OperationResult<u64> {
    on.make_unless_empty("set.remove_many", |on| on.with_values("SREM", members), read::count)
}

pub(crate) fn contains<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<bool> {
    on.make("set.contains", |on| on.with_value("SISMEMBER", member), read::truth)
}

pub(crate) fn len(on: KeyScope<'_>) -> OperationResult<u64> {
    on.make("set.len", |on| on.command("SCARD"), read::count)
}

pub(crate) fn is_empty(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("set.is_empty", |on| on.command("SCARD"), read::none)
}

pub(crate) fn members<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Vec<T>> {
    on.make("set.members", |on| on.command("SMEMBERS"), read::values)
}

pub(crate) fn random<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("set.random", |on| on.command("SRANDMEMBER"), read::value)
}

pub(crate) fn pop<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<T>> {
    on.make("set.pop", |on| on.command("SPOP"), read::value)
}
