use super::{Batch, BatchHandle};
use crate::{
    error::{Error, ErrorKind, Result},
    operations::{Label, Operation, Read, Subject},
    protocol::{Command, ConnectionNeeds, FromReply, RetryCategory, ToRedisArgs},
    values::AsKey,
};

/// A command of a [`Batch`] that has no method of its own.
#[derive(Debug)]
#[must_use = "a command is part of its batch once it is queued"]
pub struct BatchCommand<'a> {
    batch: &'a mut Batch,
    name: &'static str,
    command: Result<Command>,
}

impl<'a> BatchCommand<'a> {
    pub(super) fn new(batch: &'a mut Batch, name: &'static str) -> Self {
        Self { batch, name, command: Ok(Command::new(name)) }
    }

    /// Adds a key, below the namespace.
    pub fn key(mut self, key: impl AsKey) -> Self {
        let whole = self.batch.namespace.key(&key);
        let key = key.as_key().unwrap_or_default();
        self.command =
            self.command.and_then(|command| Ok(command.key(whole.map_err(|error| error.on_key(key))?)));
        self
    }

    /// Adds an argument: text, bytes or a number, taken as it is.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { command: self.command.map(|command| command.arg(argument)), ..self }
    }

    /// States that running it twice does no more than running it once.
    pub fn idempotent(self) -> Self {
        Self { command: self.command.map(|command| command.in_category(RetryCategory::LastWins)), ..self }
    }

    /// Adds it to the batch.
    pub fn queue<T: FromReply>(self) -> BatchHandle<T> {
        let Self { batch, name, command } = self;
        let has_connection = batch.has_connection;
        let command = command.and_then(|command| match command.needs()? {
            ConnectionNeeds::Time(_) | ConnectionNeeds::State if !has_connection => Err(needs_connection()),
            _ => Ok(command),
        });
        let made = command.map(|command| Operation {
            label: Label::new(name, Subject::Key),
            request: command.into(),
            read: Read::Reply(|reply, _| reply.convert()),
        });
        batch.queue(made.map_err(|error| error.during(name)))
    }
}

pub(super) fn needs_connection() -> Error {
    Error::new(ErrorKind::Unsupported, "it needs a connection of its own: `dedicated()`")
}
