mod attempt;

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

pub(super) use self::attempt::Attempt;
use super::{
    Execute,
    router::{Node, Router},
    runtime::{Background, CancellationToken, dual, sleep},
};
use crate::{
    Deadline, Error, Result, RetryPolicy, ServiceConfig, breaker::Permit, clock, extension::Slots,
    retry::Attempts, terms::Terms,
};

/// Where every call begins and ends: its deadline, the breaker of its server, its attempts, and what is learnt
/// from how it ended.
#[derive(Debug)]
pub(super) struct Engine<L> {
    pub(super) router: Arc<Router<L>>,
    pub(super) terms: Terms,
    pub(super) stop: Arc<CancellationToken>,
    /// Where tasks of the service's own run.
    pub(super) background: Background,
    /// What other crates keep with the service.
    pub(super) slots: Slots,
    retry: RetryPolicy,
    /// What listens in the background, and ends when the service is closed.
    listeners: Mutex<Vec<Weak<CancellationToken>>>,
}

/// How a call goes about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How long it may take in all.
    time: Duration,
    /// Whether the breaker is asked, and told how it went.
    asks_breaker: bool,
    /// Whether it is tried again where that is safe and can help.
    retries: bool,
}

impl Manner {
    /// As users' calls are made.
    pub(super) fn of_call(time: Duration) -> Self {
        Self { time, asks_breaker: true, retries: true }
    }

    /// One attempt, as one of the calls of the breaker.
    pub(super) fn once(time: Duration) -> Self {
        Self { retries: false, ..Self::of_call(time) }
    }

    /// One attempt, whatever the breaker says, and unknown to it.
    pub(super) fn past_breaker(time: Duration) -> Self {
        Self { time, asks_breaker: false, retries: false }
    }
}

impl<L> Engine<L> {
    pub(super) fn new(router: Router<L>, config: &ServiceConfig) -> Self {
        Self {
            router: Arc::new(router),
            terms: Terms::of(config),
            stop: Arc::new(CancellationToken::default()),
            background: Background::here(),
            slots: Slots::default(),
            retry: config.retry.clone(),
            listeners: Mutex::new(Vec::new()),
        }
    }

    /// Has a listener end when the service is closed.
    pub(super) fn stop_too(&self, listener: &Arc<CancellationToken>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
    }

    /// Ends whatever runs in the background.
    pub(super) fn stop(&self) {
        self.stop.cancel();
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.drain(..).filter_map(|listener| listener.upgrade()) {
            listener.cancel();
        }
    }

    /// A call succeeded: what its breaker learns, and the place where an observer would be told of it.
    #[inline]
    fn succeeded(permit: Option<Permit<'_>>, began: Instant) {
        if let Some(permit) = permit {
            // When it began is near enough.
            permit.report(&Ok(()), began, fastrand::f64());
        }
    }

    /// A call failed: what its server and its breaker learn, and the place where an observer would be told of it.
    #[cold]
    fn failed(node: &Node<L>, permit: Option<Permit<'_>>, error: Error, trouble: Option<Error>) -> Error {
        let error = node.failed(error);
        if let Some(permit) = permit {
            // What a closure makes of an error is not what the server is to blame for.
            let blamed = trouble.unwrap_or_else(|| error.clone());
            permit.report(&Err::<(), _>(blamed), clock::now(), fastrand::f64());
        }
        error
    }
}

#[dual]
impl<L: Execute> Engine<L> {
    /// Does a thing on the server that has its keys.
    pub(super) async fn call<A: Attempt<L>>(&self, manner: Manner, work: A) -> Result<A::Output> {
        let node = self.router.node_for(|| work.slot())?;
        self.call_at(node, manner, work).await
    }

    /// Does a thing on this server.
    pub(super) async fn call_at<A: Attempt<L>>(
        &self,
        node: &Arc<Node<L>>,
        manner: Manner,
        mut work: A,
    ) -> Result<A::Output> {
        let began = clock::now();
        let deadline = Deadline::after(began, manner.time);
        // Before the breaker: a caller without time says nothing about the server.
        if deadline.has_passed(began) {
            return Err(Deadline::passed());
        }
        let permit = if manner.asks_breaker { Some(node.admit(began)?) } else { None };
        let mut attempts = Attempts::new(&self.retry, &node.budget, deadline);
        let error = loop {
            match work.attempt(node, deadline).await {
                Ok(output) => {
                    if manner.retries {
                        attempts.succeeded();
                    }
                    match work.take_trouble() {
                        None => Self::succeeded(permit, began),
                        Some(trouble) => drop(Self::failed(node, permit, trouble, None)),
                    }
                    return Ok(output);
                }
                Err(error) if !manner.retries => break error,
                Err(error) => match attempts.failed(error, work.category(), clock::now(), fastrand::f64()) {
                    Ok(pause) => sleep(pause).await,
                    Err(error) => break error,
                },
            }
        };
        let trouble = work.take_trouble();
        Err(Self::failed(node, permit, error, trouble))
    }
}

impl<L> Drop for Engine<L> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
