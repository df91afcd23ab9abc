use std::{sync::Arc, time::Duration};

use super::{
    PendingCommand, Service,
    command::CommandTarget,
    engine::{Call, CallOptions, Engine},
    router::Node,
    runtime::{DedicatedConnection, Link, dual, example},
};
use crate::{
    batch::{Batch, BatchResults},
    clock,
    error::{Error, ErrorKind, Result},
    operations::{Operation, OperationResult, Request, Scope},
    protocol::{Command, ConnectionNeeds, RawPipeline, Reply, RetryCategory, is_left_open},
    resilience::Deadline,
    values::{AsKey, Namespace, ValuePolicy},
};

/// A connection of the caller's own, for commands that occupy their connection or change its state, such as
/// `BLPOP` and `WATCH`.
///
/// Nothing is retried here. After a failure the connection is closed, and what it watched is lost; every
/// later call fails and says so. Open another one then. In the async API, a call whose future is dropped closes
/// the connection as well.
///
#[doc = example!("dedicated.md")]
#[derive(Debug)]
pub struct Dedicated {
    node: Arc<Node<Link>>,
    connection: DedicatedConnection,
    // Not the service's client: it would keep the service connected.
    namespace: Namespace,
    policy: ValuePolicy,
    deadline: Duration,
}

#[dual]
impl Service {
    /// Opens a connection for this caller alone, outside the shared connections.
    ///
    /// # Errors
    ///
    /// Any failure to open the connection.
    pub async fn dedicated(&self) -> Result<Dedicated> {
        let client = &self.client;
        let opened = client.engine.call(client.call_options(), DedicatedOpening).await;
        let (node, connection) = opened.map_err(|error| error.during("dedicated"))?;
        let (namespace, policy, deadline) =
            (client.namespace.clone(), client.engine.policy.clone(), client.deadline);
        Ok(Dedicated { node, connection, namespace, policy, deadline })
    }
}

#[dual]
impl Dedicated {
    /// Starts a command by its name in upper case. A command that blocks may take its block time plus the
    /// response timeout, even beyond the handle's deadline.
    pub fn command(&mut self, name: &'static str) -> PendingCommand<&mut Self> {
        PendingCommand::new(self, name)
    }

    /// Returns an empty batch, which is filled with the service's own methods and [run](Self::run) on this
    /// connection.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let batch = Batch::new(self.namespace.clone(), self.policy.clone(), clock::wall());
        batch.on_own_connection()
    }

    /// Runs the queued commands in one round trip; see [`Pipeline::run`](super::Pipeline::run).
    ///
    /// # Errors
    ///
    /// As [`pipeline`](Self::pipeline); a single command's error is in its place in the results.
    pub async fn run(&mut self, batch: Batch) -> Result<BatchResults> {
        let ran = self.run_batch(batch).await;
        ran.map_err(|error| error.during("pipeline"))
    }

    /// Runs raw commands in one round trip; see [`RawPipeline`].
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply. For an atomic pipeline `Conflict`, if a watched key
    /// was changed. `Unsupported`, before anything is sent, for commands that change how the connection
    /// answers.
    pub async fn pipeline(&mut self, pipeline: &RawPipeline) -> Result<Vec<Result<Reply>>> {
        let exchanged = self.exchange(pipeline, pipeline.is_atomic()).await;
        let replies = exchanged.map_err(|error| error.during("pipeline"))?;
        let settled = pipeline.commands().iter().zip(replies);
        Ok(settled.map(|(command, reply)| reply.map_err(|error| command.refine_error(error))).collect())
    }

    async fn run_batch(&mut self, batch: Batch) -> Result<BatchResults> {
        let pipeline = batch.ready()?;
        let replies = if batch.is_empty() {
            Vec::new()
        } else {
            self.exchange(&pipeline, batch.has_transactions()).await?
        };
        batch.finish(replies)
    }

    /// `ends_transactions`: whether the pipeline ends every transaction that it begins.
    async fn exchange(
        &mut self,
        pipeline: &RawPipeline,
        ends_transactions: bool,
    ) -> Result<Vec<Result<Reply>>> {
        let options = CallOptions::bypassing_breaker(self.patience(pipeline.needs()?));
        let Self { node, connection, .. } = self;
        Engine::run_on_node(node, options, DedicatedCall { connection, pipeline, ends_transactions }).await
    }

    /// Runs an operation of one command, with the names and encodings of the scope.
    pub(super) async fn run_in<T>(&mut self, scope: Scope<'_>, made: OperationResult<T>) -> Result<T> {
        let Operation { label, request, read } = made?;
        let reply = match &request {
            Request::Command(command) => self.run_command(command).await,
            _ => Err(Error::new(ErrorKind::Unsupported, "the operation is not a single command")),
        };
        let is_answered = reply.is_ok();
        let result = read.finish(label, &request, reply, scope);
        if is_answered && result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Protocol) {
            // The reply is to another command.
            self.connection.break_off();
        }
        result
    }

    async fn run_command(&mut self, command: &Command) -> Result<Reply> {
        let mut alone = RawPipeline::new();
        alone.push(command.clone());
        let reply = self.exchange(&alone, false).await?.pop();
        reply.unwrap_or_else(|| Err(Error::unexpected_reply("a reply", "none")))
    }
}

impl Dedicated {
    fn patience(&self, needs: ConnectionNeeds) -> Duration {
        let response_timeout = self.node.response_timeout();
        match needs {
            ConnectionNeeds::Time(block) => block.saturating_add(response_timeout),
            ConnectionNeeds::Nothing | ConnectionNeeds::State => self.deadline.min(response_timeout),
        }
    }
}

#[dual(AFIT)]
impl CommandTarget for &mut Dedicated {
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.namespace.key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        self.run_command(command).await
    }
}

/// Opens a dedicated connection.
struct DedicatedOpening;

#[dual(AFIT)]
impl Call<Link> for DedicatedOpening {
    type Output = (Arc<Node<Link>>, DedicatedConnection);

    fn category(&self) -> RetryCategory {
        RetryCategory::ReadOnly
    }

    fn slot(&self) -> Result<Option<u16>> {
        Ok(None)
    }

    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        Ok((Arc::clone(node), node.open_dedicated(deadline).await?))
    }
}

/// Runs commands on a dedicated connection.
struct DedicatedCall<'a> {
    connection: &'a mut DedicatedConnection,
    pipeline: &'a RawPipeline,
    ends_transactions: bool,
}

#[dual(AFIT)]
impl Call<Link> for DedicatedCall<'_> {
    type Output = Vec<Result<Reply>>;

    fn category(&self) -> RetryCategory {
        RetryCategory::Never
    }

    fn slot(&self) -> Result<Option<u16>> {
        self.pipeline.slot()
    }

    async fn attempt(&mut self, _: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        let mut wire = Vec::new();
        self.pipeline.write_to(&mut wire);
        let values = self.connection.exchange(wire, self.pipeline.replies(), deadline).await?;
        // A server that has renamed EXEC would queue all later commands.
        let is_left_open = self.ends_transactions && is_left_open(&values);
        let replies = self.pipeline.parse_replies(values);
        let is_condemned = match &replies {
            Ok(replies) => replies.iter().any(|reply| reply.as_ref().is_err_and(Error::breaks_connection)),
            Err(error) => error.breaks_connection() || error.kind() == ErrorKind::Protocol,
        };
        if is_left_open || is_condemned {
            self.connection.break_off();
        }
        replies
    }
}
