use std::sync::Arc;

use super::super::{
    Execute,
    router::Node,
    runtime::{SendIfAsync, dual},
};
use crate::{
    Category, Command, Deadline, Error, ErrorKind, Pipeline, Reply, Result, ScriptCall, operations::Request,
};

/// What a call does, once or several times.
#[dual(AFIT)]
pub(in super::super) trait Attempt<L>: SendIfAsync {
    type Output: SendIfAsync;

    /// What doing it twice would do.
    fn category(&self) -> Category;

    /// Where a cluster keeps the keys; `None` if any server will do.
    ///
    /// # Errors
    ///
    /// `Slot` if no single server has them all.
    fn slot(&self) -> Result<Option<u16>>;

    /// Does it once, on a server.
    fn attempt(
        &mut self,
        node: &Arc<Node<L>>,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// What the server is to blame for, of the last attempt, if its result does not say.
    fn take_trouble(&mut self) -> Option<Error> {
        None
    }
}

#[dual(AFIT)]
impl<L: Execute> Attempt<L> for &Request {
    type Output = Reply;

    fn category(&self) -> Category {
        Request::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        Request::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Reply> {
        match self {
            Request::Command(command) => match node.link.run(command, deadline).await {
                Err(error) => Err(command.settle(error)),
                reply => reply,
            },
            Request::Script(call) => run_script(&node.link, call, deadline).await,
            Request::Atomic(pipeline) => Reply::all(node.link.pipeline(pipeline, deadline).await?),
            Request::Nothing => Ok(Reply::nil()),
        }
    }
}

#[dual(AFIT)]
impl<L: Execute> Attempt<L> for &Command {
    type Output = Reply;

    fn category(&self) -> Category {
        Command::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        Command::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Reply> {
        node.link.run(self, deadline).await.map_err(|error| self.settle(error))
    }
}

#[dual(AFIT)]
impl<L: Execute> Attempt<L> for &Pipeline {
    type Output = Vec<Result<Reply>>;

    fn category(&self) -> Category {
        Pipeline::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        Pipeline::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        node.link.pipeline(self, deadline).await
    }
}

/// By its hash, and once by its source if the server does not know it.
#[dual]
async fn run_script(link: &impl Execute, call: &ScriptCall, deadline: Deadline) -> Result<Reply> {
    let reply = match link.run(&call.by_hash(), deadline).await {
        Err(error) if error.kind() == ErrorKind::NoScript => link.run(&call.by_source(), deadline).await,
        settled => settled,
    };
    reply.map_err(|error| call.settle(error))
}
