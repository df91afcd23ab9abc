use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute,
    attempt::Attempt,
    health::{Watch, sign_of_life},
    runtime::{CancellationToken as Stop, Link, dual, example, sleep, spawn},
};
use crate::{
    AsKey, Command, Deadline, Error, ErrorKind, Expiry, Namespace, Reply, Result, RetryPolicy, ServiceConfig,
    breaker::Breaker,
    call::Call,
    clock,
    codec::Encoding,
    expiry::Expires,
    retry::{Attempts, RetryBudget},
    settings::Settings,
    terms::Terms,
};

/// Redis, for a service.
///
/// Cheap to clone, `Send` and `Sync`: clones and [namespaces](Self::namespace) share the connections.
/// [`close`](Self::close) ends them; so does dropping the last clone.
///
#[doc = example!("service.md")]
#[derive(Debug)]
pub struct Service<L = Link> {
    shared: Arc<Shared<L>>,
    namespace: Namespace,
    deadline: Duration,
}

/// What all handles of a service have in common.
#[derive(Debug)]
pub(super) struct Shared<L> {
    pub(super) link: L,
    pub(super) breaker: Breaker,
    pub(super) stop: Arc<Stop>,
    terms: Terms,
    retry: RetryPolicy,
    budget: RetryBudget,
    response_timeout: Duration,
    last_error: Mutex<Option<Error>>,
    /// What listens in the background, and ends when the service is closed.
    listeners: Mutex<Vec<Weak<Stop>>>,
}

#[dual]
impl Service {
    /// Connects to Redis.
    ///
    /// Unless the configuration says `lazy`, it comes back once Redis has answered a PING. A lazy service
    /// connects when it is first used, and may be made while Redis is down.
    ///
    /// # Errors
    ///
    /// `Config` if the configuration makes no sense; `Unsupported` if it asks for Sentinel or Cluster, which
    /// this version parses but cannot connect to; and, unless lazy, whatever keeps Redis from answering.
    pub async fn connect(config: ServiceConfig) -> Result<Self> {
        let settings = Settings::of(config)?;
        let config = settings.config.clone();
        let service = Self::over(Link::open(settings), &config);
        if !config.lazy {
            sign_of_life(service.ask(Call::new("connect"), &Command::new("PING")).await)?;
        }
        if let Some(interval) = config.health_check_interval {
            spawn(Watch::new(&service.shared, interval));
        }
        Ok(service)
    }

    /// Ends background work and drops the connections. Every later call, on every clone, fails with `Closed`.
    pub async fn close(&self) {
        self.shared.link.close();
        self.shared.stop.cancel();
        self.shared.stop_listeners();
    }

    /// The number of the database, which channels of keyspace notifications name.
    #[must_use]
    pub fn database(&self) -> u32 {
        self.shared.link.settings().config.db
    }

    /// Has every connection replaced, once it has finished what it is doing: credentials are asked for anew,
    /// and certificates read again.
    pub fn reconnect(&self) {
        self.shared.link.reconnect();
    }
}

#[dual]
impl<L: Execute> Service<L> {
    /// A service over a link of the caller's.
    pub(crate) fn over(link: L, config: &ServiceConfig) -> Self {
        let shared = Shared {
            link,
            breaker: Breaker::new(config.breaker.clone(), clock::now()),
            stop: Arc::new(Stop::default()),
            terms: Terms::of(config),
            retry: config.retry.clone(),
            budget: RetryBudget::new(),
            response_timeout: config.response_timeout,
            last_error: Mutex::new(None),
            listeners: Mutex::new(Vec::new()),
        };
        let root = Namespace::root();
        let namespace = config.namespace.as_deref().map_or_else(|| root.clone(), |name| root.below(name));
        Self { shared: Arc::new(shared), namespace, deadline: config.deadline }
    }

