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
    operations::{KeyScope, Made, Operation, Request, Scope},
    protocol::Reply,
    values::{AsKey, Namespace},
};

/// An engine, and the namespace and the deadline of one handle's calls. What the handles of a service have in
/// common, and what tests give an engine over a link of their own.
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

    /// A reply that arrived and cannot be to its command shows that its connection is out of step.
    fn look<T>(&self, is_answered: bool, result: Result<T>) -> Result<T> {
        if is_answered && result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Protocol) {
            self.engine.router.nodes().for_each(|node| node.link.out_of_step());
        }
        result
    }

    /// As this one, with another deadline.
    pub(super) fn within(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// An empty batch of this handle's.
    pub(super) fn batch(&self) -> Batch {
        Batch::new(self.namespace.clone(), self.engine.policy.clone(), clock::wall())
    }

    pub(super) fn call_options(&self) -> CallOptions {
        CallOptions::of_call(self.deadline)
    }
}

#[dual]
impl<L: Execute> Client<L> {
    /// Runs an operation on a key, again if that is safe and can help, within the deadline.
    ///
    /// It is made here, and not by the caller: it is large, and would be copied on its way.
    pub(super) async fn run_on<T>(
        &self,
        key: &(impl AsKey + ?Sized),
        make: impl FnOnce(KeyScope<'_>) -> Made<T> + SendIfAsync,
    ) -> Result<T> {
        let Operation { label, request, read } = make(self.on(key))?;
        let reply = self.ask(&request).await;
        let is_answered = reply.is_ok();
        self.look(is_answered, read.finish(label, &request, reply, self.scope()))
    }

    /// As [`run_on`](Self::run_on), for what is not on a single key.
    pub(super) async fn run<T>(&self, made: Made<T>) -> Result<T> {
        let Operation { label, request, read } = made?;
        let reply = self.ask(&request).await;
        let is_answered = reply.is_ok();
        self.look(is_answered, read.finish(label, &request, reply, self.scope()))
    }

    pub(super) async fn ask(&self, request: &Request) -> Result<Reply> {
        if let Request::Nothing = request {
            return Ok(Reply::nil());
        }
        self.engine.call(self.call_options(), request).await
    }

    /// Runs what is queued in one go.
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
