//! Streams.

use std::{ops::RangeBounds, time::SystemTime};

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, ReplyContext, Request, read};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply, RetryCategory, Script, ScriptCall},
    streams::{
        AddOptions, Fields, GroupInfo, RawItem, StreamEntry, StreamId, StreamInfo, Trim, VALUE_FIELD, bounds,
        decoded,
    },
    values::operation_key,
};

static ADD_ONCE: Script =
    Script::new(concat!(include_str!("scripts/rights.lua"), include_str!("scripts/add_once.lua")));

pub(crate) fn add<V: Serialize + ?Sized>(on: KeyScope<'_>, value: &V) -> OperationResult<StreamId> {
    let command = |on: Keyed<'_>| {
        let value = on.encode(value)?;
        Ok(on.command_with_room("XADD", value.len())?.arg("*").arg(VALUE_FIELD).arg(value))
    };
    on.make("stream.add", command, id)
}

pub(crate) fn add_with<V: Serialize + ?Sized>(
    on: KeyScope<'_>,
    value: &V,
    options: &AddOptions,
    now: SystemTime,
) -> OperationResult<StreamId> {
    let request = |on: Keyed<'_>| {
        let words = options.words()?;
        let value = on.encode(value)?;
        let Some((operation, remembered_for)) = &options.operation else {
            let command = on.command_with_room("XADD", value.len())?;
            return Ok(Request::from(command.arg(words).arg(VALUE_FIELD).arg(value)));
        };
        let lives = on.time_to_live(*remembered_for, now)?;
        let beside = operation_key(on.scope.namespace, &on, operation)?;
        let call = ADD_ONCE.call().key(on.whole()?).key(beside).arg(lives.to_string());
        let call = words.into_iter().fold(call, ScriptCall::arg).arg(VALUE_FIELD).arg(value);
        // The second run finds what the first has remembered, and adds nothing.
        Ok(call.in_category(RetryCategory::LastWins).failing_before_it_writes().into())
    };
    on.make("stream.add_with", request, id)
}

pub(crate) fn add_raw<N: AsRef<[u8]>, B: AsRef<[u8]>>(
    on: KeyScope<'_>,
    fields: impl IntoIterator<Item = (N, B)>,
) -> OperationResult<StreamId> {
    let command = |on: Keyed<'_>| {
        let mut bytes = 0;
        let mut fields = fields.into_iter().peekable();
        if fields.peek().is_none() {
            return Err(Error::invalid_input("an item of a stream needs a field"));
        }
        let command = fields.fold(on.command("XADD")?.arg("*"), |command, (name, value)| {
            bytes += value.as_ref().len();
            command.arg(name.as_ref()).arg(value.as_ref())
        });
        on.scope.policy.check_size(bytes)?;
        Ok(command)
    };
    on.make("stream.add_raw", command, id)
}

pub(crate) fn len(on: KeyScope<'_>) -> OperationResult<u64> {
    on.make("stream.len", |on| on.command("XLEN"), read::count)
}

pub(crate) fn is_empty(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("stream.is_empty", |on| on.command("XLEN"), read::none)
}

pub(crate) fn range<T: DeserializeOwned>(
    on: KeyScope<'_>,
    range: &impl RangeBounds<StreamId>,
    limit: Option<u32>,
) -> OperationResult<Vec<StreamEntry<T>>> {
    let command = |on: Keyed<'_>| within(on, "XRANGE", bounds(range), limit);
    on.make_unless_empty("stream.range", command, entries)
}

pub(crate) fn rev_range<T: DeserializeOwned>(
    on: KeyScope<'_>,
    range: &impl RangeBounds<StreamId>,
    limit: Option<u32>,
) -> OperationResult<Vec<StreamEntry<T>>> {
    let command =
        |on: Keyed<'_>| within(on, "XREVRANGE", bounds(range).map(|(first, last)| (last, first)), limit);
    on.make_unless_empty("stream.rev_range", command, entries)
}

