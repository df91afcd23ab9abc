use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Execute,
    runtime::{DedicatedConnection, Link, dual},
};
use crate::{
    clock,
    config::{RetryPolicy, ServiceConfig, Topology},
    error::{Error, ErrorKind, Result},
    health::LastError,
    resilience::{Breaker, BreakerChange, BreakerStatus, Deadline, Patience, Permit, RetryBudget},
    topology::Endpoint,
};

/// Chooses the server for each command, and holds what is known of the servers. All code that opens a
/// connection asks it.
#[derive(Debug)]
pub(super) struct Router<L> {
    /// The only one, as long as standalone servers are the only topology.
    node: Arc<Node<L>>,
}

/// One server: the link to it, and what is known of it.
pub(super) struct Node<L> {
    pub(super) link: L,
    pub(super) budget: RetryBudget,
    endpoint: Arc<Endpoint>,
    breaker: Breaker,
    last_error: Mutex<Option<LastError>>,
    /// Whether no call has had an answer since the last failure.
    has_failed: AtomicBool,
    is_closed: AtomicBool,
}

impl<L> Router<L> {
    /// A router to one standalone server.
    pub(super) fn to(node: Node<L>) -> Self {
        Self { node: Arc::new(node) }
    }

    /// Returns the server that has this slot; any server if there is no slot.
    ///
    /// # Errors
    ///
    /// `Slot` if no single server has all of the keys.
    pub(super) fn node_for(&self, _slot: impl FnOnce() -> Result<Option<u16>>) -> Result<&Arc<Node<L>>> {
        Ok(&self.node)
    }

    /// Returns every server.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Arc<Node<L>>> {
        std::iter::once(&self.node)
    }
}

impl<L: Execute> Router<L> {
    /// Drops the shared connections.
    pub(super) fn close_links(&self) {
        self.nodes().for_each(|node| node.link.close());
    }

    /// Replaces every connection, once it has finished its current work.
    pub(super) fn reconnect(&self) {
        self.nodes().for_each(|node| node.reconnect());
    }
}

impl<L: Execute> Node<L> {
    /// Replaces every connection to this server, once it has finished its current work.
    pub(super) fn reconnect(&self) {
        self.link.reconnect();
    }
}

impl Router<Link> {
    /// # Errors
    ///
    /// `Config` if the configuration is invalid; `Unsupported` if it names a Sentinel or Cluster topology;
    /// `Connection` if the blocking API gets no thread.
    pub(super) fn of(config: &Arc<ServiceConfig>) -> Result<Self> {
        config.validate()?;
        let (host, port) = match &config.topology {
            Topology::Standalone { host, port } => (host, *port),
            Topology::Sentinel(_) => return Err(unsupported("connecting through Sentinel")),
            Topology::Cluster { .. } => return Err(unsupported("connecting to a Cluster")),
        };
        Self::open(Endpoint::new(host, port, Arc::clone(config))?)
    }

    /// A router to a server that answers from a script.
    ///
    /// # Errors
    ///
    /// `Config` if the configuration is invalid; `Connection` if the blocking API gets no thread.
    #[cfg(feature = "testing")]
    pub(super) fn scripted(
        config: &Arc<ServiceConfig>,
        server: Arc<crate::testing::ServerState>,
    ) -> Result<Self> {
        config.validate()?;
        let mut endpoint = Endpoint::new("scripted", 0, Arc::clone(config))?;
        endpoint.scripted = Some(server);
        Self::open(endpoint)
    }

    fn open(endpoint: Endpoint) -> Result<Self> {
        let endpoint = Arc::new(endpoint);
        #[expect(clippy::disallowed_methods, reason = "the router opens connections")]
        let link = Link::open(Arc::clone(&endpoint))?;
        Ok(Self::to(Node::new(link, endpoint)))
    }

    /// Drops the shared connections. Later calls fail with `Closed`, and open no connection.
    pub(super) fn close(&self) {
        self.nodes().for_each(|node| node.is_closed.store(true, Ordering::Release));
        self.close_links();
    }
}

impl<L> Node<L> {
    pub(super) fn new(link: L, endpoint: Arc<Endpoint>) -> Self {
        let breaker = Breaker::new(endpoint.config.breaker.clone(), clock::now());
        Self {
            link,
            budget: RetryBudget::new(),
            endpoint,
            breaker,
            last_error: Mutex::new(None),
            has_failed: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }
    }

