use super::{Batch, Handle, results::Entry};
use crate::{
    AsKey, Category, Command, Error, ErrorKind, FromReply, Result, ToRedisArgs, call::Call, command::Needs,
};

/// A command of a [`Batch`] that has no method of its own.
#[derive(Debug)]
#[must_use = "a command is part of its batch once it is queued"]
pub struct BatchQuery<'a> {
    batch: &'a mut Batch,
    name: &'static str,
    command: Result<Command>,
    key: Option<usize>,
}

impl<'a> BatchQuery<'a> {
    pub(super) fn new(batch: &'a mut Batch, name: &'static str) -> Self {
        Self { batch, name, command: Ok(Command::new(name)), key: None }
    }

    /// Adds a key, below the namespace.
    pub fn key(mut self, key: impl AsKey) -> Self {
        let whole = Call::on(self.name, &key).name(self.batch.locate(&key));
        self.command = self.command.and_then(|command| {
            self.key = self.key.or(Some(command.words().count()));
            Ok(command.arg(whole?))
        });
        self
    }

    /// Adds an argument: text, bytes or a number, taken as it is.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { command: self.command.map(|command| command.arg(argument)), ..self }
    }

    /// States that running it twice does no more than running it once.
    pub fn idempotent(self) -> Self {
        Self { command: self.command.map(|command| command.in_category(Category::LastWins)), ..self }
    }

    /// Adds it to the batch.
    pub fn queue<T: FromReply>(self) -> Handle<T> {
        let command = self.command.and_then(|command| match command.needs()? {
            Needs::Nothing => Ok(command),
            Needs::Time(_) | Needs::State => {
                Err(Error::new(ErrorKind::Unsupported, "it needs a connection of its own: `dedicated()`"))
            }
        });
        let command = Call::new(self.name).name(command);
        let is_script = command.as_ref().is_ok_and(Command::runs_script);
        let entry = Entry { operation: self.name, key: self.key, is_script };
        self.batch.push(entry, command, |reply, _| reply.convert())
    }
}