pub(crate) fn range_raw(
    on: KeyScope<'_>,
    range: &impl RangeBounds<StreamId>,
    limit: Option<u32>,
) -> OperationResult<Vec<(StreamId, Fields)>> {
    let command = |on: Keyed<'_>| within(on, "XRANGE", bounds(range), limit);
    on.make_unless_empty("stream.range_raw", command, |reply, _| {
        let items = RawItem::list(reply)?;
        Ok(items.into_iter().map(|item| (item.id, item.fields.unwrap_or_default())).collect())
    })
}

pub(crate) fn read_after<T: DeserializeOwned>(
    on: KeyScope<'_>,
    after: StreamId,
    count: u32,
) -> OperationResult<Vec<StreamEntry<T>>> {
    let command = |on: Keyed<'_>| {
        let mut command = Command::new("XREAD").arg("COUNT").arg(count).arg("STREAMS");
        on.scope.namespace.add_key(&mut command, on.key, on.is_found)?;
        Ok((count > 0).then(|| command.arg(after.to_string())))
    };
    on.make_unless_empty("stream.read_after", command, entries_of_one_stream)
}

pub(crate) fn delete(on: KeyScope<'_>, ids: &[StreamId]) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| on.with_all("XDEL", ids, |command, id| Ok(command.arg(id.to_string())));
    on.make_unless_empty("stream.delete", command, read::count)
}

pub(crate) fn trim(on: KeyScope<'_>, trim: Trim) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| Ok(on.command("XTRIM")?.arg(&trim.words()[..]));
    on.make("stream.trim", command, read::count)
}

pub(crate) fn info(on: KeyScope<'_>) -> OperationResult<StreamInfo> {
    on.make("stream.info", |on| on.command("XINFO STREAM"), |reply, _| StreamInfo::from_reply(reply))
}

pub(crate) fn groups(on: KeyScope<'_>) -> OperationResult<Vec<GroupInfo>> {
    on.make("stream.groups", |on| on.command("XINFO GROUPS"), |reply, _| GroupInfo::list(reply))
}

fn within(
    on: Keyed<'_>,
    name: &'static str,
    ends: Option<(StreamId, StreamId)>,
    limit: Option<u32>,
) -> Result<Option<Command>> {
    let command = on.command(name)?;
    let Some((from, to)) = ends.filter(|_| limit != Some(0)) else { return Ok(None) };
    let command = command.arg(from.to_string()).arg(to.to_string());
    Ok(Some(match limit {
        Some(limit) => command.arg("COUNT").arg(limit),
        None => command,
    }))
}

fn id(reply: Reply, _: &ReplyContext<'_>) -> Result<StreamId> {
    StreamId::from_reply(reply)
}

pub(super) fn entries<T: DeserializeOwned>(
    reply: Reply,
    asked: &ReplyContext<'_>,
) -> Result<Vec<StreamEntry<T>>> {
    Ok(decoded_all(RawItem::list(reply)?, asked))
}

pub(super) fn entries_of_one_stream<T: DeserializeOwned>(
    reply: Reply,
    asked: &ReplyContext<'_>,
) -> Result<Vec<StreamEntry<T>>> {
    Ok(decoded_all(RawItem::of_one_stream(reply)?, asked))
}

/// Decodes each item; an error names the operation and the key.
pub(super) fn decoded_all<T: DeserializeOwned>(
    items: Vec<RawItem>,
    asked: &ReplyContext<'_>,
) -> Vec<StreamEntry<T>> {
    let key = asked.command.and_then(|command| command.keys().next()).unwrap_or_default();
    let key = asked.scope.namespace.strip(key).unwrap_or(key);
    let refine = |error: Error| error.during(asked.name).on_key(key);
    items.into_iter().map(|item| decoded(item, |bytes| asked.decode(bytes), refine)).collect()
}
