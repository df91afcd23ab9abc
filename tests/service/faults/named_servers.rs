use std::time::Duration;

use redis_service::{Error, ErrorKind, Expiry, Result, Script, config::BreakerConfig, pubsub::Subscribe};
use redis_testkit::{Direction, Options, Scope};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, FaultRig, HOUR, eventually, impatient, traces},
    scenario,
};

static ONE: Script = Script::new("return 1");

#[track_caller]
fn assert_names(error: &Error, kind: ErrorKind, address: &str) {
    assert_eq!((error.kind(), error.server()), (kind, Some(address)), "{error}");
    let shown = error.to_string();
    assert!(shown.ends_with(&format!(", server {address})")), "{shown}");
    assert!(format!("{error:?}").contains(address), "{error:?}");
}

/// A subscription that fails where it cannot begin now.
fn at_once() -> Subscribe {
    Subscribe::to(["channel"]).fail_if_unavailable()
}

#[dual]
async fn read(mut tx: Transaction) -> Result<Option<u32>> {
    tx.get("key").await
}

/// The errors of every kind of call that reaches a server.
#[dual]
async fn errors(redis: &RedisService) -> Vec<Error> {
    let mut pipeline = redis.pipeline();
    pipeline.get::<u32>("key");
    let mut grouped = redis.pipeline();
    grouped.set_many([("a", 1)], HOUR);
    Vec::from([
        redis.get::<u32>("key").await.unwrap_err(),
        redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap_err(),
        redis.get_many::<u32>(&["a", "b"]).await.unwrap_err(),
        redis.hash::<u32>("hash").len().await.unwrap_err(),
        redis.increment_with_expiry("n", 1, HOUR).await.unwrap_err(),
        redis.script(&ONE).run::<u32>().await.unwrap_err(),
        redis.command("PING").run::<String>().await.unwrap_err(),
        redis.publish("channel", &1).await.unwrap_err(),
        redis.ping().await.unwrap_err(),
        redis.list_keys("*", 10).await.unwrap_err(),
        redis.delete_matching("*").await.unwrap_err(),
        pipeline.run().await.unwrap_err(),
        grouped.run().await.unwrap_err(),
        redis.dedicated().await.unwrap_err(),
        redis.subscribe::<u32>(at_once()).await.map(drop).unwrap_err(),
        redis.subscribe_with(at_once(), drop).await.map(drop).unwrap_err(),
        redis.transaction(&["key"], read).await.unwrap_err(),
    ])
}

#[dual]
#[scenario]
async fn a_closed_port_is_named_by_every_error_and_log() {
    traces::listen();
    let rig = FaultRig::new();
    let address = rig.proxy.address().to_string();
    rig.proxy.refuse().unwrap();
    // Nothing opens the breaker here.
    let breaker = BreakerConfig::default().with_threshold(1.0, u32::MAX);
    let config = rig.config().with_deadline(Duration::from_millis(500)).with_breaker(breaker);
    let error = RedisService::connect(config.clone()).await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, &address);
    let config = config.with_health_check_interval(Some(Duration::from_millis(50)));
    let redis = RedisService::connect(config.with_lazy(true)).await.unwrap();
    for error in errors(&redis).await {
        assert_names(&error, ErrorKind::Connection, &address);
    }
    let health = redis.health().await;
    assert_names(&health.last_error.unwrap().error, ErrorKind::Connection, &address);
    assert_eq!(health.nodes.len(), 1);
    let node = &health.nodes[0];
    assert_eq!((&*node.address, node.latency, node.server.is_none()), (&*address, None, true));
    assert_names(&node.last_error.as_ref().unwrap().error, ErrorKind::Connection, &address);
    eventually("the log names the server", || {
        let named = |line: &str| line.contains("the health check failed") && line.contains(&address);
        traces::heard().lines().any(named)
    })
    .await;
}

#[dual]
#[scenario]
async fn a_healthy_node_is_named_with_what_it_says_of_itself() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let health = redis.health().await;
    let [node] = &health.nodes[..] else { panic!("{:?}", health.nodes) };
    assert_eq!(node.address, server.address().to_string());
    assert_eq!((node.latency, node.server.clone()), (health.latency, health.server.clone()));
    assert_eq!((node.connections, node.breaker), (health.connections, health.breaker));
    assert!(node.latency.is_some() && node.last_error.is_none());
}

