//! Hashes: fields by name, and their values.

use std::{collections::HashMap, time::SystemTime};

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, ReplyContext, read};
use crate::{
    error::{Error, ErrorKind, Outcome, Result},
    protocol::{Command, Reply},
    values::{Expires, Expiry, FailedValue, Ttl, bytes_of},
};

pub(crate) fn set<V: Serialize + ?Sized>(on: KeyScope<'_>, field: &str, value: &V) -> OperationResult<bool> {
    on.make("hash.set", |on| with_entry(on, "HSET", field, value), read::truth)
}

pub(crate) fn set_if_absent<V: Serialize + ?Sized>(
    on: KeyScope<'_>,
    field: &str,
    value: &V,
) -> OperationResult<bool> {
    on.make("hash.set_if_absent", |on| with_entry(on, "HSETNX", field, value), read::truth)
}

pub(crate) fn set_many<'a, F: AsRef<str>, V: Serialize + ?Sized + 'a>(
    on: KeyScope<'_>,
    entries: impl IntoIterator<Item = (F, &'a V)>,
) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| {
        on.with_all("HSET", entries, |command, (field, value)| {
            Ok(command.arg(checked(field.as_ref())?).arg(on.encode(value)?))
        })
    };
    on.make_unless_empty("hash.set_many", command, read::count)
}

pub(crate) fn delete(on: KeyScope<'_>, field: &str) -> OperationResult<bool> {
    on.make("hash.delete", |on| with_field(on, "HDEL", field), read::truth)
}

pub(crate) fn delete_many(on: KeyScope<'_>, fields: &[impl AsRef<str>]) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| with_fields(on.command("HDEL")?, fields);
    on.make_unless_empty("hash.delete_many", command, read::count)
}

pub(crate) fn exists(on: KeyScope<'_>, field: &str) -> OperationResult<bool> {
    on.make("hash.exists", |on| with_field(on, "HEXISTS", field), read::truth)
}

pub(crate) fn increment(on: KeyScope<'_>, field: &str, by: i64) -> OperationResult<i64> {
    on.make("hash.increment", |on| Ok(with_field(on, "HINCRBY", field)?.arg(by)), read::integer)
}

pub(crate) fn len(on: KeyScope<'_>) -> OperationResult<u64> {
    on.make("hash.len", |on| on.command("HLEN"), read::count)
}

pub(crate) fn is_empty(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("hash.is_empty", |on| on.command("HLEN"), read::none)
}

pub(crate) fn keys(on: KeyScope<'_>) -> OperationResult<Vec<String>> {
    on.make(
        "hash.keys",
        |on| on.command("HKEYS"),
        |reply, _| reply.into_values()?.into_iter().map(name).collect(),
    )
}

pub(crate) fn expire_fields(
    on: KeyScope<'_>,
    fields: &[impl AsRef<str>],
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<Vec<bool>> {
    let command = |on: Keyed<'_>| {
        let (command, time) = match on.expires(expiry, now)? {
            Expires::InMilliseconds(time) => ("HPEXPIRE", time),
            Expires::AtMilliseconds(time) => ("HPEXPIREAT", time),
            Expires::Never | Expires::Keep => {
                return Err(Error::invalid_input("a field's expiry must be a time"));
            }
        };
        with_fields(on.command(command)?.arg(time).arg("FIELDS").arg(fields.len()), fields)
    };
    on.make_unless_empty("hash.expire_fields", command, |reply, asked| {
        // HPEXPIRE key time FIELDS count field… returns -2: no such field; 1: set; 2: it has already expired.
        Ok(codes(reply, asked, 5)?.into_iter().map(|code| code > 0).collect())
    })
}

pub(crate) fn field_ttls(on: KeyScope<'_>, fields: &[impl AsRef<str>]) -> OperationResult<Vec<Ttl>> {
    let command = |on: Keyed<'_>| with_fields(on.command("HPTTL")?.arg("FIELDS").arg(fields.len()), fields);
    on.make_unless_empty("hash.field_ttls", command, |reply, asked| {
        // HPTTL key FIELDS count field…
        Ok(codes(reply, asked, 4)?.into_iter().map(Ttl::from_milliseconds).collect())
    })
}

