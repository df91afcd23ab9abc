use std::time::Duration;

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Direction, Scope};

use super::bench::{Bench, CANARY, HOUR, Stopwatch, assert_failed, attempts, eventually};
use crate::{RedisService, dual, scenario};

/// Has the next reply lost: that of a command, not of the handshake.
#[dual]
async fn lose_a_reply(bench: &Bench, redis: &RedisService) {
    redis.ping().await.unwrap();
    bench.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
}

#[dual]
#[scenario]
async fn what_may_be_done_twice_is_done_again() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    lose_a_reply(&bench, &redis).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    assert_eq!((bench.stored("key"), bench.calls("set")), (Some(format!("\"{CANARY}\"")), 2));
    lose_a_reply(&bench, &redis).await;
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(CANARY));
    // One of them is the testkit's.
    assert_eq!(bench.calls("get"), 3);
    lose_a_reply(&bench, &redis).await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    assert_eq!(bench.calls("exec"), 2);
    bench.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn what_must_not_be_done_twice_is_not() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    redis.set("taken", CANARY, HOUR).await.unwrap();
    lose_a_reply(&bench, &redis).await;
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((bench.stored("count").as_deref(), bench.calls("incrby")), (Some("1"), 1));

    lose_a_reply(&bench, &redis).await;
    let error = redis.take::<String>("taken").await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!(bench.calls("getdel"), 1);

    lose_a_reply(&bench, &redis).await;
    let error = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    bench.at_rest(&redis).await;
    let hits = bench.stored("hits");
    assert!(hits.is_none() || hits.as_deref() == Some("1"), "{hits:?}");
}

#[dual]
#[scenario]
async fn a_pipeline_with_a_step_in_it_is_done_again_unless_that_does_harm() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    lose_a_reply(&bench, &redis).await;
    let mut harmless = redis.pipeline();
    let found = harmless.get::<u32>("a");
    let set = harmless.set_many([("a", 1), ("b", 2)], HOUR);
    let mut results = harmless.run().await.unwrap();
    // What the first run has written.
    assert_eq!(results.take((found, set)).unwrap(), (Some(1), ()));
    assert_eq!(bench.calls("exec"), 2);

    lose_a_reply(&bench, &redis).await;
    let mut harmful = redis.pipeline();
    harmful.set_many([("a", 3), ("b", 4)], HOUR);
    harmful.increment("count", 1);
    let error = harmful.run().await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((bench.calls("exec"), bench.calls("incrby")), (3, 1));
    bench.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn set_if_absent_finds_out_what_became_of_it() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    lose_a_reply(&bench, &redis).await;
    let was_set = redis.set_if_absent("lock", "ours", HOUR).await.unwrap();
    assert!(was_set);
    assert_eq!((bench.stored("lock").as_deref(), bench.calls("set")), (Some("\"ours\""), 1));

    bench.cli().call(&["SET", "lock", "theirs"]).unwrap();
    lose_a_reply(&bench, &redis).await;
    let error = redis.set_if_absent("lock", "ours", HOUR).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(bench.stored("lock").as_deref(), Some("theirs"));
    let was_set = redis.set_if_absent("lock", "ours", HOUR).await.unwrap();
    assert!(!was_set);

    bench.cli().call(&["LPUSH", "list", "theirs"]).unwrap();
    lose_a_reply(&bench, &redis).await;
    let error = redis.set_if_absent("list", "ours", HOUR).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    bench.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn set_if_absent_never_denies_what_it_sets_later() {
    let bench = Bench::new();
    let redis = bench.connect().await;
    bench.cli().call(&["SET", "lock", "theirs"]).unwrap();
    // It is stuck on its way; the look at the key is not.
    bench.proxy.black_hole(Scope::Existing);
    let error = redis.set_if_absent("lock", "ours", HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    bench.cli().call(&["DEL", "lock"]).unwrap();
    bench.proxy.heal().unwrap();
    eventually("what was stuck arrives", || bench.stored("lock").as_deref() == Some("\"ours\"")).await;
}

#[dual]
#[scenario]
async fn set_if_absent_says_so_where_it_cannot_find_out() {
    let bench = Bench::new();
    let redis = bench.connect().await;
    // What was set is gone before it is looked for.
    bench.proxy.latency(Duration::from_millis(20), Duration::ZERO);
    lose_a_reply(&bench, &redis).await;
    let error = redis.set_if_absent("brief", CANARY, Duration::from_millis(1)).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    assert_eq!((error.operation(), error.key()), (Some("set_if_absent"), Some("brief")));

    bench.proxy.heal().unwrap();

    // Nobody can look.
    redis.ping().await.unwrap();
    bench.proxy.cut_after(Direction::ToClient, 0, Scope::All);
    let redis = redis.with_deadline(Duration::from_millis(500));
    let watch = Stopwatch::start();
    let error = redis.set_if_absent("lock", CANARY, HOUR).await.unwrap_err();
    watch.assert_within(Duration::from_millis(500));
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    bench.proxy.heal().unwrap();

    redis.ping().await.unwrap();
    // The server does what it was told once it can, and not twice.
    bench.server.freeze().unwrap();
    let watch = Stopwatch::start();
    let error = redis.set_if_absent("frozen", CANARY, HOUR).await.unwrap_err();
    watch.assert_within(Duration::from_millis(500));
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    bench.server.thaw().unwrap();
    bench.at_rest(&redis).await;
}
