use std::time::Duration;

use redis_service::{ErrorKind, Outcome, config::BreakerConfig, resilience::BreakerStatus};

use redis_testkit::Scope;

use crate::{
    dual,
    fixture::{FaultRig, HOUR, Stopwatch, Wait, assert_failed, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn the_breaker_opens_at_the_threshold_and_then_sends_nothing() {
    let rig = FaultRig::new();
    let breaker = BreakerConfig::default()
        .with_threshold(0.5, 5)
        .with_open_for(Duration::from_secs(60), Duration::from_secs(60));
    let redis = rig.connect_with(rig.config().with_breaker(breaker)).await;
    rig.proxy.refuse().unwrap();
    rig.proxy.reset();
    for _ in 0..5 {
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    }
    rig.proxy.heal().unwrap();
    // The async service reconnects by itself; the blocking one does not.
    let health = redis.health().await;
    assert!(health.is_reachable());
    let accepted = rig.proxy.statistics().accepted;
    let watch = Stopwatch::start();
    for _ in 0..1_000 {
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::CircuitOpen, Outcome::NotApplied);
        assert!(error.retry_after() > Some(Duration::from_secs(50)));
    }
    watch.assert_within(Duration::from_secs(1));
    assert_eq!(rig.proxy.statistics().accepted, accepted);
    assert_eq!(rig.calls("incrby"), 0);
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_half_open_breaker_sends_a_probe_and_follows_its_result() {
    let rig = FaultRig::new();
    let (first, longest) = (Duration::from_millis(200), Duration::from_millis(500));
    let breaker =
        BreakerConfig::default().with_threshold(0.5, 2).with_open_for(first, longest).with_probes(2);
    let redis = rig.connect_with(rig.config().with_breaker(breaker)).await;
    rig.server.kill().unwrap();
    let mut errors = Vec::new();
    let wait = Wait::until("the breaker opens");
    while errors.last() != Some(&ErrorKind::CircuitOpen) {
        wait.check();
        errors.push(redis.increment("count", 1).await.unwrap_err().kind());
    }
    assert!(errors.len() <= 3, "{errors:?}");
    // One probe fails, and that opens it again.
    let mut kind = ErrorKind::CircuitOpen;
    let wait = Wait::until("the breaker lets a probe through");
    while kind == ErrorKind::CircuitOpen {
        kind = redis.increment("count", 1).await.unwrap_err().kind();
        wait.pause().await;
    }
    assert_eq!(kind, ErrorKind::Connection);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::CircuitOpen, Outcome::NotApplied);

    rig.server.restart().unwrap();
    let mut counted = 0;
    let watch = Stopwatch::start();
    let wait = Wait::until("three calls succeed");
    while counted < 3 {
        counted += i32::from(redis.increment("count", 1).await.is_ok());
        wait.pause().await;
    }
    watch.assert_within(Duration::from_secs(3));
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);
    assert_eq!(rig.stored("count").as_deref(), Some("3"));
    redis.set("key", &1, HOUR).await.unwrap();
    eventually("one connection is left", || crate::fixture::connections(&rig.server) == 1).await;
}

#[dual]
#[scenario]
async fn callers_with_little_time_open_it_for_nobody() {
    let rig = FaultRig::new();
    let breaker = BreakerConfig::default().with_threshold(0.5, 5);
    let redis = rig.connect_with(rig.config().with_breaker(breaker)).await;
    redis.set("key", &1, HOUR).await.unwrap();
    rig.proxy.latency(Duration::from_millis(50), Duration::ZERO);
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
    let rig = FaultRig::new();
    let breaker = BreakerConfig::default().with_threshold(0.5, 5);
    let config = rig.config().with_breaker(breaker).with_response_timeout(Duration::from_secs(30));
    let redis = rig.connect_with(config.with_deadline(Duration::from_millis(50))).await;
    rig.proxy.black_hole(Scope::All);
    let mut kinds = Vec::new();
    while kinds.last() != Some(&ErrorKind::CircuitOpen) {
        kinds.push(redis.get_raw("key").await.unwrap_err().kind());
        assert!(kinds.len() < 50, "{kinds:?}");
    }
}