pub(crate) fn get<T: DeserializeOwned>(on: KeyScope<'_>, field: &str) -> OperationResult<Option<T>> {
    on.make(
        "hash.get",
        |on| with_field(on, "HGET", field),
        |reply, asked| {
            let found = reply.into_bytes()?;
            found.map(|bytes| decode(asked, FIELD, &bytes)).transpose()
        },
    )
}

pub(crate) fn get_many<T: DeserializeOwned>(
    on: KeyScope<'_>,
    fields: &[impl AsRef<str>],
) -> OperationResult<Vec<Result<Option<T>, FailedValue>>> {
    let command = |on: Keyed<'_>| with_fields(on.command("HMGET")?, fields);
    on.make_unless_empty("hash.get_many", command, |reply, asked| {
        let values = bytes_of(reply.into_array()?, asked.words().saturating_sub(FIELD))?;
        let decode = |(bytes, field): (Option<Vec<u8>>, &[u8])| {
            let decoded = bytes.map(|bytes| asked.decode(&bytes)).transpose();
            decoded.map_err(|error| {
                let error = error.during(asked.name).on_key(key(asked));
                FailedValue::in_field(&String::from_utf8_lossy(field), error)
            })
        };
        Ok(values.into_iter().zip(asked.words_from(FIELD)).map(decode).collect())
    })
}

pub(crate) fn get_all<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<HashMap<String, T>> {
    on.make(
        "hash.get_all",
        |on| on.command("HGETALL"),
        |reply, asked| {
            let entry = |(field, value): (Reply, Reply)| {
                let field = name(field.into_value()?)?;
                let value = asked.decode(&value.into_value()?).map_err(|error| error.in_field(&field))?;
                Ok((field, value))
            };
            reply.into_pairs()?.into_iter().map(entry).collect()
        },
    )
}

pub(crate) fn values<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Vec<T>> {
    on.make("hash.values", |on| on.command("HVALS"), read::values)
}

/// The index of a command's first field, if only the key stands before it.
const FIELD: usize = 2;

fn with_field(on: Keyed<'_>, command: &'static str, field: &str) -> Result<Command> {
    let field = checked(field)?;
    Ok(on.command_with_room(command, field.len())?.arg(field))
}

fn with_entry<V: Serialize + ?Sized>(
    on: Keyed<'_>,
    command: &'static str,
    field: &str,
    value: &V,
) -> Result<Command> {
    let (field, value) = (checked(field)?, on.encode(value)?);
    Ok(on.command_with_room(command, field.len() + value.len())?.arg(field).arg(value))
}

/// Appends the fields; `None` if there are none.
fn with_fields(command: Command, fields: &[impl AsRef<str>]) -> Result<Option<Command>> {
    let add = |command: Command, field: &_| Ok(command.arg(checked(AsRef::<str>::as_ref(field))?));
    let command = fields.iter().try_fold(command, add)?;
    Ok((!fields.is_empty()).then_some(command))
}

fn checked(field: &str) -> Result<&str> {
    if field.is_empty() { Err(Error::invalid_input("the name of a field is empty")) } else { Ok(field) }
}

fn name(field: Vec<u8>) -> Result<String> {
    String::from_utf8(field).map_err(|field| {
        let error = Error::new(ErrorKind::Deserialization, "the field's name is not UTF-8");
        error.with_outcome(Outcome::Applied).in_field(field.as_bytes())
    })
}

/// Decodes the value of the field at this index of the command.
fn decode<T: DeserializeOwned>(asked: &ReplyContext<'_>, field: usize, bytes: &[u8]) -> Result<T> {
    asked.decode(bytes).map_err(|error| error.in_field(asked.word(field)))
}

/// Reads one integer for each field; `first` is the index of the first field in the command.
fn codes(reply: Reply, asked: &ReplyContext<'_>, first: usize) -> Result<Vec<i64>> {
    let replies = reply.into_array()?;
    if replies.len() != asked.words().saturating_sub(first) {
        return Err(Error::unexpected_reply("an integer for each field", "a different number of integers"));
    }
    replies.into_iter().map(Reply::into_integer).collect()
}

/// The hash's key, as the caller wrote it.
fn key<'a>(asked: &'a ReplyContext<'_>) -> &'a [u8] {
    let whole = asked.word(1);
    asked.scope.namespace.strip(whole).unwrap_or(whole)
}
