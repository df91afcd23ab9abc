//! Sorted sets.

use std::{ops::RangeBounds, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, ReplyContext, read};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply},
    values::{block_seconds, score as written, scores},
};

pub(crate) fn add<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V, score: f64) -> OperationResult<bool> {
    let command = |on: Keyed<'_>| Ok(on.command("ZADD")?.arg(written(score)?).arg(on.encode(member)?));
    on.make("sorted_set.add", command, read::truth)
}

pub(crate) fn add_many<'a, V: Serialize + ?Sized + 'a>(
    on: KeyScope<'_>,
    members: impl IntoIterator<Item = (&'a V, f64)>,
) -> OperationResult<u64> {
    let command = |on: Keyed<'_>| {
        on.with_all("ZADD", members, |command, (member, score)| {
            Ok(command.arg(written(score)?).arg(on.encode(member)?))
        })
    };
    on.make_unless_empty("sorted_set.add_many", command, read::count)
}

pub(crate) fn increment<V: Serialize + ?Sized>(
    on: KeyScope<'_>,
    member: &V,
    by: f64,
) -> OperationResult<f64> {
    let command = |on: Keyed<'_>| Ok(on.command("ZINCRBY")?.arg(written(by)?).arg(on.encode(member)?));
    on.make("sorted_set.increment", command, read::float)
}

pub(crate) fn score<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<Option<f64>> {
    on.make("sorted_set.score", |on| on.with_value("ZSCORE", member), |reply, _| reply.into_float())
}

pub(crate) fn rank<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<Option<u64>> {
    on.make("sorted_set.rank", |on| on.with_value("ZRANK", member), |reply, _| reply.into_rank())
}

pub(crate) fn rev_rank<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<Option<u64>> {
    on.make("sorted_set.rev_rank", |on| on.with_value("ZREVRANK", member), |reply, _| reply.into_rank())
}

pub(crate) fn remove<V: Serialize + ?Sized>(on: KeyScope<'_>, member: &V) -> OperationResult<bool> {
    on.make("sorted_set.remove", |on| on.with_value("ZREM", member), read::truth)
}

pub(crate) fn remove_many<V: Serialize>(
    on: KeyScope<'_>,
    members: impl IntoIterator<Item = V>,
) -> OperationResult<u64> {
    on.make_unless_empty("sorted_set.remove_many", |on| on.with_values("ZREM", members), read::count)
}

pub(crate) fn remove_range_by_score(on: KeyScope<'_>, range: &impl RangeBounds<f64>) -> OperationResult<u64> {
    let command = |on| with_scores(on, "ZREMRANGEBYSCORE", range);
    on.make("sorted_set.remove_range_by_score", command, read::count)
}

pub(crate) fn len(on: KeyScope<'_>) -> OperationResult<u64> {
    on.make("sorted_set.len", |on| on.command("ZCARD"), read::count)
}

pub(crate) fn is_empty(on: KeyScope<'_>) -> OperationResult<bool> {
    on.make("sorted_set.is_empty", |on| on.command("ZCARD"), read::none)
}

pub(crate) fn count(on: KeyScope<'_>, range: &impl RangeBounds<f64>) -> OperationResult<u64> {
    on.make("sorted_set.count", |on| with_scores(on, "ZCOUNT", range), read::count)
}

pub(crate) fn range<T: DeserializeOwned>(
    on: KeyScope<'_>,
    start: i64,
    stop: i64,
) -> OperationResult<Vec<(T, f64)>> {
    let command = |on: Keyed<'_>| Ok(on.command("ZRANGE")?.arg(start).arg(stop).arg("WITHSCORES"));
    on.make("sorted_set.range", command, scored)
}

pub(crate) fn range_by_score<T: DeserializeOwned>(
    on: KeyScope<'_>,
    range: &impl RangeBounds<f64>,
    limit: Option<u32>,
) -> OperationResult<Vec<(T, f64)>> {
    let command = |on: Keyed<'_>| {
        let command = with_scores(on, "ZRANGE", range)?.arg("BYSCORE");
        let command = match limit {
            Some(0) => return Ok(None),
            Some(limit) => command.arg("LIMIT").arg(0).arg(limit),
            None => command,
        };
        Ok(Some(command.arg("WITHSCORES")))
    };
    on.make_unless_empty("sorted_set.range_by_score", command, scored)
}

pub(crate) fn top<T: DeserializeOwned>(on: KeyScope<'_>, count: u32) -> OperationResult<Vec<(T, f64)>> {
    let command = |on: Keyed<'_>| {
        let command = on.command("ZRANGE")?;
        let last = count.checked_sub(1);
        Ok(last.map(|last| command.arg(0).arg(last).arg("REV").arg("WITHSCORES")))
    };
    on.make_unless_empty("sorted_set.top", command, scored)
}

pub(crate) fn pop_min<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<(T, f64)>> {
    on.make("sorted_set.pop_min", |on| on.command("ZPOPMIN"), scored_one)
}

pub(crate) fn pop_max<T: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<(T, f64)>> {
    on.make("sorted_set.pop_max", |on| on.command("ZPOPMAX"), scored_one)
}

pub(crate) fn pop_wait<T: DeserializeOwned>(
    on: KeyScope<'_>,
    (name, command): (&'static str, &'static str),
    block: Result<Duration>,
) -> OperationResult<Option<(T, f64)>> {
    on.make(name, |on| Ok(on.command(command)?.arg(block_seconds(block?))), read::scored_of_key)
}

fn with_scores(on: Keyed<'_>, command: &'static str, range: &impl RangeBounds<f64>) -> Result<Command> {
    let (least, greatest) = scores(range)?;
    Ok(on.command(command)?.arg(least).arg(greatest))
}

/// Reads members with their scores.
fn scored<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Vec<(T, f64)>> {
    let read = |(member, score): (Reply, Reply)| {
        let member = asked.decode(&member.into_value()?)?;
        let score = score.into_float()?.ok_or_else(|| Error::unexpected_reply("a score", "nil"))?;
        Ok((member, score))
    };
    reply.into_pairs()?.into_iter().map(read).collect()
}

/// Reads the only member with its score.
fn scored_one<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Option<(T, f64)>> {
    Ok(scored(reply, asked)?.pop())
}
