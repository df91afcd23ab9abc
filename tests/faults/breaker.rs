use std::time::Duration;

use redis_service::{ErrorKind, Outcome, config::BreakerConfig, resilience::BreakerStatus};

use redis_testkit::Scope;

use super::bench::{Bench, HOUR, Stopwatch, assert_failed, eventually};
use crate::{dual, scenario};

#[dual]
#[scenario]
async fn it_opens_at_the_threshold_and_then_leaves_the_server_alone() {
    let bench = Bench::new();
    let breaker = BreakerConfig::default()
        .with_threshold(0.5, 5)
        .with_open_for(Duration::from_secs(60), Duration::from_secs(60));
    let redis = bench.connect_with(bench.config().with_breaker(breaker)).await;
    bench.proxy.refuse().unwrap();
    bench.proxy.reset();
    for _ in 0..5 {
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    }
    bench.proxy.heal().unwrap();
    // The async service comes back by itself; nobody else does.
    let health = redis.health().await;
    assert!(health.is_reachable());
    let accepted = bench.proxy.statistics().accepted;
    let watch = Stopwatch::start();
    for _ in 0..1_000 {
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::CircuitOpen, Outcome::NotApplied);
        assert!(error.retry_after() > Some(Duration::from_secs(50)));
    }
    watch.assert_within(Duration::from_secs(1));
    assert_eq!(bench.proxy.statistics().accepted, accepted);
    assert_eq!(bench.calls("incrby"), 0);
    bench.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn half_open_it_sends_a_probe_and_believes_what_that_finds() {
    let bench = Bench::new();
    let (first, longest) = (Duration::from_millis(200), Duration::from_millis(500));
    let breaker =
        BreakerConfig::default().with_threshold(0.5, 2).with_open_for(first, longest).with_probes(2);
    let redis = bench.connect_with(bench.config().with_breaker(breaker)).await;
    bench.server.kill().unwrap();
    let mut errors = Vec::new();
    while errors.last() != Some(&ErrorKind::CircuitOpen) {
        errors.push(redis.increment("count", 1).await.unwrap_err().kind());
    }
    assert!(errors.len() <= 3, "{errors:?}");
    // One probe fails, and that opens it again.
    let mut kind = ErrorKind::CircuitOpen;
    while kind == ErrorKind::CircuitOpen {
        kind = redis.increment("count", 1).await.unwrap_err().kind();
        crate::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(kind, ErrorKind::Connection);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::CircuitOpen, Outcome::NotApplied);

    bench.server.restart().unwrap();
    let mut counted = 0;
    let watch = Stopwatch::start();
    while counted < 3 {
        counted += i32::from(redis.increment("count", 1).await.is_ok());
        crate::sleep(Duration::from_millis(5)).await;
    }
    watch.assert_within(Duration::from_secs(3));
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);
    assert_eq!(bench.stored("count").as_deref(), Some("3"));
    redis.set("key", &1, HOUR).await.unwrap();
    eventually("it is at rest", || crate::fixture::connections(&bench.server) == 1).await;
}

#[dual]
#[scenario]
async fn callers_with_little_time_open_it_for_nobody() {
    let bench = Bench::new();
    let breaker = BreakerConfig::default().with_threshold(0.5, 5);
    let redis = bench.connect_with(bench.config().with_breaker(breaker)).await;
    redis.set("key", &1, HOUR).await.unwrap();
    bench.proxy.latency(Duration::from_millis(50), Duration::ZERO);
    let hasty = redis.with_deadline(Duration::from_millis(5));
    for _ in 0..50 {
        let error = hasty.get_raw("key").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);
    let found: Option<i32> = redis.get("key").await.unwrap();
    assert_eq!(found, Some(1));
}

#[dual]
#[scenario]
async fn the_configurations_own_deadline_is_what_a_server_must_keep() {
    let bench = Bench::new();
    let breaker = BreakerConfig::default().with_threshold(0.5, 5);
    let config = bench.config().with_breaker(breaker).with_response_timeout(Duration::from_secs(30));
    let redis = bench.connect_with(config.with_deadline(Duration::from_millis(50))).await;
    bench.proxy.black_hole(Scope::All);
    let mut kinds = Vec::new();
    while kinds.last() != Some(&ErrorKind::CircuitOpen) {
        kinds.push(redis.get_raw("key").await.unwrap_err().kind());
        assert!(kinds.len() < 50, "{kinds:?}");
    }
}
