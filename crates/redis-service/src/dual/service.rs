use std::{sync::Arc, time::Duration};

use super::{
    client::Client,
    engine::Engine,
    health::{HealthCheck, is_answer},
    router::Router,
    runtime::{Link, dual, example},
};
use crate::{config::ServiceConfig, error::Result, protocol::Command, values::Namespace};

/// A connected Redis client: the entry to all operations.
///
/// Cheap to clone, `Send` and `Sync`: clones and [namespaces](Self::namespace) share the connections.
/// [`close`](Self::close) closes them and ends subscriptions. Dropping the last clone closes them as well, but a
/// subscription continues on its own connection until it is dropped.
///
/// Every future of the async API may be dropped at any time; see the crate's notes on
/// [cancellation safety](crate#cancellation-safety).
///
#[doc = example!("service.md")]
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) client: Client<Link>,
    pub(super) config: Arc<ServiceConfig>,
}

#[dual]
impl Service {
    /// Connects to Redis, and returns once Redis has answered a PING.
    ///
    /// If the configuration says `lazy`, it returns at once; the service connects at its first use, and Redis
    /// may be down until then.
    ///
    /// # Errors
    ///
    /// `Config` if the configuration is invalid; `Unsupported` if it names a Sentinel or Cluster topology,
    /// which this version parses but cannot connect to; and, unless lazy, any failure to reach Redis or to
    /// get its reply: `Auth` if the server refuses the credentials, `Permission` if it refuses the user the
    /// database.
    pub async fn connect(config: ServiceConfig) -> Result<Self> {
        let config = Arc::new(config);
        let router = Router::of(&config)?;
        let client = Client::new(Engine::new(router, &config), &config);
        if !config.lazy {
            let pong = client.engine.call(client.call_options(), &Command::new("PING")).await;
            is_answer(pong).map_err(|error| error.during("connect"))?;
        }
        if let Some(interval) = config.health_check_interval {
            client.engine.background.spawn(HealthCheck::new(&client.engine, interval));
        }
        Ok(Self { client, config })
    }

    /// Ends background work and subscriptions, and drops the connections. Every later call fails with `Closed`,
    /// on every clone. A transaction under way has a connection of its own, and may still finish.
    pub async fn close(&self) {
        let engine = &self.client.engine;
        engine.router.close();
        engine.stop();
    }

    /// Returns the number of the database, which the channels of keyspace notifications contain.
    #[must_use]
    pub fn database(&self) -> u32 {
        self.config.db
    }

    /// Replaces every connection, once it has finished its current work: new connections ask for the
    /// credentials again and read the certificates again.
    pub fn reconnect(&self) {
        self.client.engine.router.reconnect();
    }

    /// Returns a handle to the namespace `name` below this one, on the same connections.
    ///
    /// If the name is invalid (see [`Namespace::below`]), the calls that use it fail.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Self {
        let namespace = self.client.namespace.below(name);
        Self { client: Client { namespace, ..self.client.clone() }, config: Arc::clone(&self.config) }
    }

    /// Returns a handle whose calls take at most `deadline` each, in all: waiting for a connection,
    /// connecting, writing, reading, and the pauses between attempts.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { client: self.client.within(deadline), config: Arc::clone(&self.config) }
    }

    /// Returns a handle whose calls have the configuration's deadline.
    pub(super) fn with_own_deadline(&self) -> Self {
        self.with_deadline(self.config.deadline)
    }

    /// Returns the namespace that prefixes this handle's keys.
    pub(super) fn root(&self) -> &Namespace {
        &self.client.namespace
    }
}
