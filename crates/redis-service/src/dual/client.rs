use std::{sync::Arc, time::Duration};

use super::{
    Execute,
    engine::{CallOptions, Engine},
    runtime::{SendIfAsync, dual},
};
use crate::{
    batch::{Batch, BatchResults},
    clock,
    config::ServiceConfig,
    error::{ErrorKind, Result},
    operations::{KeyScope, Operation, OperationResult, Request, Scope},
    protocol::Reply,
    values::{AsKey, Namespace},
};

/// An engine, and the namespace and deadline of one handle's calls. All handles of a service have it in
/// common, and tests build it with an engine over a link of their own.
#[derive(Debug)]
pub(super) struct Client<L: Execute> {
    pub(super) engine: Arc<Engine<L>>,
    pub(super) namespace: Namespace,
    pub(super) deadline: Duration,
}

impl<L: Execute> Client<L> {
    pub(super) fn new(engine: Engine<L>, config: &ServiceConfig) -> Self {
        let root = Namespace::root();
        let namespace = config.namespace.as_deref().map_or_else(|| root.clone(), |name| root.below(name));
        Self { engine: Arc::new(engine), namespace, deadline: config.deadline }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { namespace: &self.namespace, policy: &self.engine.policy }
    }

    pub(super) fn on<'a>(&'a self, key: &'a (impl AsKey + ?Sized)) -> KeyScope<'a> {
        self.scope().on(key)
    }

    /// Notes a reply that cannot be to its command: it shows that its connection is out of step.
    fn check_in_step<T>(&self, is_answered: bool, result: Result<T>) -> Result<T> {
        if is_answered && result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Protocol) {
            self.engine.router.nodes().for_each(|node| node.link.out_of_step());
        }
        result
    }

    /// Returns a client like this one with another deadline.
    pub(super) fn within(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// Returns an empty batch with this handle's namespace.
    pub(super) fn batch(&self) -> Batch {
        Batch::new(self.namespace.clone(), self.engine.policy.clone(), clock::wall())
    }

    pub(super) fn call_options(&self) -> CallOptions {
        CallOptions::of_call(self.deadline)
    }
}

#[dual]
impl<L: Execute> Client<L> {
    /// Runs an operation on a key within the deadline, and retries it where that is safe and can help.
    ///
    /// The operation is made here, not by the caller: it is large, and passing it would copy it.
    pub(super) async fn run_on<T>(
        &self,
        key: &(impl AsKey + ?Sized),
        make: impl FnOnce(KeyScope<'_>) -> OperationResult<T> + SendIfAsync,
    ) -> Result<T> {
        let Operation { label, request, read } = make(self.on(key))?;
        let reply = self.ask(&request).await;
        let is_answered = reply.is_ok();
        self.check_in_step(is_answered, read.finish(label, &request, reply, self.scope()))
    }

    /// As [`run_on`](Self::run_on), for operations that are not on a single key.
    pub(super) async fn run<T>(&self, made: OperationResult<T>) -> Result<T> {
        let Operation { label, request, read } = made?;
        let reply = self.ask(&request).await;
        let is_answered = reply.is_ok();
        self.check_in_step(is_answered, read.finish(label, &request, reply, self.scope()))
    }

    pub(super) async fn ask(&self, request: &Request) -> Result<Reply> {
        if let Request::Nothing = request {
            return Ok(Reply::nil());
        }
        self.engine.call(self.call_options(), request).await
    }

    /// Runs the queued commands in one round trip.
    pub(super) async fn run_batch(&self, batch: Batch) -> Result<BatchResults> {
        let pipeline = batch.ready_to_share()?;
        let replies = if batch.is_empty() {
            Vec::new()
        } else {
            self.engine.call(self.call_options(), &*pipeline).await?
        };
        batch.finish(replies)
    }
}

impl<L: Execute> Clone for Client<L> {
    fn clone(&self) -> Self {
        Self { engine: Arc::clone(&self.engine), namespace: self.namespace.clone(), deadline: self.deadline }
    }
}
