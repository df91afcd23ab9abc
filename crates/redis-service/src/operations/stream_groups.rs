//! Groups of streams.

use std::{ops::RangeBounds, time::Duration};

use serde::de::DeserializeOwned;

use super::{
    KeyScope, Keyed, OperationResult, ReplyContext, read,
    streams::{decoded_all, entries_of_one_stream},
};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply, RetryCategory, Script, ScriptCall},
    streams::{
        Claimed, ConsumerInfo, NewGroup, PendingItem, PendingSummary, RawItem, StreamEntry, StreamId, bounds,
        check_name,
    },
    values::AsKey,
};

static MOVE_AWAY: Script = Script::new(concat!(
    include_str!("scripts/rights.lua"),
    include_str!("scripts/move_item.lua"),
    include_str!("scripts/move_away.lua")
));

/// The most bytes of a reason that are stored with an item that is moved away.
const LONGEST_REASON: usize = 1024;

pub(crate) fn create(on: KeyScope<'_>, group: &str, new: NewGroup) -> OperationResult<()> {
    let command = |on: Keyed<'_>| {
        let command = named(on, "XGROUP CREATE", group)?.arg(new.position());
        Ok(if new.makes_stream { command.arg("MKSTREAM") } else { command })
    };
    on.make("stream_group.create", command, read::done)
}

pub(crate) fn destroy(on: KeyScope<'_>, group: &str) -> OperationResult<bool> {
    on.make("stream_group.destroy", |on| named(on, "XGROUP DESTROY", group), read::truth)
}

pub(crate) fn read<T: DeserializeOwned>(
    on: KeyScope<'_>,
    group: &str,
    consumer: &str,
    count: u32,
) -> OperationResult<Vec<StreamEntry<T>>> {
    let command = |on: Keyed<'_>| read_now(on, group, consumer, count, ">");
    on.make_unless_empty("stream_group.read", command, entries_of_one_stream)
}

pub(crate) fn read_pending<T: DeserializeOwned>(
    on: KeyScope<'_>,
    group: &str,
    consumer: &str,
    after: StreamId,
    count: u32,
) -> OperationResult<Vec<StreamEntry<T>>> {
    let command = |on: Keyed<'_>| read_now(on, group, consumer, count, &after.to_string());
    on.make_unless_empty("stream_group.read_pending", command, entries_of_one_stream)
}

pub(crate) fn acknowledge(on: KeyScope<'_>, group: &str, ids: &[StreamId]) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| {
        let command = named(on, "XACK", group)?;
        let all = ids.iter().fold(command, |command, id| command.arg(id.to_string()));
        Ok((!ids.is_empty()).then_some(all))
    };
    on.make_unless_empty("stream_group.acknowledge", command, read::count)
}

pub(crate) fn claim_idle<T: DeserializeOwned>(
    on: KeyScope<'_>,
    group: &str,
    consumer: &str,
    idle: Duration,
    from: StreamId,
    count: u32,
) -> OperationResult<Claimed<T>> {
    let command = |on: Keyed<'_>| {
        let command = named(on, "XAUTOCLAIM", group)?.arg(check_name("consumer", consumer)?);
        let command = command.arg(milliseconds(idle)).arg(from.to_string()).arg("COUNT").arg(count);
        Ok((count > 0).then_some(command))
    };
    on.make_unless_empty("stream_group.claim_idle", command, claimed)
}

pub(crate) fn move_to(
    on: KeyScope<'_>,
    group: &str,
    other: &(impl AsKey + ?Sized),
    id: StreamId,
    reason: &str,
) -> OperationResult<bool> {
    let script = |on: Keyed<'_>| {
        let group = check_name("group", group)?;
        let other = on.scope.namespace.key(other)?;
        let call = MOVE_AWAY.call().key(on.whole()?).key(other);
        if on.scope.policy.has_slots() {
            call.slot()?;
        }
        let call: ScriptCall = call.arg(group).arg(id.to_string()).arg(shortened(reason));
        // The second run finds the item acknowledged, and moves nothing.
        Ok(call.in_category(RetryCategory::LastWins).failing_before_it_writes())
    };
    on.make("stream_group.move_to", script, read::truth)
}

pub(crate) fn pending(on: KeyScope<'_>, group: &str) -> OperationResult<PendingSummary> {
    let read = |reply: Reply, _: &ReplyContext<'_>| PendingSummary::from_reply(reply);
    on.make("stream_group.pending", |on| named(on, "XPENDING", group), read)
}

