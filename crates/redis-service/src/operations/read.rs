//! How replies are read.

use std::fmt;

use serde::de::DeserializeOwned;

use super::{Label, Request, Scope};
use crate::{
    error::{Error, Result},
    protocol::{Command, Reply},
};

/// How the reply to an operation becomes its result.
pub(crate) enum Read<T> {
    Reply(fn(Reply, &Asked<'_>) -> Result<T>),
    /// Nothing was sent, so nothing is read.
    Nothing(fn() -> T),
    Closure(Box<ReadClosure<T>>),
}

type ReadClosure<T> = dyn FnOnce(Reply, &Asked<'_>) -> Result<T> + Send + Sync;

/// What a reply answers.
pub(crate) struct Asked<'a> {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope<'a>,
    /// `None` for what is no single command.
    pub(crate) command: Option<&'a Command>,
}

impl<T> Read<T> {
    #[inline]
    pub(crate) fn read(self, reply: Reply, asked: &Asked<'_>) -> Result<T> {
        match self {
            Self::Reply(read) => read(reply, asked),
            Self::Nothing(known) => Ok(known()),
            Self::Closure(read) => read(reply, asked),
        }
    }

    /// What came of an operation, from what the server answered to its request.
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
            Ok(reply) => self.read(reply, &Asked { name: label.name, scope, command }),
            Err(error) => Err(error),
        };
        result.map_err(|error| label.blame(error, request.word(label.subject), scope))
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

impl Asked<'_> {
    pub(crate) fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        self.scope.policy.decode(bytes)
    }

    /// A word of the command that was sent; nothing if it has no such word.
    pub(crate) fn word(&self, index: usize) -> &[u8] {
        self.command.and_then(|command| command.words().nth(index)).unwrap_or_default()
    }

    /// The words of the command that was sent, from this one on. Finding a word takes reading those before it.
    pub(crate) fn words_from(&self, index: usize) -> impl Iterator<Item = &[u8]> {
        self.command.into_iter().flat_map(Command::words).skip(index)
    }

    /// How many words the command had that was sent.
    pub(crate) fn words(&self) -> usize {
        self.command.map_or(0, |command| command.words().count())
    }
}

/// A value that may be missing, decoded.
pub(super) fn value<T: DeserializeOwned>(reply: Reply, asked: &Asked<'_>) -> Result<Option<T>> {
    reply.into_bytes()?.map(|bytes| asked.decode(&bytes)).transpose()
}

/// A list of values, decoded. If one of them is no `T`, nothing is.
pub(super) fn values<T: DeserializeOwned>(reply: Reply, asked: &Asked<'_>) -> Result<Vec<T>> {
    reply.into_values()?.iter().map(|bytes| asked.decode(bytes)).collect()
}

pub(super) fn bytes(reply: Reply, _: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    reply.into_bytes()
}

/// OK, whatever else it could be.
pub(super) fn done(reply: Reply, _: &Asked<'_>) -> Result<()> {
    reply.into_done().map(drop)
}

/// OK of a single command, or the replies to commands that were one step.
pub(super) fn all_done(reply: Reply, asked: &Asked<'_>) -> Result<()> {
    if reply.is_array() { reply.into_array().map(drop) } else { done(reply, asked) }
}

/// Whether it was done: OK or nil.
pub(super) fn whether_done(reply: Reply, _: &Asked<'_>) -> Result<bool> {
    reply.into_done()
}

/// 0 or 1.
pub(super) fn truth(reply: Reply, _: &Asked<'_>) -> Result<bool> {
    reply.into_bool()
}

/// Whether a count is 0.
pub(super) fn none(reply: Reply, _: &Asked<'_>) -> Result<bool> {
    reply.into_count().map(|count| count == 0)
}

pub(super) fn count(reply: Reply, _: &Asked<'_>) -> Result<u64> {
    reply.into_count()
}

pub(super) fn integer(reply: Reply, _: &Asked<'_>) -> Result<i64> {
    reply.into_integer()
}

/// An integer as a script writes it.
pub(super) fn written_integer(reply: Reply, _: &Asked<'_>) -> Result<i64> {
    reply.into_written_integer()
}

/// A number that cannot be missing.
pub(super) fn float(reply: Reply, _: &Asked<'_>) -> Result<f64> {
    reply.into_float()?.ok_or_else(|| Error::unexpected_reply("a number", "nil"))
}
