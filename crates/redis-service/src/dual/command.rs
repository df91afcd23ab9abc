use super::{Service, runtime::dual};
use crate::{
    error::{Error, ErrorKind, Result},
    protocol::{Command, ConnectionNeeds, FromReply, Reply, RetryCategory, ToRedisArgs},
    values::AsKey,
};

/// Whatever answers commands.
#[dual(AFIT)]
pub trait CommandTarget: Send {
    /// The key as Redis sees it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the key makes no sense.
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>>;

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering, or its error.
    fn answer(self, command: &Command) -> impl Future<Output = Result<Reply>> + Send;
}

/// A command that this crate has no method for.
///
/// It is sent again after a lost reply only if its name and arguments show that to be safe, or
/// [`idempotent`](Self::idempotent) says so; see [`RetryCategory`].
#[derive(Debug)]
#[must_use = "a command does nothing until it is run with `run`"]
pub struct PendingCommand<A> {
    asked: A,
    command: Result<Command>,
    /// The first key, as its caller wrote it: what errors name.
    key: Option<Vec<u8>>,
}

impl<A: CommandTarget> PendingCommand<A> {
    pub(super) fn new(asked: A, name: &'static str) -> Self {
        Self { asked, command: Ok(Command::new(name)), key: None }
    }

    /// Adds a key, below the namespace.
    pub fn key(self, key: impl AsKey) -> Self {
        let whole = self.asked.redis_key(&key);
        let key = key.as_key().unwrap_or_default();
        let command =
            self.command.and_then(|command| Ok(command.key(whole.map_err(|error| error.on_key(key))?)));
        Self { command, key: self.key.or_else(|| Some(key.to_vec())), ..self }
    }

    /// Adds an argument: text, bytes or a number, taken as it is.
    pub fn arg(self, argument: impl ToRedisArgs) -> Self {
        Self { command: self.command.map(|command| command.arg(argument)), ..self }
    }

    /// States that running it twice does no more than running it once, so that it may be sent again.
    pub fn idempotent(self) -> Self {
        Self { command: self.command.map(|command| command.in_category(RetryCategory::LastWins)), ..self }
    }
}

#[dual]
impl<A: CommandTarget> PendingCommand<A> {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a key makes no sense; `Unsupported` for a command that must not run on a shared
    /// connection; `Deserialization`, with outcome `Applied`, if the reply is no `T`.
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
    /// A command that this crate has no method for, by its name in upper case.
    ///
    /// Those that block or change the connection they run on need one of their own:
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
