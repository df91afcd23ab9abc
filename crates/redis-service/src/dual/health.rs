use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use redis_service_runtime::Episode;

use super::{
    Execute, Service, THREAD,
    engine::{CallOptions, Engine},
    router::Node,
    runtime::{CancellationToken, Task, dual, example},
};
use crate::{
    clock,
    error::{ErrorKind, Result},
    health::{Health, LastError, NodeHealth, ServerInfo},
    protocol::{Command, Reply},
};

#[dual]
impl Service {
    /// Returns whether Redis answers a `PING` within the deadline. A refusal of the `PING` itself is an
    /// answer; a refusal of the connection is not.
    ///
    /// Command: `PING`.
    #[doc(alias = "PING")]
    pub async fn is_alive(&self) -> bool {
        self.ping().await.is_ok()
    }

    /// Checks that Redis answers.
    ///
    /// Command: `PING`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis, to open a connection to it, or to get its reply.
    #[doc(alias = "PING")]
    pub async fn ping(&self) -> Result<()> {
        let pong = self.client.engine.call(self.client.call_options(), &Command::new("PING")).await;
        is_answer(pong).map_err(|error| error.during("ping"))
    }

    /// Reports the state of the service and of its server. It sends each command once, and does not ask the
    /// circuit breaker.
    ///
    /// Commands: `PING`, and `INFO` where the user has the right.
    ///
    #[doc = example!("health.md")]
    #[doc(alias = "PING")]
    #[doc(alias = "INFO")]
    pub async fn health(&self) -> Health {
        self.client.engine.health(self.client.deadline).await
    }

    /// Opens the circuit breaker by hand: calls fail with `CircuitOpen` until
    /// [`reset_breaker`](Self::reset_breaker).
    pub fn force_breaker_open(&self) {
        self.client.engine.router.nodes().for_each(|node| node.force_breaker_open());
    }

    /// Closes the circuit breaker and forgets the failures that it has counted.
    pub fn reset_breaker(&self) {
        self.client.engine.router.nodes().for_each(|node| node.reset_breaker());
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
        let options = CallOptions::bypassing_breaker(deadline);
        let asked = clock::now();
        let pong = is_answer(Self::run_on_node(node, options, &Command::new("PING")).await);
        let latency = pong.is_ok().then(|| clock::now().saturating_duration_since(asked));
        let info = match &pong {
            Ok(()) => {
                let left =
                    CallOptions::bypassing_breaker(deadline.saturating_sub(latency.unwrap_or_default()));
                let info = Self::run_on_node(node, left, &Command::new("INFO")).await;
                info.and_then(Reply::into_bytes).ok().flatten()
            }
            Err(_) => None,
        };
        NodeHealth {
            address: node.server().to_owned(),
            latency,
            server: info.map(|info| ServerInfo::parse(&String::from_utf8_lossy(&info))),
            connections: node.link.status(),
            breaker: node.breaker_status(),
            degraded_calls: node.degraded_calls(),
            // Also one that is no failure to reach the server: `BUSY` is none.
            last_error: match pong {
                Err(error) => Some(LastError::new(error, clock::wall())),
                Ok(()) => node.last_failure(),
            },
        }
    }

    /// Checks whether the credentials have changed, and sends each server one PING, which its breaker admits
    /// and counts.
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
            Self::run_on_node(node, CallOptions::once(node.response_timeout()), &Command::new("PING")).await;
        match is_answer(pong) {
            // The next probe that the breaker admits asks the server again.
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

/// Returns whether the reply shows a live server. One that refuses even a PING, because its disk is full
/// (MISCONF) or because the user may not send it, has answered all the same. A server that refuses the
/// connection itself, such as its SELECT, has not: no call can succeed.
pub(super) fn is_answer(pong: Result<Reply>) -> Result<()> {
    match pong {
        Err(error)
            if matches!(error.kind(), ErrorKind::WriteRefused | ErrorKind::Permission)
                && !error.is_of_opening() =>
        {
            Ok(())
        }
        answer => answer.map(drop),
    }
}

/// Checks a service's servers in the background, so that a dead connection is found and an open breaker
/// closes even while no caller does anything.
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
        let mut trouble = Episode::default();
        while !self.stop.cancelled_within(self.interval).await {
            let Some(engine) = self.engine.upgrade() else { return };
            match engine.probe().await {
                Ok(()) if trouble.ends() => tracing::info!("the health check succeeds again"),
                Ok(()) => {}
                // The outage itself is logged, or the opening of the breaker is.
                Err(error) if !error.is_about_reaching() && trouble.begins() => {
                    tracing::warn!(%error, "the health check failed");
                }
                Err(error) => tracing::debug!(%error, "the health check failed"),
            }
        }
    }
}
