use super::{
    Service,
    runtime::{dual, example},
};
use crate::{
    error::{Error, ErrorKind, Result},
    protocol::{Command, ConnectionNeeds, FromReply, Reply, RetryCategory, ToRedisArgs},
    values::AsKey,
};

/// A handle that a [`PendingCommand`] runs on: a service, a dedicated connection or a transaction.
#[dual(AFIT)]
pub trait CommandTarget: Send {
    /// Returns the key as Redis stores it, namespace included.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the key is invalid.
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>>;

    /// Runs the command and returns its reply.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply, or the server's error.
    fn answer(self, command: &Command) -> impl Future<Output = Result<Reply>> + Send;
}

/// A command that this crate has no method for, with the arguments added so far.
///
/// After a lost reply it is retried only if its name and arguments show that to be safe, or if the caller
/// states so with [`idempotent`](Self::idempotent); see [`RetryCategory`].
///
#[doc = example!("command.md")]
#[derive(Debug)]
#[must_use = "a command does nothing until it is run with `run`"]
pub struct PendingCommand<A> {
    asked: A,
    command: Result<Command>,
    /// The first key as the caller wrote it, for errors.
    key: Option<Vec<u8>>,
}

impl<A: CommandTarget> PendingCommand<A> {
    pub(super) fn new(asked: A, name: &'static str) -> Self {
        Self { asked, command: Ok(Command::new(name)), key: None }
    }

    /// Adds a key; the namespace is prefixed.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.asked.redis_key(&key);
        let key = key.as_key().unwrap_or_default();
        let command =
            self.command.and_then(|command| Ok(command.key(whole.map_err(|error| error.on_key(key))?)));
        Self { command, key: self.key.or_else(|| Some(key.to_vec())), ..self }
    }

    /// Adds an argument as it is: text, bytes or a number.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { command: self.command.map(|command| command.arg(argument)), ..self }
    }

    /// States that the command is idempotent (running it twice has the effect of running it once), so that it
    /// may be retried.
    pub fn idempotent(self) -> Self {
        Self { command: self.command.map(|command| command.in_category(RetryCategory::LastWins)), ..self }
    }
}

#[dual]
impl<A: CommandTarget> PendingCommand<A> {
    /// Runs the command and converts its reply to `T`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a key is invalid; `Unsupported` for a command that must not run on a shared
    /// connection; `Deserialization`, with outcome `Applied`, if the reply does not convert to `T`.
    pub async fn run<T: FromReply>(self) -> Result<T> {
        let Self { asked, command, key } = self;
        let command = command?;
        let reply = asked.answer(&command).await.map_err(|error| command.refine_error(error));
        reply.and_then(Reply::convert).map_err(|error| {
            let error = error.during(command.name());
            match key {
                Some(key) => error.on_key(key),
                None => error,
            }
        })
    }
}

#[dual]
impl Service {
    /// Starts a command that this crate has no method for, by its name in upper case.
    ///
    /// A command that blocks, or that changes the state of its connection, needs a connection of its own:
    /// [`dedicated`](Service::dedicated).
    pub fn command(&self, name: &'static str) -> PendingCommand<&Self> {
        PendingCommand::new(self, name)
    }
}

#[dual(AFIT)]
impl CommandTarget for &Service {
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.root().key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        match command.needs()? {
            ConnectionNeeds::Nothing => self.client.engine.call(self.client.call_options(), command).await,
            ConnectionNeeds::Time(_) | ConnectionNeeds::State => Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} needs a connection of its own: `dedicated()`", command.name()),
            )),
        }
    }
}
