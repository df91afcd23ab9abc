mod call_options;

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

pub(super) use self::call_options::CallOptions;
use super::{
    Execute,
    ending::Ending,
    router::{Node, Router},
    runtime::{Background, CancellationToken, SendIfAsync, dual, sleep},
};
use crate::{
    clock,
    config::ServiceConfig,
    error::{Error, Result},
    extension::Slots,
    operations::Request,
    protocol::{Command, RawPipeline, Reply, RetryCategory, ScriptCall},
    resilience::{Attempts, Deadline, Permit},
    values::ValuePolicy,
};

/// The one place where every call begins and ends: its deadline, its server's breaker, its attempts, and what
/// its result says about the server.
#[derive(Debug)]
pub(super) struct Engine<L: Execute> {
    pub(super) router: Arc<Router<L>>,
    pub(super) policy: ValuePolicy,
    pub(super) stop: Arc<CancellationToken>,
    /// Where the service's background tasks run.
    pub(super) background: Background,
    /// What other crates store with the service.
    pub(super) slots: Slots,
    /// Background listeners, which end when the service is closed.
    listeners: Mutex<Vec<Weak<Ending>>>,
}

impl<L: Execute> Engine<L> {
    pub(super) fn new(router: Router<L>, config: &ServiceConfig) -> Self {
        Self {
            router: Arc::new(router),
            policy: ValuePolicy::of(config),
            stop: Arc::new(CancellationToken::default()),
            background: Background::here(),
            slots: Slots::default(),
            listeners: Mutex::new(Vec::new()),
        }
    }

    /// Registers a listener to end when the service is closed.
    pub(super) fn register_listener(&self, listener: &Arc<Ending>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
        drop(listeners);
        // A listener that began while the service was being closed came too late for `stop`.
        if self.stop.is_cancelled() {
            listener.end();
        }
    }

    /// Ends all background work.
    pub(super) fn stop(&self) {
        self.stop.cancel();
        // Ending them wakes their readers, which must not happen under the lock.
        let listeners = mem::take(&mut *self.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.end());
    }
}

#[dual]
impl<L: Execute> Engine<L> {
    /// Runs `work` on the server that has its keys.
    pub(super) async fn call<A: Call<L>>(&self, options: CallOptions, work: A) -> Result<A::Output> {
        let node = self.router.node_for(|| work.slot())?;
        Self::run_on_node(node, options, work).await
    }

    /// Runs `work` on this server, and retries it where that is safe and can help, within the deadline and as
    /// the breaker allows.
    pub(super) async fn run_on_node<A: Call<L>>(
        node: &Arc<Node<L>>,
        options: CallOptions,
        mut work: A,
    ) -> Result<A::Output> {
        let began = clock::now();
        let deadline = Deadline::after(began, options.time);
        // One function: every call passes through it, and a future within a future is copied.
        let result = 'call: {
            // Before the breaker: a caller without time left says nothing about the server.
            if deadline.has_passed(began) {
                break 'call Err(Deadline::passed());
            }
            let permit = match options.uses_breaker.then(|| node.admit(began)).transpose() {
                Ok(permit) => permit,
                Err(refused) => break 'call Err(refused),
            };
            let mut attempts = Attempts::new(node.retry(), &node.budget, deadline);
            let mut attempt_began = began;
            let error = loop {
                match work.attempt(node, deadline).await {
                    Ok(output) => {
                        if options.retries {
                            attempts.succeeded();
                        }
                        match work.take_server_error() {
                            None => succeeded(node, permit, began),
                            Some(trouble) => drop(failed(node, options.time, permit, trouble, None)),
                        }
                        break 'call Ok(output);
                    }
                    Err(error) => {
                        let now = clock::now();
                        let error = error.waited(now.saturating_duration_since(attempt_began));
                        if !options.retries {
                            break error;
                        }
                        match attempts.failed(error, work.category(), now, fastrand::f64()) {
                            Ok(pause) => sleep(pause).await,
                            Err(error) => break error,
                        }
                        attempt_began = clock::now();
                    }
                }
            };
            let trouble = work.take_server_error();
            let now = clock::now();
            let passed = deadline.has_passed(now).then_some(options.time);
            let error = error.after(attempts.made(), now.saturating_duration_since(began), passed);
            Err(failed(node, options.time, permit, error, trouble))
        };
        ended(node, options, began, &result);
        result
    }
}