pub(crate) fn pending_items(
    on: KeyScope<'_>,
    group: &str,
    range: &impl RangeBounds<StreamId>,
    count: u32,
) -> OperationResult<Vec<PendingItem>> {
    let command = |on: Keyed<'_>| pending_within(on, group, range, count);
    on.make_unless_empty("stream_group.pending_items", command, |reply, _| PendingItem::list(reply))
}

pub(crate) fn pending_items_of(
    on: KeyScope<'_>,
    group: &str,
    consumer: &str,
    range: &impl RangeBounds<StreamId>,
    count: u32,
) -> OperationResult<Vec<PendingItem>> {
    let command = |on: Keyed<'_>| {
        let consumer = check_name("consumer", consumer)?;
        Ok(pending_within(on, group, range, count)?.map(|command| command.arg(consumer)))
    };
    on.make_unless_empty("stream_group.pending_items_of", command, |reply, _| PendingItem::list(reply))
}

pub(crate) fn consumers(on: KeyScope<'_>, group: &str) -> OperationResult<Vec<ConsumerInfo>> {
    let command = |on: Keyed<'_>| named(on, "XINFO CONSUMERS", group);
    on.make("stream_group.consumers", command, |reply, _| ConsumerInfo::list(reply))
}

pub(crate) fn remove_consumer(on: KeyScope<'_>, group: &str, consumer: &str) -> OperationResult<u64> {
    let command =
        |on: Keyed<'_>| Ok(named(on, "XGROUP DELCONSUMER", group)?.arg(check_name("consumer", consumer)?));
    on.make("stream_group.remove_consumer", command, read::count)
}

fn named(on: Keyed<'_>, command: &'static str, group: &str) -> Result<Command> {
    Ok(on.command(command)?.arg(check_name("group", group)?))
}

/// Reads through `XREADGROUP` without waiting: `>` for new items, an id for those after it that the consumer has not
/// acknowledged.
fn read_now(on: Keyed<'_>, group: &str, consumer: &str, count: u32, from: &str) -> Result<Option<Command>> {
    let (group, consumer) = (check_name("group", group)?, check_name("consumer", consumer)?);
    let stream = on.whole()?;
    Ok((count > 0).then(|| reading(&stream, group, consumer, None, count as usize, from)))
}

/// The command that reads from a stream, by its whole key, for a group. `block` is in milliseconds.
pub(crate) fn reading(
    stream: &[u8],
    group: &str,
    consumer: &str,
    block: Option<u64>,
    count: usize,
    from: &str,
) -> Command {
    let command = Command::new("XREADGROUP").arg("GROUP").arg(group).arg(consumer).arg("COUNT").arg(count);
    let command = match block {
        Some(block) => command.arg("BLOCK").arg(block),
        None => command,
    };
    command.arg("STREAMS").key(stream).arg(from)
}

fn pending_within(
    on: Keyed<'_>,
    group: &str,
    range: &impl RangeBounds<StreamId>,
    count: u32,
) -> Result<Option<Command>> {
    let command = named(on, "XPENDING", group)?;
    let ends = bounds(range).filter(|_| count > 0);
    Ok(ends.map(|(first, last)| command.arg(first.to_string()).arg(last.to_string()).arg(count)))
}

/// Reads where to go on, the items, and since Redis 7 the ids of those that were deleted.
fn claimed<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Claimed<T>> {
    let mut parts = reply.into_array()?.into_iter();
    let (Some(next), Some(items)) = (parts.next(), parts.next()) else {
        return Err(Error::unexpected_reply("claimed items", "less"));
    };
    let next = Some(StreamId::from_reply(next)?).filter(|next| *next > StreamId::MIN);
    let items = decoded_all(RawItem::list(items)?, asked);
    let deleted = parts.next().map_or_else(|| Ok(Vec::new()), Reply::into_array)?;
    let deleted = deleted.into_iter().map(StreamId::from_reply).collect::<Result<_>>()?;
    Ok(Claimed { items, deleted, next })
}

/// Rounds up: an item must be idle for all of the time.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    // Redis counts in an `i64`.
    time.as_nanos().div_ceil(1_000_000).min(i64::MAX as u128) as u64
}

/// Returns as much of the reason as is stored.
fn shortened(reason: &str) -> &str {
    let end = (0..=LONGEST_REASON.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_stored_up_to_a_limit() {
        assert_eq!(shortened("no"), "no");
        assert_eq!(shortened(&"n".repeat(5_000)).len(), LONGEST_REASON);
        // Three bytes each, and no part of one.
        assert_eq!(shortened(&"€".repeat(5_000)).len(), 1_023);
    }

    #[test]
    fn idle_times_are_rounded_up() {
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::from_millis(7)), 7);
        assert_eq!(milliseconds(Duration::MAX), i64::MAX as u64);
    }
}
