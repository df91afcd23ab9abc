//! The conversion of replies into results.

use std::fmt;

use serde::de::DeserializeOwned;

use super::{Label, Request, Scope};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply},
};

/// The way in which the reply to an operation becomes its result.
pub(crate) enum Read<T> {
    Reply(fn(Reply, &ReplyContext<'_>) -> Result<T>),
    /// Nothing was sent, so there is no reply.
    Nothing(fn() -> T),
    Closure(Box<ReadClosure<T>>),
}

type ReadClosure<T> = dyn FnOnce(Reply, &ReplyContext<'_>) -> Result<T> + Send + Sync;

/// The request that a reply answers.
pub(crate) struct ReplyContext<'a> {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope<'a>,
    /// `None` if the request is not a single command.
    pub(crate) command: Option<&'a Command>,
}

impl<T> Read<T> {
    #[inline]
    pub(crate) fn read(self, reply: Reply, asked: &ReplyContext<'_>) -> Result<T> {
        match self {
            Self::Reply(read) => read(reply, asked),
            Self::Nothing(known) => Ok(known()),
            Self::Closure(read) => read(reply, asked),
        }
    }

    /// Converts the server's answer to the request into the operation's result.
    #[inline]
    pub(crate) fn finish(
        self,
        label: Label,
        request: &Request,
        reply: Result<Reply>,
        scope: Scope<'_>,
    ) -> Result<T> {
        let command = match request {
            Request::Command(command) => Some(command),
            _ => None,
        };
        let result = match reply {
            Ok(reply) => self.read(reply, &ReplyContext { name: label.name, scope, command }),
            Err(error) => Err(error),
        };
        result.map_err(|error| {
            let error = error.in_group_of_stream(|| request.group(label.name));
            label.blame(error, request.word(label.subject), scope)
        })
    }

    pub(super) fn map<U>(self, into: impl FnOnce(T) -> U + Send + Sync + 'static) -> Read<U>
    where
        T: 'static,
    {
        Read::Closure(Box::new(move |reply, asked| self.read(reply, asked).map(into)))
    }
}

impl<T> fmt::Debug for Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Read")
    }
}

impl ReplyContext<'_> {
    pub(crate) fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        self.scope.policy.decode(bytes)
    }

    /// Returns a word of the command that was sent; empty if it has no such word.
    pub(crate) fn word(&self, index: usize) -> &[u8] {
        self.command.and_then(|command| command.words().nth(index)).unwrap_or_default()
    }

    /// Returns the words of the command that was sent, from this index on. Finding a word takes reading those
    /// before it.
    pub(crate) fn words_from(&self, index: usize) -> impl Iterator<Item = &[u8]> {
        self.command.into_iter().flat_map(Command::words).skip(index)
    }

    /// Returns the number of words in the command that was sent.
    pub(crate) fn words(&self) -> usize {
        self.command.map_or(0, |command| command.words().count())
    }
}

/// Decodes a value that may be missing.
pub(super) fn value<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Option<T>> {
    reply.into_bytes()?.map(|bytes| asked.decode(&bytes)).transpose()
}

/// Decodes the value that a blocking command returns after the key; `None` if its time has run out.
pub(super) fn value_of_key<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Option<T>> {
    let Some([_, value]) = popped(reply)? else { return Ok(None) };
    asked.decode(&value.into_value()?).map(Some)
}

/// Decodes the member and the score that a blocking command returns after the key.
pub(super) fn scored_of_key<T: DeserializeOwned>(
    reply: Reply,
    asked: &ReplyContext<'_>,
) -> Result<Option<(T, f64)>> {
    let Some([_, member, score]) = popped(reply)? else { return Ok(None) };
    let member = asked.decode(&member.into_value()?)?;
    let score = score.into_float()?.ok_or_else(|| Error::unexpected_reply("a score", "nil"))?;
    Ok(Some((member, score)))
}

/// Reads what a blocking command has popped; `None` if its time has run out.
fn popped<const N: usize>(reply: Reply) -> Result<Option<[Reply; N]>> {
    if !reply.is_array() {
        let nothing = reply.into_bytes()?;
        return nothing.map_or(Ok(None), |_| Err(Error::unexpected_reply("an array", "a string")));
    }
    let parts = reply.into_array()?;
    parts.try_into().map(Some).map_err(|_| Error::unexpected_reply("a key and its value", "another array"))
}

/// Decodes a list of values. It fails as a whole if one of them does not decode.
pub(super) fn values<T: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Vec<T>> {
    reply.into_values()?.iter().map(|bytes| asked.decode(bytes)).collect()
}

pub(super) fn bytes(reply: Reply, _: &ReplyContext<'_>) -> Result<Option<Vec<u8>>> {
    reply.into_bytes()
}

/// Accepts any reply that is not an error as OK.
pub(super) fn done(reply: Reply, _: &ReplyContext<'_>) -> Result<()> {
    reply.into_done().map(drop)
}

/// Reads the OK of a single command, or the replies to commands that were one step.
pub(super) fn all_done(reply: Reply, asked: &ReplyContext<'_>) -> Result<()> {
    if reply.is_array() { reply.into_array().map(drop) } else { done(reply, asked) }
}

/// Reads whether the command was done: OK or nil.
pub(super) fn whether_done(reply: Reply, _: &ReplyContext<'_>) -> Result<bool> {
    reply.into_done()
}

/// Reads 0 or 1.
pub(super) fn truth(reply: Reply, _: &ReplyContext<'_>) -> Result<bool> {
    reply.into_bool()
}

/// Reads a count, and returns whether it is 0.
pub(super) fn none(reply: Reply, _: &ReplyContext<'_>) -> Result<bool> {
    reply.into_count().map(|count| count == 0)
}

pub(super) fn count(reply: Reply, _: &ReplyContext<'_>) -> Result<u64> {
    reply.into_count()
}

pub(super) fn integer(reply: Reply, _: &ReplyContext<'_>) -> Result<i64> {
    reply.into_integer()
}

/// Reads an integer in the form in which scripts write it.
pub(super) fn written_integer(reply: Reply, _: &ReplyContext<'_>) -> Result<i64> {
    reply.into_written_integer()
}

/// Reads a number that cannot be missing.
pub(super) fn float(reply: Reply, _: &ReplyContext<'_>) -> Result<f64> {
    reply.into_float()?.ok_or_else(|| Error::unexpected_reply("a number", "nil"))
}