#[dual]
#[scenario]
async fn a_connection_that_is_cut_names_whose_it_was() {
    let rig = FaultRig::new();
    let address = rig.proxy.address().to_string();
    let redis = rig.connect().await;
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let error = redis.increment("n", 1).await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, &address);
    rig.proxy.heal().unwrap();
    fixture::answers_again(&redis).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    rig.proxy.reset();
    let mut batch = dedicated.batch();
    batch.increment("n", 1);
    let error = dedicated.run(batch).await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, &address);
    let error = dedicated.command("PING").run::<String>().await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, &address);
    let error = redis.health().await.last_error.unwrap().error;
    assert_names(&error, ErrorKind::Connection, &address);
}

#[dual]
#[scenario]
async fn a_subscription_that_breaks_says_in_the_log_whose_connection_it_was() {
    traces::listen();
    let rig = FaultRig::new();
    let address = rig.proxy.address().to_string();
    let redis = rig.connect().await;
    let subscription = redis.subscribe::<u32>("channel").await.unwrap();
    rig.proxy.reset();
    let named = |line: &str| line.contains("not listening") && line.contains(&address);
    eventually("the log names the server", || traces::heard().lines().any(named)).await;
    drop(subscription);
}

#[dual]
#[scenario]
async fn silence_names_who_is_silent() {
    let rig = FaultRig::new();
    let address = rig.proxy.address().to_string();
    let redis = rig.connect().await;
    let mut dedicated = redis.dedicated().await.unwrap();
    rig.server.freeze().unwrap();
    let redis = redis.with_deadline(Duration::from_millis(200));
    let failed = [
        redis.increment("n", 1).await.unwrap_err(),
        redis.dedicated().await.unwrap_err(),
        redis.transaction(&["key"], read).await.unwrap_err(),
        redis.subscribe::<u32>(at_once()).await.map(drop).unwrap_err(),
        dedicated.command("PING").run::<String>().await.unwrap_err(),
    ];
    rig.server.thaw().unwrap();
    for error in failed {
        assert_names(&error, ErrorKind::Timeout, &address);
    }
}

#[dual]
#[scenario]
async fn a_wrong_password_names_the_server_that_refuses_it() {
    let rig = FaultRig::with(Options::default().with_password("right-canary"));
    let address = rig.proxy.address().to_string();
    let config = impatient(&rig.proxy.url()).with_password("wrong-canary").with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    for error in errors(&redis).await {
        assert_names(&error, ErrorKind::Auth, &address);
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[dual]
#[scenario]
async fn an_open_breaker_names_the_server_that_it_spares() {
    let rig = FaultRig::new();
    let address = rig.proxy.address().to_string();
    let redis = rig.connect_with(rig.config().with_breaker(BreakerConfig::default())).await;
    redis.force_breaker_open();
    for error in errors(&redis).await {
        assert_names(&error, ErrorKind::CircuitOpen, &address);
    }
}

#[dual]
#[scenario]
async fn errors_that_are_not_about_reaching_a_server_name_none() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", Expiry::Never).await.unwrap();
    let mut pipeline = redis.pipeline();
    let queued = pipeline.increment("text", 1);
    let mut results = pipeline.run().await.unwrap();
    let mut failed = Vec::from([
        redis.increment("text", 1).await.unwrap_err(),
        redis.get::<u32>("text").await.unwrap_err(),
        redis.get::<u32>("").await.unwrap_err(),
        redis.command("NOSUCHCOMMAND").run::<()>().await.unwrap_err(),
        redis.command("BLPOP").key("key").arg(1).run::<()>().await.unwrap_err(),
        results.take(queued).unwrap_err(),
        redis.transaction(&[""], read).await.unwrap_err(),
    ]);
    redis.close().await;
    failed.push(redis.get::<u32>("key").await.unwrap_err());
    failed.push(redis.dedicated().await.unwrap_err());
    for error in failed {
        assert!(error.server().is_none() && !error.to_string().contains(", server "), "{error}");
    }
}

#[dual]
#[scenario]
async fn an_ipv6_address_is_named_in_brackets() {
    // The machine need not have this address: failing to reach it is the point.
    let config = impatient("redis://[::1]:1/0").with_lazy(true).with_deadline(Duration::from_millis(300));
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.get::<u32>("key").await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, "[::1]:1");
    let error = redis.dedicated().await.unwrap_err();
    assert_names(&error, ErrorKind::Connection, "[::1]:1");
    let health = redis.health().await;
    assert_eq!(health.nodes[0].address, "[::1]:1");
}