impl<L: Execute> Drop for Engine<L> {
    /// A subscription or dedicated connection that outlives the engine keeps its own connection only.
    fn drop(&mut self) {
        self.stop.cancel();
        self.router.close_links();
    }
}

/// Reports how a call ended. Every call passes here, including those that failed before an attempt.
#[inline]
fn ended<L, T>(node: &Node<L>, options: CallOptions, began: Instant, result: &Result<T>) {
    if let Err(error) = result {
        if options.retries && error.is_unavailable() {
            node.call_failed();
        }
        let took = clock::now().saturating_duration_since(began);
        tracing::debug!(%error, server = node.server(), ?took, "a call failed");
    }
}

/// Reports success to the server's record and to the breaker.
#[inline]
fn succeeded<L>(node: &Node<L>, permit: Option<Permit<'_>>, began: Instant) {
    node.answered();
    if let Some(permit) = permit {
        // The begin is close enough to now, and saves reading the clock.
        node.log_breaker(permit.report(&Ok(()), began, fastrand::f64()));
    }
}

/// Reports a failure to the server's record and to the breaker.
#[cold]
fn failed<L>(
    node: &Node<L>,
    time: Duration,
    permit: Option<Permit<'_>>,
    error: Error,
    trouble: Option<Error>,
) -> Error {
    // The server is blamed for its own error, not for what a closure makes of it.
    let blamed = node.failed(trouble.unwrap_or_else(|| error.clone()), time);
    if let Some(permit) = permit
        && node.patience().is_fair(time, &blamed)
    {
        node.log_breaker(permit.report(&Err::<(), _>(blamed), clock::now(), fastrand::f64()));
    }
    node.blame(error)
}

/// The work of a call, which may run several times.
#[dual(AFIT)]
pub(super) trait Call<L>: SendIfAsync {
    type Output: SendIfAsync;

    /// The retry category of the work.
    fn category(&self) -> RetryCategory;

    /// Returns the cluster slot of the keys; `None` if any server will do.
    ///
    /// # Errors
    ///
    /// `Slot` if no single server has all keys.
    fn slot(&self) -> Result<Option<u16>>;

    /// Runs the work once, on a server.
    fn attempt(
        &mut self,
        node: &Arc<Node<L>>,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Takes the server's error of the last attempt, if the attempt's result does not hold it.
    fn take_server_error(&mut self) -> Option<Error> {
        None
    }
}

#[dual(AFIT)]
impl<L: Execute> Call<L> for &Request {
    type Output = Reply;

    fn category(&self) -> RetryCategory {
        Request::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        Request::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Reply> {
        match self {
            Request::Command(command) => match node.link.run(command, deadline).await {
                Err(error) => Err(command.refine_error(error)),
                reply => reply,
            },
            Request::Script(call) => run_script(&node.link, call, deadline).await,
            Request::Atomic(pipeline) => Reply::all(node.link.pipeline(pipeline, deadline).await?),
            Request::Nothing => Ok(Reply::nil()),
        }
    }
}

#[dual(AFIT)]
impl<L: Execute> Call<L> for &Command {
    type Output = Reply;

    fn category(&self) -> RetryCategory {
        Command::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        Command::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Reply> {
        node.link.run(self, deadline).await.map_err(|error| self.refine_error(error))
    }
}

#[dual(AFIT)]
impl<L: Execute> Call<L> for &RawPipeline {
    type Output = Vec<Result<Reply>>;

    fn category(&self) -> RetryCategory {
        RawPipeline::category(self)
    }

    fn slot(&self) -> Result<Option<u16>> {
        RawPipeline::slot(self)
    }

    async fn attempt(&mut self, node: &Arc<Node<L>>, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        node.link.pipeline(self, deadline).await
    }
}

/// Runs a script by its hash, and once by its source if the server does not know the hash.
#[dual]
async fn run_script(link: &impl Execute, call: &ScriptCall, deadline: Deadline) -> Result<Reply> {
    let reply = match link.run(&call.by_hash(), deadline).await {
        Err(error) if error.is_unknown_script() => link.run(&call.by_source(), deadline).await,
        settled => settled,
    };
    reply.map_err(|error| call.origin().refine(error))
}
