use redis_service::{ErrorKind, Outcome, config::BreakerConfig, resilience::BreakerStatus};

use crate::{
    dual,
    fixture::{CANARY, FaultRig, HOUR, assert_failed, attempts},
    scenario,
};

#[dual]
#[scenario]
async fn writes_are_refused_once_each_and_reads_go_on() {
    let rig = FaultRig::new();
    let config = rig.config().with_retry(attempts(5));
    let redis = rig.connect_with(config.with_breaker(BreakerConfig::default().with_threshold(0.1, 1))).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    rig.cli().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = redis.set("key", CANARY, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::OutOfMemory, Outcome::NotApplied);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::OutOfMemory, Outcome::NotApplied);
    let error = redis.set_many([("a", CANARY), ("b", CANARY)], HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::OutOfMemory, Outcome::NotApplied);
    assert_eq!((rig.rejected("set"), rig.rejected("incrby")), (3, 1));
    let error = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::OutOfMemory, Outcome::NotApplied);
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(CANARY));
    let deleted = redis.delete("key").await.unwrap();
    assert!(deleted);
    assert_eq!(rig.cli().integer(&["DBSIZE"]).unwrap(), 0);
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);
    rig.cli().call(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    redis.set("key", CANARY, HOUR).await.unwrap();
    rig.at_rest(&redis).await;
}