    /// A handle to the namespace `name` below this one, on the same connections.
    ///
    /// A name that makes no sense (see [`Namespace::below`]) is refused by the calls that use it.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Self {
        Self { namespace: self.namespace.below(name), ..self.clone() }
    }

    /// A handle whose calls take `deadline` at most, each in all: waiting for a connection, connecting,
    /// writing, reading, and the pauses between attempts.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// Runs a command, again if that is safe and can help, within the deadline.
    pub(super) async fn ask(&self, call: Call<'_>, command: &Command) -> Result<Reply> {
        call.name(self.attempt(command).await)
    }

    /// Does a thing, again if that is safe and can help, within the deadline.
    pub(super) async fn attempt<A: Attempt>(&self, work: &A) -> Result<A::Output> {
        let Shared { link, breaker, retry, budget, .. } = &*self.shared;
        let now = clock::now();
        let deadline = Deadline::after(now, self.deadline);
        // Before the breaker: a caller without time says nothing about the server.
        if deadline.has_passed(now) {
            return Err(Deadline::passed());
        }
        let permit = breaker.admit(now)?;
        let mut attempts = Attempts::new(retry, budget, deadline);
        let result = loop {
            match work.attempt(link, deadline).await {
                Ok(output) => {
                    attempts.succeeded();
                    break Ok(output);
                }
                Err(error) => match attempts.failed(error, work.category(), clock::now(), fastrand::f64()) {
                    Ok(pause) => sleep(pause).await,
                    Err(error) => break Err(error),
                },
            }
        };
        // When a success began is near enough; a failure may have taken its time.
        let at = if result.is_ok() { now } else { clock::now() };
        permit.report(&result, at, fastrand::f64());
        self.shared.notice(&result);
        result
    }
}

#[dual]
impl<L: Execute> Shared<L> {
    /// Looks whether the credentials have changed, and asks once for a sign of life, as one of the breaker's
    /// calls.
    pub(super) async fn probe(&self) -> Result<()> {
        self.link.refresh();
        let Ok(permit) = self.breaker.admit(clock::now()) else { return Ok(()) };
        let deadline = Deadline::after(clock::now(), self.response_timeout);
        let pong = sign_of_life(self.link.run(&Command::new("PING"), deadline).await);
        permit.report(&pong, clock::now(), fastrand::f64());
        self.notice(&pong);
        // A busy pool, or a server that says it is busy, is no reason to drop connections that work.
        if pong
            .as_ref()
            .is_err_and(|error| matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout))
        {
            self.link.reconnect();
        }
        pong
    }
}

impl<L> Shared<L> {
    /// Has a listener end when the service is closed.
    pub(super) fn stop_too(&self, listener: &Arc<Stop>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
    }

    fn stop_listeners(&self) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.drain(..).filter_map(|listener| listener.upgrade()) {
            listener.cancel();
        }
    }

    /// Remembers why the server could not be reached.
    pub(super) fn notice<T>(&self, result: &Result<T>) {
        if let Err(error) = result
            && error.is_connection()
        {
            *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
    }

    pub(super) fn last_error(&self) -> Option<Error> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<L> Drop for Shared<L> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What calls are made of.
impl<L> Service<L> {
    pub(super) fn shared(&self) -> &Shared<L> {
        &self.shared
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    pub(super) fn retrying(&self) -> (&RetryPolicy, &RetryBudget) {
        (&self.shared.retry, &self.shared.budget)
    }

    /// The namespace that this handle's keys are below.
    pub(super) fn root(&self) -> &Namespace {
        &self.namespace
    }

    /// The key as Redis sees it.
    pub(super) fn key(&self, call: Call<'_>, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        call.name(self.namespace.key(key))
    }

    /// The command `name` on a key.
    pub(super) fn on(&self, call: Call<'_>, name: &'static str, key: &impl AsKey) -> Result<Command> {
        call.name(self.namespace.command(name, key, 0))
    }

    /// How values are written and read.
    pub(super) fn terms(&self) -> &Terms {
        &self.shared.terms
    }

    pub(super) fn expires(&self, call: Call<'_>, expiry: impl Into<Expiry>) -> Result<Expires> {
        call.name(self.terms().expires(expiry.into(), clock::wall()))
    }

    pub(super) fn encode<T: Serialize + ?Sized>(&self, call: Call<'_>, value: &T) -> Result<Vec<u8>> {
        call.name(self.terms().encode(value))
    }

    pub(super) fn check_size(&self, call: Call<'_>, bytes: usize) -> Result<()> {
        call.name(self.terms().check_size(bytes))
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, call: Call<'_>, bytes: &[u8]) -> Result<T> {
        call.name(self.terms().decode(bytes))
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.terms().encoding()
    }
}

impl<L> Clone for Service<L> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), namespace: self.namespace.clone(), deadline: self.deadline }
    }
}
