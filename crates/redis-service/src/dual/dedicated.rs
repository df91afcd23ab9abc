use std::{sync::Arc, time::Duration};

use super::{
    Query, Service,
    engine::{Attempt, Engine, Manner},
    query::Ask,
    router::Node,
    runtime::{Line, Link, dual},
};
use crate::{
    AsKey, Batch, Category, Command, Deadline, Error, Namespace, Pipeline, Reply, Result, Results, clock,
    command::{Needs, is_left_open},
    terms::Terms,
};

/// A connection of one caller's own, for commands that occupy or change the connection they run on: `BLPOP`
/// and its kin, `WATCH`.
///
/// Nothing is sent twice here. After a failure the connection is gone, and with it what it watched; every
/// later call says so, and another must be opened.
#[derive(Debug)]
pub struct Dedicated {
    node: Arc<Node<Link>>,
    line: Line,
    // Not the service's client: that would keep the service connected.
    namespace: Namespace,
    terms: Terms,
    deadline: Duration,
}

#[dual]
impl Service {
    /// Opens a connection of the caller's own.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being opened.
    pub async fn dedicated(&self) -> Result<Dedicated> {
        let client = &self.client;
        let opened = client.engine.call(client.manner(), Opening).await;
        let (node, line) = opened.map_err(|error| error.during("dedicated"))?;
        let (namespace, terms, deadline) =
            (client.namespace.clone(), client.engine.terms.clone(), client.deadline);
        Ok(Dedicated { node, line, namespace, terms, deadline })
    }
}

#[dual]
impl Dedicated {
    /// A command, by its name. One that blocks may take its block time and the response timeout, whatever
    /// the handle's deadline.
    pub fn command(&mut self, name: &'static str) -> Query<&mut Self> {
        Query::new(self, name)
    }

    /// Nothing yet, to be queued with the service's own methods and [run](Self::run) on this connection.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let batch = Batch::new(self.namespace.clone(), self.terms.clone(), clock::wall());
        batch.on_own_connection()
    }

    /// Runs what was queued, in one go; see [`PendingBatch::run`](super::PendingBatch::run).
    ///
    /// # Errors
    ///
    /// As [`pipeline`](Self::pipeline); what a single command fails with is in its place in the results.
    pub async fn run(&mut self, batch: Batch) -> Result<Results> {
        let ran = self.run_batch(batch).await;
        ran.map_err(|error| error.during("pipeline"))
    }

    /// Runs commands together; see [`Pipeline`].
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering. Of an atomic pipeline `Conflict`, if a watched key was changed.
    /// `Unsupported`, before anything is sent, for commands that change how the connection answers.
    pub async fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Vec<Result<Reply>>> {
        let exchanged = self.exchange(pipeline, pipeline.is_atomic()).await;
        let replies = exchanged.map_err(|error| error.during("pipeline"))?;
        let settled = pipeline.commands().iter().zip(replies);
        Ok(settled.map(|(command, reply)| reply.map_err(|error| command.settle(error))).collect())
    }

    async fn run_batch(&mut self, batch: Batch) -> Result<Results> {
        let pipeline = batch.ready()?;
        let replies = if batch.is_empty() {
            Vec::new()
        } else {
            self.exchange(&pipeline, batch.has_transactions()).await?
        };
        batch.finish(replies)
    }

    /// `ends_transactions`: whether it ends every transaction that it begins.
    async fn exchange(&mut self, pipeline: &Pipeline, ends_transactions: bool) -> Result<Vec<Result<Reply>>> {
        let manner = Manner::past_breaker(self.patience(pipeline.needs()?));
        let Self { node, line, .. } = self;
        Engine::call_at(node, manner, Exchange { line, pipeline, ends_transactions }).await
    }

    async fn run_command(&mut self, command: &Command) -> Result<Reply> {
        let mut alone = Pipeline::new();
        alone.push(command.clone());
        let reply = self.exchange(&alone, false).await?.pop();
        reply.unwrap_or_else(|| Err(Error::unexpected_reply("a reply", "none")))
    }
}

impl Dedicated {
    fn patience(&self, needs: Needs) -> Duration {
        let response_timeout = self.node.response_timeout();
        match needs {
            Needs::Time(block) => block.saturating_add(response_timeout),
            Needs::Nothing | Needs::State => self.deadline.min(response_timeout),
        }
    }
}

#[dual(AFIT)]
impl Ask for &mut Dedicated {
    fn whole_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.namespace.key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        self.run_command(command).await
    }
}

/// Opens a connection of one caller's own.
struct Opening;

#[dual(AFIT)]
impl Attempt<Link> for Opening {
    type Output = (Arc<Node<Link>>, Line);

    fn category(&self) -> Category {
        Category::ReadOnly
    }

    fn slot(&self) -> Result<Option<u16>> {
        Ok(None)
    }

    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        Ok((Arc::clone(node), node.open_line(deadline).await?))
    }
}

/// Commands on a connection of one caller's own.
struct Exchange<'a> {
    line: &'a mut Line,
    pipeline: &'a Pipeline,
    ends_transactions: bool,
}

#[dual(AFIT)]
impl Attempt<Link> for Exchange<'_> {
    type Output = Vec<Result<Reply>>;

    fn category(&self) -> Category {
        Category::Never
    }

    fn slot(&self) -> Result<Option<u16>> {
        self.pipeline.slot()
    }

    async fn attempt(&mut self, _: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        let mut wire = Vec::new();
        self.pipeline.write_to(&mut wire);
        let values = self.line.exchange(wire, self.pipeline.replies(), deadline).await?;
        // A server without EXEC, by that name, would queue what comes next.
        let is_left_open = self.ends_transactions && is_left_open(&values);
        let replies = self.pipeline.settle(values);
        let is_condemned = match &replies {
            Ok(replies) => replies.iter().any(|reply| reply.as_ref().is_err_and(Error::condemns_connection)),
            Err(error) => error.condemns_connection(),
        };
        if is_left_open || is_condemned {
            self.line.break_off();
        }
        replies
    }
}
