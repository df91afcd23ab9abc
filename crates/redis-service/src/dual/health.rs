use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{
    Execute, Service, THREAD,
    engine::{CallOptions, Engine},
    router::Node,
    runtime::{CancellationToken, Task, dual},
};
use crate::{
    clock,
    error::{ErrorKind, Result},
    health::{Health, NodeHealth, ServerInfo},
    protocol::{Command, Reply},
};

#[dual]
impl Service {
    /// Whether Redis answers.
    ///
    /// Command: `PING`.
    #[doc(alias = "PING")]
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
    #[doc(alias = "PING")]
    pub async fn ping(&self) -> Result<()> {
        let pong = self.client.engine.call(self.client.call_options(), &Command::new("PING")).await;
        is_answer(pong).map_err(|error| error.during("ping"))
    }

    /// How the service and its server are. Asks past the breaker, and once.
    ///
    /// Commands: `PING`, and `INFO` where the user may.
    #[doc(alias = "PING")]
    #[doc(alias = "INFO")]
    pub async fn health(&self) -> Health {
        self.client.engine.health(self.client.deadline).await
    }

    /// Opens the circuit breaker by hand: calls fail with `CircuitOpen`, until
    /// [`reset_breaker`](Self::reset_breaker).
    pub fn force_breaker_open(&self) {
        self.client.engine.router.nodes().for_each(|node| node.breaker().force_open());
    }

    /// Closes the circuit breaker, and forgets the failures it has counted.
    pub fn reset_breaker(&self) {
        self.client.engine.router.nodes().for_each(|node| node.breaker().reset());
    }
}

#[dual]
impl<L: Execute> Engine<L> {
    async fn health(&self, deadline: Duration) -> Health {
        let mut nodes = Vec::new();
        for node in self.router.nodes() {
            nodes.push(self.health_of(node, deadline).await);
        }
        Health::of(nodes)
    }

    async fn health_of(&self, node: &Arc<Node<L>>, deadline: Duration) -> NodeHealth {
        let options = CallOptions::past_breaker(deadline);
        let asked = clock::now();
        let pong = is_answer(Self::call_at(node, options, &Command::new("PING")).await);
        let latency = pong.is_ok().then(|| clock::now().saturating_duration_since(asked));
        let info = match pong {
            Ok(()) => {
                let left = CallOptions::past_breaker(deadline.saturating_sub(latency.unwrap_or_default()));
                let info = Self::call_at(node, left, &Command::new("INFO")).await;
                info.and_then(Reply::into_bytes).ok().flatten()
            }
            Err(_) => None,
        };
        NodeHealth {
            address: node.server().to_owned(),
            latency,
            server: info.map(|info| ServerInfo::parse(&String::from_utf8_lossy(&info))),
            connections: node.link.status(),
            breaker: node.breaker().status(clock::now()),
            last_error: node.last_error(),
        }
    }

    /// Looks whether the credentials have changed, and asks each server once for a sign of life, as one of its
    /// breaker's calls.
    pub(super) async fn probe(&self) -> Result<()> {
        let mut answers = Ok(());
        for node in self.router.nodes() {
            let answer = self.probe_node(node).await;
            answers = answers.and(answer);
        }
        answers
    }

    async fn probe_node(&self, node: &Arc<Node<L>>) -> Result<()> {
        node.link.refresh();
        let pong =
            Self::call_at(node, CallOptions::once(node.response_timeout()), &Command::new("PING")).await;
        match is_answer(pong) {
            // It is asked again when the breaker lets probes through.
            Err(error) if error.kind() == ErrorKind::CircuitOpen => Ok(()),
            Err(error) => {
                // A busy pool, or a server that says it is busy, is no reason to drop connections that work.
                if matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout) {
                    node.link.reconnect();
                }
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }
}

/// A server that refuses even a PING, because its disk is full (MISCONF) or the user may not send one, has
/// answered all the same.
pub(super) fn is_answer(pong: Result<Reply>) -> Result<()> {
    match pong {
        Err(error) if matches!(error.kind(), ErrorKind::WriteRefused | ErrorKind::Permission) => Ok(()),
        answer => answer.map(drop),
    }
}

/// Looks after a service in the background: probes its servers, so that a dead connection is found and an
/// open breaker closes while nobody calls.
pub(super) struct HealthCheck<L: Execute> {
    engine: Weak<Engine<L>>,
    stop: Arc<CancellationToken>,
    interval: Duration,
}

impl<L: Execute> HealthCheck<L> {
    pub(super) fn new(engine: &Arc<Engine<L>>, interval: Duration) -> Self {
        Self { engine: Arc::downgrade(engine), stop: Arc::clone(&engine.stop), interval }
    }
}

#[dual(AFIT)]
impl<L: Execute> Task for HealthCheck<L> {
    const THREAD: &'static str = THREAD;

    async fn run(self) {
        while !self.stop.cancelled_within(self.interval).await {
            let Some(engine) = self.engine.upgrade() else { return };
            if let Err(error) = engine.probe().await {
                tracing::warn!(%error, "the health check failed");
            }
        }
    }
}
