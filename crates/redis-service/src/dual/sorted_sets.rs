use std::{borrow::Borrow, marker::PhantomData, ops::RangeBounds};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute, Service,
    facet::Facet,
    runtime::{Link, dual},
};
use crate::{
    AsKey, Command, Error, Reply, Result,
    call::Call,
    score::{score, scores},
};

/// A set of `T`s that are ordered by their scores: [`Service::sorted_set`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. It expires as
/// any key does, by [`Service::expire`]; a set without members is gone. Members are written in any form that a
/// `T` can be borrowed in: a `SortedSet<String>` takes `&str`. Redis compares them by their bytes; see
/// [`Set`](super::Set). Members of the same score are in the order of their bytes.
///
/// A score may be infinite; one that is no number is refused before anything is sent.
///
/// What reads fails as a whole if one of the members is no `T`.
#[derive(Debug)]
pub struct SortedSet<T, L = Link> {
    facet: Facet<L>,
    members: PhantomData<fn() -> T>,
}

impl<L> Service<L> {
    /// The sorted set at `key`.
    #[must_use]
    pub fn sorted_set<T>(&self, key: impl AsKey) -> SortedSet<T, L> {
        SortedSet { facet: Facet::new(self, &key), members: PhantomData }
    }
}

#[dual]
impl<T, L: Execute> SortedSet<T, L> {
    /// Adds a member, or sets its score if it is one, and tells whether it is new.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the score is no number; `WrongType` if the key holds no sorted set; `Serialization` and
    /// `InvalidInput` as for [`Service::set`](Service::set).
    pub async fn add<V: Serialize + Sync + ?Sized>(&self, member: &V, score: f64) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.add");
        let command = self.adding(call, [(member, score)])?;
        self.facet.count(call, command).await.map(|added| added > 0)
    }

    /// Adds members or sets their scores, all or none, and tells how many are new. No members, no command.
    ///
    /// Command: `ZADD`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), before anything is sent if any member or score makes no sense.
    pub async fn add_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = (&'a V, f64)> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.add_many");
        let command = self.adding(call, members)?;
        self.facet.count(call, command).await
    }

    /// Adds `by` to the score of a member, and hands back what it is now. What is no member counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZINCRBY`.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add); `Operation` if the score would be no number, as infinity less infinity is.
    pub async fn increment<V: Serialize + Sync + ?Sized>(&self, member: &V, by: f64) -> Result<f64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.increment");
        let command = self.facet.command(call, "ZINCRBY")?.arg(call.name(score(by))?);
        let command = command.arg(self.facet.service().encode(call, member)?);
        let now = call.name(self.facet.ask(call, &command).await?.into_float())?;
        now.ok_or_else(|| call.blame(Error::unexpected_reply("a number", "nil")))
    }

    /// The score of a member; `None` if it is none.
    ///
    /// Command: `ZSCORE`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Serialization` if the member cannot be encoded.
    pub async fn score<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<f64>>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.score");
        let command = self.facet.with_value(call, "ZSCORE", member)?;
        call.name(self.facet.ask(call, &command).await?.into_float())
    }

    /// How many members are before it, from the least score on; `None` if it is none.
    ///
    /// Command: `ZRANK`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub async fn rank<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.rank");
        let command = self.facet.with_value(call, "ZRANK", member)?;
        call.name(self.facet.ask(call, &command).await?.into_rank())
    }

    /// How many members are before it, from the greatest score on; `None` if it is none.
    ///
    /// Command: `ZREVRANK`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub async fn rev_rank<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<Option<u64>>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.rev_rank");
        let command = self.facet.with_value(call, "ZREVRANK", member)?;
        call.name(self.facet.ask(call, &command).await?.into_rank())
    }

    /// Removes a member, and tells whether it was one.
    ///
    /// Command: `ZREM`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub async fn remove<V: Serialize + Sync + ?Sized>(&self, member: &V) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.remove");
        let command = self.facet.with_value(call, "ZREM", member)?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Removes members, and tells how many there were. No members, no command.
    ///
    /// Command: `ZREM`.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub async fn remove_many<'a, V: Serialize + ?Sized + 'a>(
        &self,
        members: impl IntoIterator<Item = &'a V> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("sorted_set.remove_many");
        let command = self.facet.with_values(call, "ZREM", members)?;
        self.facet.count(call, command).await
    }

    /// Removes all members with a score in the range, and tells how many: `..1.0` are those below 1.
    ///
    /// Command: `ZREMRANGEBYSCORE`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a bound is no number; `WrongType` if the key holds no sorted set.
    pub async fn remove_range_by_score(&self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        let call = self.facet.call("sorted_set.remove_range_by_score");
        let command = self.with_scores(call, "ZREMRANGEBYSCORE", &range)?;
        self.facet.count(call, Some(command)).await
    }

    /// How many members there are; 0 if there is no such key.
    ///
    /// Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set.
    pub async fn len(&self) -> Result<u64> {
        let call = self.facet.call("sorted_set.len");
        let command = self.facet.command(call, "ZCARD")?;
        self.facet.count(call, Some(command)).await
    }

    /// Whether there are no members, and so no such key.
    ///
    /// Command: `ZCARD`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set.
    pub async fn is_empty(&self) -> Result<bool> {
        let call = self.facet.call("sorted_set.is_empty");
        let command = self.facet.command(call, "ZCARD")?;
        self.facet.count(call, Some(command)).await.map(|members| members == 0)
    }

    /// How many members have a score in the range.
    ///
    /// Command: `ZCOUNT`.
    ///
    /// # Errors
    ///
    /// As [`remove_range_by_score`](Self::remove_range_by_score).
    pub async fn count(&self, range: impl RangeBounds<f64> + Send) -> Result<u64> {
        let call = self.facet.call("sorted_set.count");
        let command = self.with_scores(call, "ZCOUNT", &range)?;
        self.facet.count(call, Some(command)).await
    }
}

