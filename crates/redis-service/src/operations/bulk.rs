//! Operations on many keys in one call.

use std::{collections::HashMap, hash::Hash, time::SystemTime};

use serde::{Serialize, de::DeserializeOwned};

use super::{OperationResult, ReplyContext, Scope, read};
use crate::{
    error::Result,
    protocol::{Command, Condition, RawPipeline, Reply},
    values::{AsKey, Expiry, FailedValue, bytes_of},
};

/// The number of keys in one command: enough to make the round trip cheap, few enough to let other callers
/// in.
pub(crate) const CHUNK: usize = 4096;

pub(crate) fn get_many<T: DeserializeOwned>(
    scope: Scope<'_>,
    keys: &[impl AsKey],
) -> OperationResult<Vec<Result<Option<T>, FailedValue>>> {
    let command = |scope| on_keys(scope, "get_many", "MGET", keys);
    scope.make_unless_empty("get_many", command, |reply, asked| {
        let values = found(reply, asked)?.into_iter().zip(keys_of(asked));
        let decode = |(bytes, key): (Option<Vec<u8>>, &[u8])| {
            let decoded = bytes.map(|bytes| asked.decode(&bytes)).transpose();
            decoded.map_err(|error| FailedValue::new(key, error.during(asked.name).on_key(key)))
        };
        Ok(values.map(decode).collect())
    })
}

/// Reads these keys, and returns each value that exists with the index of its key.
pub(crate) fn get_found<T: DeserializeOwned>(
    scope: Scope<'_>,
    keys: &[impl AsKey],
) -> OperationResult<Vec<(usize, T)>> {
    let command = |scope| on_keys(scope, "get_map", "MGET", keys);
    scope.make_unless_empty("get_map", command, |reply, asked| {
        let values = found(reply, asked)?.into_iter().enumerate();
        let decode = |(index, bytes): (usize, Option<Vec<u8>>)| {
            let decoded = asked.decode(&bytes?).map(|value| (index, value));
            Some(decoded.map_err(|error| error.on_key(keys_of(asked).nth(index).unwrap_or_default())))
        };
        values.filter_map(decode).collect()
    })
}

/// Maps the values that exist to their keys.
pub(crate) fn by_key<K: Clone + Eq + Hash, T>(keys: &[K], found: Vec<(usize, T)>) -> HashMap<K, T> {
    found.into_iter().filter_map(|(index, value)| Some((keys.get(index)?.clone(), value))).collect()
}

pub(crate) fn set_many<K: AsKey, T: Serialize>(
    scope: Scope<'_>,
    entries: impl IntoIterator<Item = (K, T)>,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<()> {
    let set = |(key, value): (K, T)| {
        scope.on(&key).build("set_many", |on| {
            let value = on.encode(&value)?;
            let mut command = on.command_with_room("SET", value.len())?;
            command.push_set(&value, on.expires(expiry, now)?, Condition::Always);
            Ok(command)
        })
    };
    let commands = |_| {
        let commands = entries.into_iter().map(set).collect::<Result<RawPipeline>>()?;
        Ok((!commands.commands().is_empty()).then(|| commands.atomic()))
    };
    scope.make_unless_empty("set_many", commands, read::all_done)
}

pub(crate) fn delete_many(scope: Scope<'_>, keys: &[impl AsKey]) -> OperationResult<u64> {
    let command = |scope| on_keys(scope, "delete_many", "UNLINK", keys);
    scope.make_unless_empty("delete_many", command, read::count)
}

/// Makes the command `name` on all of the keys; `None` if there are none.
fn on_keys(
    scope: Scope<'_>,
    operation: &'static str,
    name: &'static str,
    keys: &[impl AsKey],
) -> Result<Option<Command>> {
    let room = keys.iter().filter_map(|key| key.as_key().ok()).map(|key| key.len() + LENGTH).sum();
    let mut command = Command::with_room(name, room);
    for key in keys {
        scope.on(key).build(operation, |on| scope.namespace.add_key(&mut command, on.key, on.is_found))?;
    }
    Ok((!keys.is_empty()).then_some(command))
}

/// About the number of bytes that a namespace and the lengths of words take.
const LENGTH: usize = 16;

/// Reads a value or `None` for each key.
fn found(reply: Reply, asked: &ReplyContext<'_>) -> Result<Vec<Option<Vec<u8>>>> {
    bytes_of(reply.into_array()?, asked.words().saturating_sub(1))
}

/// The requested keys, as the caller wrote them.
fn keys_of<'a>(asked: &'a ReplyContext<'_>) -> impl Iterator<Item = &'a [u8]> {
    asked.words_from(1).map(|whole| asked.scope.namespace.strip(whole).unwrap_or(whole))
}
