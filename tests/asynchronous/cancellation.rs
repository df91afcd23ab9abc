//! Futures are dropped at any point: no caller gets the reply of another, and nothing is left behind.

use std::{
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use redis_service::{
    ErrorKind, Outcome,
    config::BreakerConfig,
    protocol::{Command, RawPipeline},
    resilience::BreakerStatus,
};
use redis_testkit::Value;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    RedisService,
    fixture::{self, CANARY, FaultRig, HOUR, Wait, assert_failed, eventually},
};

const TASKS: u32 = 1_000;

/// A random number below `limit`.
fn random(limit: u32) -> u32 {
    u32::try_from(RandomState::new().hash_one(0) % u64::from(limit)).unwrap()
}

/// Polls a future once, and `polls` times more, and drops it if it is not ready by then.
async fn dropped_after<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Drops a future at a random point, or awaits it.
async fn perhaps<F: Future>(future: F) -> Option<F::Output> {
    match random(4) {
        0 => dropped_after(random(3), future).await,
        1 => timeout(Duration::from_micros(u64::from(random(5_000))), future).await.ok(),
        _ => Some(future.await),
    }
}

/// One task, with keys of its own.
async fn one_task(redis: RedisService, task: u32) -> u32 {
    let mut seen = 0;
    for round in 0..8 {
        let key = format!("key:{task}:{round}");
        let redis =
            if random(20) == 0 { redis.with_deadline(Duration::from_millis(1)) } else { redis.clone() };
        let is_short = move |error: redis_service::Error| {
            assert!(error.is_timeout(), "{error:?}");
        };
        if let Some(Err(error)) = perhaps(redis.set(&key, &key, HOUR)).await {
            is_short(error);
        }
        match perhaps(redis.get::<String>(&key)).await {
            Some(Ok(Some(found))) => {
                assert_eq!(found, key);
                seen += 1;
            }
            Some(Err(error)) => is_short(error),
            Some(Ok(None)) | None => {}
        }
        match perhaps(redis.get_many::<String>(&["missing", &key, "missing"])).await {
            Some(Ok(found)) => {
                let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
                assert!(found[0].is_none() && found[2].is_none());
                assert!(found[1].as_ref().is_none_or(|found| *found == key));
            }
            Some(Err(error)) => is_short(error),
            None => {}
        }
        if let Some(Ok(echoed)) = perhaps(redis.command("ECHO").arg(&key).run::<String>()).await {
            assert_eq!(echoed, key);
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_belongs_to_its_key_and_nothing_leaks() {
    let rig = FaultRig::new();
    // Short deadlines must not open the breaker here.
    let config =
        rig.config().with_breaker(BreakerConfig::off()).with_response_timeout(Duration::from_secs(10));
    let redis = rig.connect_with(config.with_deadline(Duration::from_secs(20))).await;
    rig.proxy.latency(Duration::ZERO, Duration::from_millis(3));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        tasks.spawn(one_task(redis.clone(), task));
    }
    let mut seen = 0;
    while let Some(done) = tasks.join_next().await {
        seen += done.unwrap();
    }
    assert!(seen > TASKS, "{seen}");
    rig.proxy.heal().unwrap();
    rig.at_rest(&redis).await;
    assert_eq!(rig.proxy.statistics().accepted, 1, "no connection was given up");

    let mut cli = rig.cli();
    let Value::Array(keys) = cli.call(&["KEYS", "key:*"]).unwrap() else { panic!("no keys") };
    for key in keys {
        let Value::Bulk(key) = key else { panic!("no key") };
        let key = String::from_utf8(key).unwrap();
        assert_eq!(cli.text(&["GET", &key]).unwrap(), format!("\"{key}\""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_call_runs_at_most_once() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let redis = redis.clone();
        tasks.spawn(async move { matches!(perhaps(redis.increment("count", 1)).await, Some(Ok(_))) });
    }
    let mut acknowledged = 0;
    while let Some(done) = tasks.join_next().await {
        acknowledged += i64::from(done.unwrap());
    }
    rig.at_rest(&redis).await;
    let counted: i64 = rig.stored("count").unwrap().parse().unwrap();
    assert!((acknowledged..=i64::from(TASKS)).contains(&counted), "{acknowledged} {counted}");
    assert_eq!(rig.calls("incrby"), u64::try_from(counted).unwrap());
}

#[tokio::test]
async fn a_dedicated_connection_whose_future_was_dropped_is_not_used_again() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let mut dedicated = redis.dedicated().await.unwrap();
    let polled = dropped_after(0, dedicated.command("BLPOP").key("queue").arg(5).run::<Option<()>>()).await;
    assert!(polled.is_none());
    let error = dedicated.command("PING").run::<String>().await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    rig.at_rest(&redis).await;
    // No blocked BLPOP is left that could take it.
    assert_eq!(rig.cli().integer(&["RPUSH", "queue", "job"]).unwrap(), 1);
    assert_eq!(rig.cli().integer(&["LLEN", "queue"]).unwrap(), 1);

    let mut dedicated = redis.dedicated().await.unwrap();
    let pipeline: RawPipeline = (0..10).map(|_| Command::new("ECHO").arg(CANARY)).collect();
    assert!(dropped_after(0, dedicated.pipeline(&pipeline)).await.is_none());
    assert!(dedicated.pipeline(&pipeline).await.is_err());
    assert!(dropped_after(0, redis.dedicated()).await.is_none());
    assert!(dropped_after(0, RedisService::connect(rig.config())).await.is_none());
    drop(dedicated);
    rig.at_rest(&redis).await;
}

#[tokio::test]
async fn half_open_exactly_the_probes_reach_the_server_and_a_dropped_one_frees_its_place() {
    let rig = FaultRig::new();
    let open_for = Duration::from_millis(100);
    let breaker =
        BreakerConfig::default().with_threshold(0.5, 1).with_open_for(open_for, open_for).with_probes(3);
    let config = rig.config().with_breaker(breaker).with_response_timeout(Duration::from_secs(5));
    let redis = rig.connect_with(config).await.with_deadline(Duration::from_secs(10));
    rig.server.kill().unwrap();
    redis.increment("count", 1).await.unwrap_err();
    rig.server.restart().unwrap();
    eventually("the server runs", || rig.server.is_running()).await;
    let wait = Wait::until("the server is reachable");
    while !redis.health().await.is_reachable() {
        wait.pause().await;
    }
    rig.proxy.latency(Duration::from_millis(300), Duration::ZERO);
    // The first probe is dropped, which frees its permit.
    let wait = Wait::until("the breaker lets a probe through");
    while dropped_after(0, redis.increment("count", 1)).await.is_some() {
        wait.pause().await;
    }
    assert_eq!(redis.health().await.breaker, BreakerStatus::HalfOpen);
    let redis = Arc::new(redis);
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let redis = Arc::clone(&redis);
        calls.spawn(async move { redis.increment("probed", 1).await.map_err(|error| error.kind()) });
    }
    let mut probes = 0;
    while let Some(called) = calls.join_next().await {
        match called.unwrap() {
            Ok(_) => probes += 1,
            Err(kind) => assert_eq!(kind, ErrorKind::CircuitOpen),
        }
    }
    assert_eq!((probes, rig.stored("probed").as_deref()), (3, Some("3")));
    rig.proxy.heal().unwrap();
    assert_eq!(redis.health().await.breaker, BreakerStatus::Closed);
}

#[tokio::test]
async fn a_service_that_is_dropped_while_redis_is_down_stops_connecting() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    rig.server.kill().unwrap();
    redis.increment("count", 1).await.unwrap_err();
    drop(redis);
    rig.server.restart().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(fixture::connections(&rig.server), 0);
    let accepted = rig.proxy.statistics().accepted;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(rig.proxy.statistics().accepted, accepted);
}
