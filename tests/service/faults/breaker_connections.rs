use std::{sync::Arc, thread, time::Duration};

use redis_service::{
    ErrorKind, Outcome, Result, config::BreakerConfig, protocol::Command, pubsub::Subscribe,
    resilience::BreakerStatus,
};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, FaultRig, HOUR, Stopwatch, assert_failed, attempts},
    scenario,
};

const LONG: Duration = Duration::from_secs(60);

/// One failure opens the breaker, for long.
fn touchy() -> BreakerConfig {
    BreakerConfig::default().with_threshold(0.01, 1).with_open_for(LONG, LONG)
}

/// A subscription that fails where it cannot begin now.
fn at_once() -> Subscribe {
    Subscribe::to(["channel"]).fail_if_unavailable()
}

#[dual]
async fn breaker(redis: &RedisService) -> BreakerStatus {
    redis.health().await.breaker
}

#[dual]
async fn read(mut tx: Transaction) -> Result<Option<u32>> {
    tx.get("key").await
}

#[dual]
#[scenario]
async fn an_open_breaker_opens_no_connection_and_sends_nothing() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(10))).await;
    let mut earlier = redis.dedicated().await.unwrap();
    redis.force_breaker_open();
    rig.cli().text(&["CONFIG", "RESETSTAT"]).unwrap();
    let accepted = rig.proxy.statistics().accepted;
    let watch = Stopwatch::start();
    for _ in 0..10 {
        for error in [
            redis.dedicated().await.unwrap_err(),
            redis.subscribe::<u32>(at_once()).await.map(drop).unwrap_err(),
            redis.subscribe_with(at_once(), drop).await.map(drop).unwrap_err(),
            redis.transaction(&["key"], read).await.unwrap_err(),
            redis.ping().await.unwrap_err(),
        ] {
            assert_failed(&error, ErrorKind::CircuitOpen, Outcome::NotApplied);
        }
    }
    watch.assert_within(Duration::from_secs(1));
    assert_eq!(rig.proxy.statistics().accepted, accepted);
    for command in ["subscribe", "watch", "get", "ping"] {
        assert_eq!(rig.calls(command), 0, "{command}");
    }

    // The health check goes past the breaker, and a dedicated connection stays.
    let health = redis.health().await;
    assert!(health.is_reachable() && health.server.is_some() && health.last_error.is_none(), "{health:?}");
    assert_eq!(health.breaker, BreakerStatus::Open { retry_after: None });
    assert_eq!(health.nodes[0].breaker, health.breaker);
    let pong: String = earlier.command("PING").run().await.unwrap();
    assert_eq!(pong, "PONG");
    let mut batch = earlier.batch();
    let count = batch.increment("n", 1);
    let count = earlier.run(batch).await.unwrap().take(count).unwrap();
    assert_eq!(count, 1);

    redis.reset_breaker();
    redis.dedicated().await.unwrap();
    redis.subscribe::<u32>("channel").await.map(drop).unwrap();
    redis.transaction(&["key"], read).await.unwrap();
}

#[dual]
#[scenario]
async fn connections_that_are_refused_open_it() {
    for way in 0..3 {
        let rig = FaultRig::new();
        let redis = rig.connect_with(rig.config().with_breaker(touchy())).await;
        rig.proxy.refuse().unwrap();
        let error = match way {
            0 => redis.dedicated().await.map(drop).unwrap_err(),
            1 => redis.subscribe::<u32>(at_once()).await.map(drop).unwrap_err(),
            _ => redis.transaction(&["key"], read).await.map(drop).unwrap_err(),
        };
        rig.proxy.heal().unwrap();
        assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
        let breaker = breaker(&redis).await;
        assert!(matches!(breaker, BreakerStatus::Open { .. }), "{way} {breaker:?}");
    }
}

