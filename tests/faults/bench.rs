use std::{
    error::Error as _,
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service::{Error, ErrorKind, Outcome, ServiceConfig, config::RetryPolicy};
use redis_testkit::{Inspector, Options, Proxy, Server};

use crate::{RedisService, dual, fixture, sleep};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// What no error may show: tests use it as values and in passwords.
pub(crate) const CANARY: &str = "canary";

/// How long the server may take to answer one attempt.
pub(crate) const RESPONSE: Duration = Duration::from_millis(300);

/// How long a call may take in all.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

/// How much later than its deadline a call may return: 100 ms, and what a busy machine adds.
const GRACE: Duration = Duration::from_millis(350);

/// How long to wait for what must happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server, and the proxy in front of it. Both may be handed to threads that act while a call waits.
pub(crate) struct Bench {
    pub(crate) server: Arc<Server>,
    pub(crate) proxy: Arc<Proxy>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let server = Server::start(options).expect("a private Redis server");
        let proxy = Proxy::start(server.address()).expect("a proxy");
        Self { server: Arc::new(server), proxy: Arc::new(proxy) }
    }

    /// A configuration of little patience, for the server behind the proxy, with one attempt for each call.
    pub(crate) fn config(&self) -> ServiceConfig {
        impatient(&self.server.url_at(self.proxy.address()))
    }

    pub(crate) fn cli(&self) -> Inspector {
        self.server.cli().expect("an inspector")
    }

    /// How often the server has run a command, by its name in lower case.
    pub(crate) fn calls(&self, command: &str) -> u64 {
        self.statistic(command, "calls=")
    }

    /// How often the server has refused a command before it ran it.
    pub(crate) fn rejected(&self, command: &str) -> u64 {
        self.statistic(command, "rejected_calls=")
    }

    fn statistic(&self, command: &str, field: &str) -> u64 {
        let statistics = self.cli().text(&["INFO", "commandstats"]).expect("statistics");
        let prefix = format!("cmdstat_{command}:");
        let line = statistics.lines().find_map(|line| line.strip_prefix(&prefix));
        let count = line.and_then(|line| line.split(',').find_map(|part| part.strip_prefix(field)));
        count.map_or(0, |count| count.trim().parse().expect("a count"))
    }

    /// The value of `key` as the server has it; nothing if it has none.
    pub(crate) fn stored(&self, key: &str) -> Option<String> {
        match self.cli().call(&["GET", key]).expect("a value") {
            redis_testkit::Value::Bulk(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        }
    }
}

#[dual]
impl Bench {
    /// A service through the proxy, with a connection.
    pub(crate) async fn connect(&self) -> RedisService {
        self.connect_with(self.config()).await
    }

    pub(crate) async fn connect_with(&self, config: ServiceConfig) -> RedisService {
        RedisService::connect(config).await.expect("a connection to a healthy server")
    }

    /// Checks that the service works, that nothing of it is in use, and that the server has no more than its one
    /// connection.
    pub(crate) async fn at_rest(&self, redis: &RedisService) {
        let health = redis.health().await;
        assert!(health.is_reachable(), "{:?}", health.last_error);
        assert_eq!((health.connections.in_use, health.connections.open), (0, 1));
        eventually("one connection is left", || fixture::connections(&self.server) == 1).await;
    }
}

pub(crate) fn impatient(url: &str) -> ServiceConfig {
    ServiceConfig::from_url(url)
        .expect("the testkit's URL")
        .with_connect_timeout(Duration::from_secs(1))
        .with_response_timeout(RESPONSE)
        .with_deadline(DEADLINE)
        .with_retry(RetryPolicy::none())
        .with_health_check_interval(None)
}

/// So many attempts, with short pauses.
pub(crate) fn attempts(attempts: u32) -> RetryPolicy {
    RetryPolicy::default()
        .with_attempts(attempts)
        .with_pauses(Duration::from_millis(10), Duration::from_millis(100))
}

/// Waits until `condition` holds.
#[dual]
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool + Send) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Checks what an error says, and that nothing it shows holds [`CANARY`].
#[track_caller]
pub(crate) fn assert_failed(error: &Error, kind: ErrorKind, outcome: Outcome) {
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
    assert_silent(error);
}

#[track_caller]
pub(crate) fn assert_silent(error: &Error) {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!shown.contains(CANARY), "{shown}");
}

/// The time that a call takes.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    #[track_caller]
    pub(crate) fn assert_within(&self, deadline: Duration) {
        let took = self.0.elapsed();
        assert!(took < deadline + GRACE, "{took:?} instead of {deadline:?}");
    }
}