#[dual]
impl<T: DeserializeOwned, L: Execute> SortedSet<T, L> {
    /// The members from rank `start` to rank `stop`, both included, with their scores, from the least on. Ranks
    /// are counted from 0, or from -1 at the other end: `range(0, -1)` is all of them. Ranks that do not exist
    /// are left out.
    ///
    /// Command: `ZRANGE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Deserialization` if one of the members is no `T`.
    pub async fn range(&self, start: i64, stop: i64) -> Result<Vec<(T, f64)>> {
        let call = self.facet.call("sorted_set.range");
        let command = self.facet.command(call, "ZRANGE")?.arg(start).arg(stop).arg("WITHSCORES");
        self.scored(call, &command).await
    }

    /// The members with a score in the range, with their scores, from the least on; at most `limit` of them, or
    /// with `None` all. A limit of 0 is no command.
    ///
    /// Command: `ZRANGE … BYSCORE … WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range); `InvalidInput` if a bound is no number.
    pub async fn range_by_score(
        &self,
        range: impl RangeBounds<f64> + Send,
        limit: impl Into<Option<u32>> + Send,
    ) -> Result<Vec<(T, f64)>> {
        let call = self.facet.call("sorted_set.range_by_score");
        let command = self.with_scores(call, "ZRANGE", &range)?.arg("BYSCORE");
        let command = match limit.into() {
            Some(0) => return Ok(Vec::new()),
            Some(limit) => command.arg("LIMIT").arg(0).arg(limit),
            None => command,
        };
        self.scored(call, &command.arg("WITHSCORES")).await
    }

    /// The `count` members with the greatest scores, the greatest first. 0 is no command.
    ///
    /// Command: `ZRANGE … REV WITHSCORES`.
    ///
    /// # Errors
    ///
    /// As [`range`](Self::range).
    pub async fn top(&self, count: u32) -> Result<Vec<(T, f64)>> {
        let call = self.facet.call("sorted_set.top");
        let command = self.facet.command(call, "ZRANGE")?;
        let Some(last) = count.checked_sub(1) else { return Ok(Vec::new()) };
        self.scored(call, &command.arg(0).arg(last).arg("REV").arg("WITHSCORES")).await
    }

    /// Takes the member with the least score; `None` if there is none.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZPOPMIN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no sorted set; `Deserialization`, with outcome `Applied`, if the member is no
    /// `T`: it is gone all the same.
    pub async fn pop_min(&self) -> Result<Option<(T, f64)>> {
        let call = self.facet.call("sorted_set.pop_min");
        let command = self.facet.command(call, "ZPOPMIN")?;
        self.scored(call, &command).await.map(|mut popped| popped.pop())
    }

    /// Takes the member with the greatest score; `None` if there is none.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `ZPOPMAX`.
    ///
    /// # Errors
    ///
    /// As [`pop_min`](Self::pop_min).
    pub async fn pop_max(&self) -> Result<Option<(T, f64)>> {
        let call = self.facet.call("sorted_set.pop_max");
        let command = self.facet.command(call, "ZPOPMAX")?;
        self.scored(call, &command).await.map(|mut popped| popped.pop())
    }

    async fn scored(&self, call: Call<'_>, command: &Command) -> Result<Vec<(T, f64)>> {
        let pairs = call.name(self.facet.ask(call, command).await?.into_pairs())?;
        pairs.into_iter().map(|pair| self.decode(call, pair)).collect()
    }
}

impl<T, L> SortedSet<T, L> {
    fn adding<'a, V: Serialize + ?Sized + 'a>(
        &self,
        call: Call<'_>,
        members: impl IntoIterator<Item = (&'a V, f64)>,
    ) -> Result<Option<Command>> {
        let mut members = members.into_iter().peekable();
        let command = self.facet.command(call, "ZADD")?;
        if members.peek().is_none() {
            return Ok(None);
        }
        let add = |command: Command, (member, number): (&V, f64)| {
            let command = command.arg(call.name(score(number))?);
            Ok(command.arg(self.facet.service().encode(call, member)?))
        };
        members.try_fold(command, add).map(Some)
    }

    fn with_scores(
        &self,
        call: Call<'_>,
        command: &'static str,
        range: &impl RangeBounds<f64>,
    ) -> Result<Command> {
        let (least, greatest) = call.name(scores(range))?;
        Ok(self.facet.command(call, command)?.arg(least).arg(greatest))
    }
}

impl<T: DeserializeOwned, L> SortedSet<T, L> {
    fn decode(&self, call: Call<'_>, (member, score): (Reply, Reply)) -> Result<(T, f64)> {
        let member = self.facet.decode(call, &call.name(member.into_value())?)?;
        let score = call.name(score.into_float())?;
        let score = score.ok_or_else(|| call.blame(Error::unexpected_reply("a score", "nil")))?;
        Ok((member, score))
    }
}

impl<T, L> Clone for SortedSet<T, L> {
    fn clone(&self) -> Self {
        Self { facet: self.facet.clone(), members: PhantomData }
    }
}
