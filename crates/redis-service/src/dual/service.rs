use std::{sync::Arc, time::Duration};

use super::{
    client::Client,
    engine::Engine,
    health::{HealthCheck, is_answer},
    router::Router,
    runtime::{Link, dual, example},
};
use crate::{config::ServiceConfig, error::Result, protocol::Command, values::Namespace};

/// Redis, for a service.
///
/// Cheap to clone, `Send` and `Sync`: clones and [namespaces](Self::namespace) share the connections.
/// [`close`](Self::close) ends them; so does dropping the last clone.
///
#[doc = example!("service.md")]
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) client: Client<Link>,
    config: Arc<ServiceConfig>,
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

    /// Ends background work and drops the connections. Every later call, on every clone, fails with `Closed`.
    pub async fn close(&self) {
        let engine = &self.client.engine;
        engine.router.close();
        engine.stop();
    }

    /// The number of the database, which channels of keyspace notifications name.
    #[must_use]
    pub fn database(&self) -> u32 {
        self.config.db
    }

    /// Has every connection replaced, once it has finished what it is doing: credentials are asked for anew,
    /// and certificates read again.
    pub fn reconnect(&self) {
        self.client.engine.router.reconnect();
    }

    /// A handle to the namespace `name` below this one, on the same connections.
    ///
    /// A name that makes no sense (see [`Namespace::below`]) is refused by the calls that use it.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Self {
        let namespace = self.client.namespace.below(name);
        Self { client: Client { namespace, ..self.client.clone() }, config: Arc::clone(&self.config) }
    }

    /// A handle whose calls take `deadline` at most, each in all: waiting for a connection, connecting,
    /// writing, reading, and the pauses between attempts.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { client: self.client.within(deadline), config: Arc::clone(&self.config) }
    }

    /// A handle whose calls take as long as the configuration says.
    pub(super) fn with_own_deadline(&self) -> Self {
        self.with_deadline(self.config.deadline)
    }

    /// The namespace that this handle's keys are below.
    pub(super) fn root(&self) -> &Namespace {
        &self.client.namespace
    }
}
