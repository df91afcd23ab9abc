use std::time::Duration;

use super::{
    Query, Service,
    query::Ask,
    runtime::{Line, dual},
};
use crate::{
    AsKey, Command, Deadline, Namespace, Pipeline, Reply, Result, call::Call, clock, command::Needs,
};

/// A connection of one caller's own, for commands that occupy or change the connection they run on: `BLPOP`
/// and its kin, `WATCH`.
///
/// Nothing is sent twice here. After a failure the connection is gone, and with it what it watched; every
/// later call says so, and another must be opened.
#[derive(Debug)]
pub struct Dedicated {
    line: Line,
    namespace: Namespace,
    deadline: Duration,
    response_timeout: Duration,
}

#[dual]
impl Service {
    /// Opens a connection of the caller's own.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being opened.
    pub async fn dedicated(&self) -> Result<Dedicated> {
        let deadline = Deadline::after(clock::now(), self.deadline());
        let link = &self.shared().link;
        let call = Call::new("dedicated");
        call.name(link.check_open())?;
        Ok(Dedicated {
            line: call.name(Line::open(link.settings(), deadline).await)?,
            namespace: self.root().clone(),
            deadline: self.deadline(),
            response_timeout: link.settings().config.response_timeout,
        })
    }
}

#[dual]
impl Dedicated {
    /// A command, by its name. One that blocks may take its block time and the response timeout, whatever
    /// the handle's deadline.
    pub fn command(&mut self, name: &'static str) -> Query<&mut Self> {
        Query::new(self, name)
    }

    /// Runs commands together; see [`Pipeline`].
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering. Of an atomic pipeline `Conflict`, if a watched key was changed.
    /// `Unsupported`, before anything is sent, for commands that change how the connection answers.
    pub async fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Vec<Result<Reply>>> {
        let call = Call::new("pipeline");
        let deadline = Deadline::after(clock::now(), self.patience(call.name(pipeline.needs())?));
        let mut wire = Vec::new();
        pipeline.write_to(&mut wire);
        let values = call.name(self.line.exchange(wire, pipeline.replies(), deadline).await)?;
        let replies = call.name(pipeline.settle(values))?;
        let settled = pipeline.commands().iter().zip(replies);
        Ok(settled.map(|(command, reply)| reply.map_err(|error| command.settle(error))).collect())
    }

    async fn run(&mut self, command: &Command) -> Result<Reply> {
        let deadline = Deadline::after(clock::now(), self.patience(command.needs()?));
        let mut wire = Vec::new();
        command.write_to(&mut wire);
        let mut values = self.line.exchange(wire, 1, deadline).await?;
        let reply = values
            .pop()
            .map_or_else(|| Err(crate::Error::unexpected_reply("a reply", "none")), Reply::from_server);
        if reply.as_ref().is_err_and(crate::Error::condemns_connection) {
            self.line.break_off();
        }
        reply
    }
}

impl Dedicated {
    fn patience(&self, needs: Needs) -> Duration {
        match needs {
            Needs::Time(block) => block.saturating_add(self.response_timeout),
            Needs::Nothing | Needs::State => self.deadline.min(self.response_timeout),
        }
    }
}

#[dual(AFIT)]
impl Ask for &mut Dedicated {
    fn whole_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.namespace.key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        self.run(command).await
    }
}
