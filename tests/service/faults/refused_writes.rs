use redis_service::{ErrorKind, Outcome, config::BreakerConfig, resilience::BreakerStatus};
use redis_testkit::Options;

use crate::{
    dual,
    fixture::{CANARY, DEADLINE, FaultRig, HOUR, Stopwatch, assert_failed, attempts, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn too_few_replicas() {
    let rig = FaultRig::with(Options::default().with_config("min-replicas-to-write", "1"));
    let config = rig.config().with_retry(attempts(3));
    let redis = rig.connect_with(config.with_breaker(BreakerConfig::default().with_threshold(0.1, 1))).await;
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(DEADLINE);
    assert_failed(&error, ErrorKind::WriteRefused, Outcome::NotApplied);
    assert_eq!(error.code(), Some("NOREPLICAS"));
    assert_eq!(rig.rejected("incrby"), 3, "replicas come back by themselves");
    let error = redis.set_many([("a", CANARY)], HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::WriteRefused, Outcome::NotApplied);
    let found: Option<i32> = redis.get("count").await.unwrap();
    assert_eq!(found, None);
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);

    rig.cli().call(&["CONFIG", "SET", "min-replicas-to-write", "0"]).unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 1);
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_disk_that_takes_nothing() {
    let rig = FaultRig::with(Options::default().with_config("enable-protected-configs", "yes"));
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let mut cli = rig.cli();
    cli.text(&["CONFIG", "SET", "save", "900 1"]).unwrap();
    cli.text(&["CONFIG", "SET", "dir", "/proc"]).unwrap();
    cli.text(&["BGSAVE"]).unwrap();
    let failed = || cli.text(&["INFO", "persistence"]).unwrap().contains("rdb_last_bgsave_status:err");
    eventually("saving fails", failed).await;
    let error = redis.set("key", CANARY, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::WriteRefused, Outcome::NotApplied);
    assert_eq!((error.code(), rig.rejected("set")), (Some("MISCONF"), 1));
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found, None);
    // It refuses a PING as well, and is alive all the same.
    let alive = redis.is_alive().await;
    assert!(alive);
    rig.at_rest(&redis).await;
    let another = rig.connect().await;
    let found: Option<String> = another.get("key").await.unwrap();
    assert_eq!(found, None);
}
