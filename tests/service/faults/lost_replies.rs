use std::time::Duration;

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Direction, Scope};

use crate::{
    RedisService, dual,
    fixture::{CANARY, FaultRig, HOUR, Stopwatch, assert_failed, attempts, eventually},
    scenario,
};

/// Loses the next reply to a command, not one to the handshake.
#[dual]
async fn lose_a_reply(rig: &FaultRig, redis: &RedisService) {
    redis.ping().await.unwrap();
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
}

#[dual]
#[scenario]
async fn commands_that_may_run_twice_are_retried() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    lose_a_reply(&rig, &redis).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    assert_eq!((rig.stored("key"), rig.calls("set")), (Some(format!("\"{CANARY}\"")), 2));
    lose_a_reply(&rig, &redis).await;
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(CANARY));
    // One of them is the testkit's.
    assert_eq!(rig.calls("get"), 3);
    lose_a_reply(&rig, &redis).await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    assert_eq!(rig.calls("exec"), 2);
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn commands_that_must_not_run_twice_are_not_retried() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    redis.set("taken", CANARY, HOUR).await.unwrap();
    lose_a_reply(&rig, &redis).await;
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((rig.stored("count").as_deref(), rig.calls("incrby")), (Some("1"), 1));

    lose_a_reply(&rig, &redis).await;
    let error = redis.take::<String>("taken").await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!(rig.calls("getdel"), 1);

    lose_a_reply(&rig, &redis).await;
    let error = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    rig.at_rest(&redis).await;
    let hits = rig.stored("hits");
    assert!(hits.is_none() || hits.as_deref() == Some("1"), "{hits:?}");
}

#[dual]
#[scenario]
async fn a_pipeline_with_a_step_in_it_is_done_again_unless_that_does_harm() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    lose_a_reply(&rig, &redis).await;
    let mut harmless = redis.pipeline();
    let found = harmless.get::<u32>("a");
    let set = harmless.set_many([("a", 1), ("b", 2)], HOUR);
    let mut results = harmless.run().await.unwrap();
    // The first run has written this.
    assert_eq!(results.take((found, set)).unwrap(), (Some(1), ()));
    assert_eq!(rig.calls("exec"), 2);

    lose_a_reply(&rig, &redis).await;
    let mut harmful = redis.pipeline();
    harmful.set_many([("a", 3), ("b", 4)], HOUR);
    harmful.increment("count", 1);
    let error = harmful.run().await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((rig.calls("exec"), rig.calls("incrby")), (3, 1));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn set_if_absent_finds_out_what_became_of_it() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    lose_a_reply(&rig, &redis).await;
    let was_set = redis.set_if_absent("lock", "ours", HOUR).await.unwrap();
    assert!(was_set);
    assert_eq!((rig.stored("lock").as_deref(), rig.calls("set")), (Some("\"ours\""), 1));

    rig.cli().call(&["SET", "lock", "theirs"]).unwrap();
    lose_a_reply(&rig, &redis).await;
    let error = redis.set_if_absent("lock", "ours", HOUR).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(rig.stored("lock").as_deref(), Some("theirs"));
    let was_set = redis.set_if_absent("lock", "ours", HOUR).await.unwrap();
    assert!(!was_set);

    rig.cli().call(&["LPUSH", "list", "theirs"]).unwrap();
    lose_a_reply(&rig, &redis).await;
    let error = redis.set_if_absent("list", "ours", HOUR).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn set_if_absent_never_denies_what_it_sets_later() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    rig.cli().call(&["SET", "lock", "theirs"]).unwrap();
    // It is stuck on its way; the look at the key is not.
    rig.proxy.black_hole(Scope::Existing);
    let error = redis.set_if_absent("lock", "ours", HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    rig.cli().call(&["DEL", "lock"]).unwrap();
    rig.proxy.heal().unwrap();
    eventually("what was stuck arrives", || rig.stored("lock").as_deref() == Some("\"ours\"")).await;
}

#[dual]
#[scenario]
async fn set_if_absent_says_so_where_it_cannot_find_out() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    // The key expires before the service looks for it.
    rig.proxy.latency(Duration::from_millis(20), Duration::ZERO);
    lose_a_reply(&rig, &redis).await;
    let error = redis.set_if_absent("brief", CANARY, Duration::from_millis(1)).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((error.operation(), error.key()), (Some("set_if_absent"), Some("brief")));

    rig.proxy.heal().unwrap();

    // The service cannot read the key to find out.
    redis.ping().await.unwrap();
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::All);
    let redis = redis.with_deadline(Duration::from_millis(500));
    let watch = Stopwatch::start();
    let error = redis.set_if_absent("lock", CANARY, HOUR).await.unwrap_err();
    watch.assert_within(Duration::from_millis(500));
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    rig.proxy.heal().unwrap();

    redis.ping().await.unwrap();
    // The server runs the command once it goes on, and only once.
    rig.server.freeze().unwrap();
    let watch = Stopwatch::start();
    let error = redis.set_if_absent("frozen", CANARY, HOUR).await.unwrap_err();
    watch.assert_within(Duration::from_millis(500));
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    rig.server.thaw().unwrap();
    rig.at_rest(&redis).await;
}