#[dual]
#[scenario]
async fn a_server_that_comes_back_within_the_deadline_is_found() {
    let rig = FaultRig::new();
    let config = rig.config().with_retry(attempts(1_000)).with_deadline(Duration::from_secs(20));
    let breaker = BreakerConfig::default().with_threshold(1.0, u32::MAX);
    let redis = rig.connect_with(config.with_breaker(breaker)).await;
    for way in 0..3 {
        rig.server.kill().unwrap();
        let accepted = rig.proxy.statistics().accepted;
        let (server, proxy) = (Arc::clone(&rig.server), Arc::clone(&rig.proxy));
        let healer = thread::spawn(move || {
            // Later, so that some attempts fail.
            assert!(proxy.wait_until(Duration::from_secs(10), |now| now.accepted > accepted + 3));
            server.restart().unwrap();
        });
        match way {
            0 => {
                let mut own = redis.dedicated().await.unwrap();
                let pong: String = own.command("PING").run().await.unwrap();
                assert_eq!(pong, "PONG");
            }
            1 => drop(redis.subscribe::<u32>("channel").await.unwrap()),
            _ => drop(redis.transaction(&["key"], read).await.unwrap()),
        }
        healer.join().unwrap();
    }
}

/// Fails with an error of another service, which uses another server.
#[dual]
async fn ask_another(tx: Transaction, another: &RedisService) -> Result<Option<u32>> {
    drop(tx);
    another.get("key").await
}

#[dual]
async fn read_text(mut tx: Transaction) -> Result<Option<u32>> {
    tx.queue().set("written", &1, HOUR);
    tx.get("text").await
}

#[dual]
#[scenario]
async fn an_error_of_a_closure_does_not_count_against_the_server() {
    let (rig, dead) = (FaultRig::new(), FaultRig::new());
    let redis = rig.connect_with(rig.config().with_breaker(touchy())).await;
    let another = dead.connect_with(dead.config().with_breaker(BreakerConfig::default())).await;
    dead.proxy.refuse().unwrap();
    dead.proxy.reset();
    redis.set("text", "text", HOUR).await.unwrap();
    for _ in 0..5 {
        let error = redis.transaction(&["key"], |tx| ask_another(tx, &another)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(error.server(), Some(&*dead.proxy.address().to_string()));
        let error = redis.transaction(&["text"], read_text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deserialization);
        let error = redis.transaction(&["key"], read_text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed);
    assert!(health.last_error.is_none(), "{:?}", health.last_error);
    assert_eq!(rig.stored("written"), None);
}

/// Loses its connection, and ignores the error.
#[dual]
async fn shrug(mut tx: Transaction, rig: &FaultRig) -> Result<&'static str> {
    rig.proxy.reset();
    let found = tx.get::<u32>("key").await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Connection);
    Ok("never mind")
}

#[dual]
#[scenario]
async fn a_failure_that_the_closure_hides_counts_all_the_same() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_breaker(touchy())).await;
    let done = redis.transaction(&["key"], |tx| shrug(tx, &rig)).await.unwrap();
    assert_eq!(done, "never mind");
    let health = redis.health().await;
    assert!(matches!(health.breaker, BreakerStatus::Open { .. }), "{:?}", health.breaker);
    let error = health.nodes[0].last_error.clone().unwrap().error;
    assert_eq!(error.server(), Some(&*rig.proxy.address().to_string()));
}

#[dual]
async fn shrug_and_write(mut tx: Transaction, rig: &FaultRig) -> Result<()> {
    rig.proxy.reset();
    drop(tx.get::<u32>("key").await);
    tx.queue().set("written", &1, HOUR);
    Ok(())
}

#[dual]
#[scenario]
async fn no_write_follows_a_hidden_failure() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let error = redis.transaction(&["key"], |tx| shrug_and_write(tx, &rig)).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    assert_eq!(rig.stored("written"), None);
    fixture::answers_again(&redis).await;
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn commands_past_the_breaker_are_sent_once_and_count_for_nothing() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_breaker(touchy()).with_retry(attempts(10))).await;
    redis.force_breaker_open();
    let ping = Command::new("PING");
    redis.extension().run_past_breaker(&ping).await.unwrap();
    let forced = breaker(&redis).await;
    assert_eq!(forced, BreakerStatus::Open { retry_after: None });
    redis.reset_breaker();
    rig.proxy.refuse().unwrap();
    rig.proxy.reset();
    let error = redis.extension().run_past_breaker(&ping).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, error.outcome());
    assert_eq!(error.operation(), Some("PING"));
    assert_eq!(error.server(), Some(&*rig.proxy.address().to_string()));
    let closed = breaker(&redis).await;
    assert_eq!(closed, BreakerStatus::Closed);
}
