use super::super::{
    Service,
    runtime::{Line, dual},
};
use crate::{Batch, Command, Deadline, Error, ErrorKind, Outcome, Pipeline, Reply, Result, clock};

/// One call's connection, and what went wrong with it.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    /// `None` before it is opened, and once it broke.
    line: Option<Line>,
    deadline: Deadline,
    trouble: Option<Error>,
}

impl Session {
    pub(super) fn new(service: Service, deadline: Deadline) -> Self {
        Self { service, line: None, deadline, trouble: None }
    }

    /// The same without its connection.
    pub(super) fn spent(&self) -> Self {
        Self::new(self.service.clone(), self.deadline)
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// Nothing to be written yet.
    pub(super) fn queue(&self) -> Batch {
        self.service.batch().atomic()
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// What went wrong here since this was last asked.
    pub(super) fn take_trouble(&mut self) -> Option<Error> {
        self.trouble.take()
    }

    /// Remembers a failure that is not the closure's.
    pub(super) fn note(&mut self, error: Error) -> Error {
        if error.condemns_connection() {
            self.line = None;
            self.service.reconnect();
        }
        self.trouble = Some(error.clone());
        error
    }
}

#[dual]
impl Session {
    /// Sees to a connection that watches nothing yet. Never in the midst of an attempt: what was watched on
    /// one connection is not watched on another.
    pub(super) async fn open(&mut self) -> Result<()> {
        if self.line.is_some() {
            return Ok(());
        }
        let link = &self.service.shared().link;
        link.check_open()?;
        match Line::open(link.settings(), self.deadline).await {
            Ok(line) => {
                self.line = Some(line);
                Ok(())
            }
            Err(error) => Err(self.note(error)),
        }
    }

    /// Runs a command before the writes are sent.
    pub(super) async fn ask(&mut self, command: &Command) -> Result<Reply> {
        let mut alone = Pipeline::new();
        alone.push(command.clone());
        let replies = self.exchange(&alone).await.map_err(|error| error.with_outcome(Outcome::NotApplied));
        let reply = replies?.pop();
        reply.unwrap_or_else(|| Err(Error::unexpected_reply("a reply", "none")))
    }

    pub(super) async fn exchange(&mut self, together: &Pipeline) -> Result<Vec<Result<Reply>>> {
        let Some(line) = &mut self.line else {
            return Err(Error::new(ErrorKind::Connection, "the transaction's connection broke"));
        };
        let mut wire = Vec::new();
        together.write_to(&mut wire);
        let response_timeout = self.service.shared().link.settings().config.response_timeout;
        let patience = self.deadline.or_after(clock::now(), response_timeout);
        match line.exchange(wire, together.replies(), patience).await {
            Ok(values) => together.settle(values),
            Err(error) => {
                self.line = None;
                Err(self.note(error))
            }
        }
    }
}
