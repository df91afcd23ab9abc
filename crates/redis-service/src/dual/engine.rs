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

    /// What is learnt from how a call ended, and the one place where an observer would be told of it.
    fn end<T>(
        &self,
        node: &Node<L>,
        permit: Option<Permit<'_>>,
        began: Instant,
        result: Result<T>,
        trouble: Option<Error>,
    ) -> Result<T> {
        // When a success began is near enough; a failure may have taken its time.
        let at = if result.is_ok() { began } else { clock::now() };
        let result = result.map_err(|error| node.failed(error));
        let trouble = trouble.map(|error| node.failed(error));
        if let Some(permit) = permit {
            match trouble {
                Some(error) => permit.report::<T>(&Err(error), at, fastrand::f64()),
                None => permit.report(&result, at, fastrand::f64()),
            }
        }
        result
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
        let result = loop {
            match work.attempt(node, deadline).await {
                Ok(output) => {
                    if manner.retries {
                        attempts.succeeded();
                    }
                    break Ok(output);
                }
                Err(error) if !manner.retries => break Err(error),
                Err(error) => match attempts.failed(error, work.category(), clock::now(), fastrand::f64()) {
                    Ok(pause) => sleep(pause).await,
                    Err(error) => break Err(error),
                },
            }
        };
        let trouble = work.take_trouble();
        self.end(node, permit, began, result, trouble)
    }
}

impl<L> Drop for Engine<L> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
