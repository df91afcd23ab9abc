use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute,
    attempt::Attempt,
    runtime::{Link, dual, example, sleep},
};
use crate::{
    AsKey, Codec, Command, Deadline, Error, Expiry, Namespace, Reply, Result, RetryPolicy, ServiceConfig,
    call::Call,
    clock,
    expiry::{DefaultTtls, Expires},
    retry::{Attempts, RetryBudget},
    settings::Settings,
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

#[derive(Debug)]
struct Shared<L> {
    link: L,
    codec: Codec,
    ttls: DefaultTtls,
    max_value_bytes: usize,
    retry: RetryPolicy,
    budget: RetryBudget,
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
            service.ping().await.map_err(|error| error.during("connect"))?;
        }
        Ok(service)
    }

    /// Ends background work and drops the connections. Every later call, on every clone, fails with `Closed`.
    pub async fn close(&self) {
        self.shared.link.close();
    }
}

#[dual]
impl<L: Execute> Service<L> {
    /// A service over a link of the caller's.
    pub(crate) fn over(link: L, config: &ServiceConfig) -> Self {
        let shared = Shared {
            link,
            codec: config.codec,
            ttls: DefaultTtls { default: config.default_ttl, long: config.long_ttl },
            max_value_bytes: config.max_value_bytes,
            retry: config.retry.clone(),
            budget: RetryBudget::new(),
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

    /// Whether Redis answers.
    ///
    /// Command: `PING`.
    pub async fn is_alive(&self) -> bool {
        self.ping().await.is_ok()
    }

    /// Asks Redis for a sign of life.
    ///
    /// Command: `PING`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn ping(&self) -> Result<()> {
        let reply = self.ask(Call::new("ping"), &Command::new("PING")).await?;
        drop(reply);
        Ok(())
    }

    /// Runs a command, again if that is safe and can help, within the deadline.
    pub(super) async fn ask(&self, call: Call<'_>, command: &Command) -> Result<Reply> {
        call.name(self.attempt(command).await)
    }

    /// Does a thing, again if that is safe and can help, within the deadline.
    pub(super) async fn attempt<A: Attempt>(&self, work: &A) -> Result<A::Output> {
        let Shared { link, retry, budget, .. } = &*self.shared;
        let deadline = Deadline::after(clock::now(), self.deadline);
        let mut attempts = Attempts::new(retry, budget, work.category(), deadline);
        loop {
            match work.attempt(link, deadline).await {
                Ok(output) => {
                    attempts.succeeded();
                    return Ok(output);
                }
                Err(error) => sleep(attempts.failed(error, clock::now(), fastrand::f64())?).await,
            }
        }
    }
}

/// What calls are made of.
impl<L> Service<L> {
    /// The key as Redis sees it.
    pub(super) fn key(&self, call: Call<'_>, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        call.name(self.namespace.key(key))
    }

    pub(super) fn expires(&self, call: Call<'_>, expiry: impl Into<Expiry>) -> Result<Expires> {
        call.name(expiry.into().resolve(self.shared.ttls, clock::wall()))
    }

    pub(super) fn encode<T: Serialize + ?Sized>(&self, call: Call<'_>, value: &T) -> Result<Vec<u8>> {
        let bytes = call.name(self.shared.codec.encode(value))?;
        self.check_size(call, bytes.len())?;
        Ok(bytes)
    }

    pub(super) fn check_size(&self, call: Call<'_>, bytes: usize) -> Result<()> {
        let most = self.shared.max_value_bytes;
        if bytes > most {
            let message = format!("the value has {bytes} bytes, more than {most}");
            return Err(call.blame(Error::invalid_input(message)));
        }
        Ok(())
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, call: Call<'_>, bytes: &[u8]) -> Result<T> {
        call.name(self.shared.codec.decode(bytes))
    }
}

impl<L> Clone for Service<L> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), namespace: self.namespace.clone(), deadline: self.deadline }
    }
}
