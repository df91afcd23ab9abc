use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{
    Execute, Service, THREAD,
    runtime::{CancellationToken, Task, dual},
    service::Shared,
};
use crate::{Command, Deadline, ErrorKind, Health, Reply, Result, call::Call, clock, health::ServerInfo};

#[dual]
impl<L: Execute> Service<L> {
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
        sign_of_life(self.ask(Call::new("ping"), &Command::new("PING")).await)
    }

    /// How the service and its server are. Asks past the breaker, and once.
    ///
    /// Commands: `PING`, and `INFO` where the user may.
    pub async fn health(&self) -> Health {
        let shared = self.shared();
        let deadline = Deadline::after(clock::now(), self.deadline());
        let asked = clock::now();
        let pong = sign_of_life(shared.link.run(&Command::new("PING"), deadline).await);
        let latency = pong.is_ok().then(|| clock::now().saturating_duration_since(asked));
        shared.notice(&pong);
        let server = match pong {
            Ok(_) => shared
                .link
                .run(&Command::new("INFO"), deadline)
                .await
                .and_then(Reply::into_bytes)
                .ok()
                .flatten(),
            Err(_) => None,
        };
        Health {
            latency,
            server: server.map(|info| ServerInfo::parse(&String::from_utf8_lossy(&info))),
            connections: shared.link.status(),
            breaker: shared.breaker.status(clock::now()),
            last_error: shared.last_error(),
        }
    }

    /// Opens the circuit breaker by hand: calls fail with `CircuitOpen`, until
    /// [`reset_breaker`](Self::reset_breaker).
    pub fn force_breaker_open(&self) {
        self.shared().breaker.force_open();
    }

    /// Closes the circuit breaker, and forgets the failures it has counted.
    pub fn reset_breaker(&self) {
        self.shared().breaker.reset();
    }
}

/// A server that refuses even a PING, because its disk is full (MISCONF) or the user may not send one, has
/// answered all the same.
pub(super) fn sign_of_life(pong: Result<Reply>) -> Result<()> {
    match pong {
        Err(error) if matches!(error.kind(), ErrorKind::WriteRefused | ErrorKind::Permission) => Ok(()),
        answer => answer.map(drop),
    }
}

/// Looks after a service in the background: probes the server, so that a dead connection is found and an
/// open breaker closes while nobody calls.
pub(super) struct Watch<L> {
    shared: Weak<Shared<L>>,
    stop: Arc<CancellationToken>,
    interval: Duration,
}

impl<L> Watch<L> {
    pub(super) fn new(shared: &Arc<Shared<L>>, interval: Duration) -> Self {
        Self { shared: Arc::downgrade(shared), stop: Arc::clone(&shared.stop), interval }
    }
}

#[dual(AFIT)]
impl<L: Execute> Task for Watch<L> {
    const THREAD: &'static str = THREAD;

    async fn run(self) {
        while !self.stop.cancelled_within(self.interval).await {
            let Some(shared) = self.shared.upgrade() else { return };
            if let Err(error) = shared.probe().await {
                tracing::warn!(%error, "the health check failed");
            }
        }
    }
}
