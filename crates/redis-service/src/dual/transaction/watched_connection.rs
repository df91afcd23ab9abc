use std::sync::Arc;

use super::super::{
    client::Client,
    router::Node,
    runtime::{DedicatedConnection, Link, dual},
};
use crate::{
    batch::Batch,
    clock,
    error::{Error, ErrorKind, Outcome, Result},
    operations::Request,
    protocol::{Command, RawPipeline, Reply, RetryCategory, slot},
    resilience::Deadline,
};

/// The connection of one transaction, the keys that it watches, and the errors of the connection.
#[derive(Debug)]
pub(super) struct WatchedConnection {
    client: Client<Link>,
    /// The keys as Redis stores them.
    watched: Arc<[Vec<u8>]>,
    /// `None` before it is opened, and after it broke.
    connection: Option<DedicatedConnection>,
    node: Option<Arc<Node<Link>>>,
    deadline: Deadline,
    trouble: Option<Error>,
}

impl WatchedConnection {
    pub(super) fn new(client: Client<Link>, watched: Arc<[Vec<u8>]>, deadline: Deadline) -> Self {
        Self { client, watched, connection: None, node: None, deadline, trouble: None }
    }

    /// Returns a copy without the connection.
    pub(super) fn spent(&self) -> Self {
        Self::new(self.client.clone(), Arc::clone(&self.watched), self.deadline)
    }

    /// Returns the cluster slot of the keys; `None` if no key is watched.
    pub(super) fn slot(&self) -> Result<Option<u16>> {
        slot::of_all(self.watched.iter().map(Vec::as_slice))
    }

    pub(super) fn client(&self) -> &Client<Link> {
        &self.client
    }

    /// Returns an empty batch for the writes.
    pub(super) fn queue(&self) -> Batch {
        self.client.batch().atomic()
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Takes the connection's error since the last call.
    pub(super) fn take_server_error(&mut self) -> Option<Error> {
        self.trouble.take()
    }

    /// Remembers an error that the closure did not make.
    pub(super) fn note(&mut self, error: Error) -> Error {
        if error.breaks_connection() {
            self.connection = None;
            if let Some(node) = &self.node {
                node.reconnect();
            }
        }
        self.trouble = Some(error.clone());
        error
    }

    /// Names the server in an error about reaching it: the closure sees the error before the engine does.
    fn blame(&self, error: Error) -> Error {
        match &self.node {
            Some(node) => node.blame(error),
            None => error,
        }
    }

    /// Refuses a key that is not watched: it may change before the writes, and the transaction would not
    /// notice.
    fn check_watched(&self, command: &Command) -> Result<()> {
        let mut keys = command.keys().peekable();
        if !command.reads_only_keys() || (keys.peek().is_none() && !command.reads_no_key()) {
            let message = "a command that reads keys in a transaction must name them with `key`";
            return Err(Error::invalid_input(message));
        }
        match keys.find(|key| !self.watched.iter().any(|watched| watched == key)) {
            None => Ok(()),
            Some(key) => {
                let key = self.client.namespace.strip(key).unwrap_or(key);
                Err(Error::invalid_input("the transaction does not watch the key that it reads").on_key(key))
            }
        }
    }
}

#[dual]
impl WatchedConnection {
    /// Makes sure that there is a connection which watches the keys and nothing else. Never called in the
    /// middle of an attempt: a new connection does not watch what the old one watched.
    pub(super) async fn open(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<()> {
        self.deadline = deadline;
        if self.connection.is_none() {
            match node.open_dedicated(deadline).await {
                Ok(connection) => (self.connection, self.node) = (Some(connection), Some(Arc::clone(node))),
                Err(error) => return Err(self.note(error)),
            }
        }
        if self.watched.is_empty() {
            return Ok(());
        }
        let watch = self.watched.iter().fold(Command::new("WATCH"), Command::key);
        match self.ask(&watch).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.note(error)),
        }
    }

    /// Runs a read, before the writes are sent.
    pub(super) async fn read(&mut self, request: &Request) -> Result<Reply> {
        match request {
            Request::Nothing => Ok(Reply::nil()),
            Request::Command(command) => self.read_command(command).await,
            Request::Script(_) | Request::Atomic(_) => Err(queued_only()),
        }
    }

    pub(super) async fn read_command(&mut self, command: &Command) -> Result<Reply> {
        if command.category() != RetryCategory::ReadOnly {
            return Err(queued_only());
        }
        self.check_watched(command)?;
        self.ask(command).await
    }

    async fn ask(&mut self, command: &Command) -> Result<Reply> {
        let mut alone = RawPipeline::new();
        alone.push(command.clone());
        let replies = self.exchange(&alone).await.map_err(|error| error.with_outcome(Outcome::NotApplied));
        let reply = replies?.pop();
        reply.unwrap_or_else(|| Err(Error::unexpected_reply("a reply", "none")))
    }

    pub(super) async fn exchange(&mut self, together: &RawPipeline) -> Result<Vec<Result<Reply>>> {
        let (Some(connection), Some(node)) = (&mut self.connection, &self.node) else {
            return Err(self.blame(Error::new(ErrorKind::Connection, "the transaction's connection broke")));
        };
        let mut wire = Vec::new();
        together.write_to(&mut wire);
        let patience = self.deadline.or_after(clock::now(), node.response_timeout());
        match connection.exchange(wire, together.replies(), patience).await {
            Ok(values) => together.parse_replies(values),
            Err(error) => {
                self.connection = None;
                let error = self.blame(error);
                Err(self.note(error))
            }
        }
    }
}

fn queued_only() -> Error {
    Error::invalid_input("only reads are run at once in a transaction; writes are queued")
}