    /// # Errors
    ///
    /// `CircuitOpen`, naming the server.
    pub(super) fn admit(&self, now: Instant) -> Result<Permit<'_>> {
        self.breaker.admit(now).map_err(|error| self.blame(error))
    }

    pub(super) fn breaker_status(&self) -> BreakerStatus {
        self.breaker.status(clock::now())
    }

    pub(super) fn retry(&self) -> &RetryPolicy {
        &self.endpoint.config.retry
    }

    /// How long a call must be ready to wait for its failure to count.
    pub(super) fn patience(&self) -> Patience {
        Patience::of(&self.endpoint.config)
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.endpoint.config.connect_timeout
    }

    pub(super) fn response_timeout(&self) -> Duration {
        self.endpoint.config.response_timeout
    }

    /// Returns host and port.
    pub(super) fn server(&self) -> &str {
        self.endpoint.server()
    }

    /// Names the server in an error about reaching it.
    pub(super) fn blame(&self, error: Error) -> Error {
        self.endpoint.blame(error)
    }

    /// Remembers why the server could not be reached by a call that had this much time, and names the server in
    /// the error.
    pub(super) fn failed(&self, error: Error, time: Duration) -> Error {
        let error = self.blame(error);
        if error.is_about_reaching() {
            *self.last_error() = Some(LastError::new(error.clone(), clock::wall()));
            self.has_failed.store(true, Ordering::Release);
        }
        if error.is_of_opening() && self.patience().is_fair(time, &error) {
            self.endpoint.not_connected(&error, clock::now());
        }
        error
    }

    /// Notes that a call got its answer.
    #[inline]
    pub(super) fn answered(&self) {
        if self.has_failed.load(Ordering::Acquire) {
            self.recovered();
        }
    }

    #[cold]
    fn recovered(&self) {
        self.has_failed.store(false, Ordering::Release);
        if let Some(last) = &mut *self.last_error() {
            last.end(clock::wall());
        }
        self.endpoint.answered(clock::now());
    }

    /// Notes that a connection of one caller broke.
    pub(super) fn lost_connection(&self, error: &Error) {
        self.endpoint.lost_connection(error);
    }

    /// Counts a failed call of the present outage.
    pub(super) fn call_failed(&self) {
        self.endpoint.call_failed();
    }

    /// Returns the last failure to reach the server.
    pub(super) fn last_failure(&self) -> Option<LastError> {
        self.last_error().clone()
    }

    fn last_error(&self) -> MutexGuard<'_, Option<LastError>> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of calls whose callers went on without this server.
    pub(super) fn degraded_calls(&self) -> u64 {
        self.endpoint.degraded_calls()
    }

    pub(super) fn log_breaker(&self, change: Option<BreakerChange>) {
        let server = self.server();
        match change {
            None => {}
            Some(BreakerChange::Opened { lasts }) => {
                let seconds = lasts.as_secs_f64();
                tracing::warn!(
                    server,
                    "the circuit breaker opened: calls to Redis at {server} fail at once, for {seconds:.1} s at first"
                );
            }
            Some(BreakerChange::Closed) => {
                tracing::info!(
                    server,
                    "the circuit breaker closed: calls to Redis at {server} are sent again"
                );
            }
        }
    }

    /// Opens the breaker by hand.
    pub(super) fn force_breaker_open(&self) {
        let server = self.server();
        if self.breaker.force_open() {
            tracing::warn!(
                server,
                "the circuit breaker was opened by hand: no call to Redis at {server} is sent"
            );
        }
    }

    /// Closes the breaker by hand.
    pub(super) fn reset_breaker(&self) {
        let server = self.server();
        if self.breaker.reset() {
            tracing::info!(
                server,
                "the circuit breaker was closed by hand: calls to Redis at {server} are sent again"
            );
        }
    }
}

#[dual]
impl Node<Link> {
    /// Opens a connection to this server for one caller.
    #[expect(clippy::disallowed_methods, reason = "the router opens connections")]
    pub(super) async fn open_dedicated(&self, deadline: Deadline) -> Result<DedicatedConnection> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Error::closed());
        }
        DedicatedConnection::open(&self.endpoint, deadline).await
    }
}

impl<L> fmt::Debug for Node<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("server", &self.endpoint.server()).finish_non_exhaustive()
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} is not supported yet"))
}
