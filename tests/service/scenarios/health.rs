//! The service reports its health, and recovers by itself.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use redis_service::{
    Degrade, ErrorKind,
    config::{BreakerConfig, Credentials, RetryPolicy},
    health::Role,
    resilience::BreakerStatus,
};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, Wait},
    scenario,
};

#[dual]
#[scenario]
async fn a_healthy_service_says_so() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let health = redis.health().await;
    assert!(health.is_reachable() && health.last_error.is_none());
    assert_eq!(health.breaker, BreakerStatus::Closed);
    assert_eq!(health.connections.open, 1);
    let info = health.server.unwrap();
    assert_eq!(info.role, Some(Role::Master));
    let (product, version) = (info.product.unwrap(), info.version.unwrap());
    assert_eq!(format!("{product} {version}"), server.version().to_string().to_lowercase());
    assert!(info.used_memory > Some(0) && info.connected_clients > Some(0));
    assert!(info.operations_per_second.is_some());
}

#[dual]
#[scenario]
async fn a_user_without_dangerous_commands_needs_none() {
    let rules = "~* +@all -@dangerous";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    let health = redis.health().await;
    assert!(health.is_reachable() && health.server.is_none() && health.last_error.is_none());
}

#[dual]
#[scenario]
async fn an_unreachable_server_is_reported_with_the_reason() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_secs(1));
    server.kill().unwrap();
    let health = redis.health().await;
    assert!(!health.is_reachable() && health.server.is_none());
    assert_eq!(health.last_error.unwrap().error.kind(), ErrorKind::Connection);
}

#[dual]
#[scenario]
async fn unavailability_is_a_miss_only_where_the_caller_opts_in() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_millis(500));
    redis.set_raw("broken", "{", HOUR).await.unwrap();
    let error = redis.get::<i32>("broken").await.unavailable_as_none().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deserialization);
    server.kill().unwrap();
    let found = redis.get::<i32>("key").await.unavailable_as_none().unwrap();
    assert_eq!(found, None);
    // Every other call has a value of its own for that.
    redis.set("key", &7, HOUR).await.unavailable_as(()).unwrap();
    let count = redis.increment("count", 1).await.unavailable_as(-1).unwrap();
    let is_new = redis.set_if_absent("key", &7, HOUR).await.unavailable_as(true).unwrap();
    let many = redis.get_many::<i32>(&["a", "b"]).await.unavailable_as(Vec::new()).unwrap();
    let found = redis.get_map::<_, i32>(&["a", "b"]).await.unavailable_as(HashMap::new()).unwrap();
    let listeners = redis.publish("channel", &7).await.unavailable_as(0).unwrap();
    assert!(count == -1 && is_new && many.is_empty() && found.is_empty() && listeners == 0);
    let health = redis.health().await;
    assert_eq!(health.degraded_calls, 7);
    let error = redis.get::<i32>("key").await.unwrap_err();
    assert!(error.is_unavailable());
}

#[dual]
#[scenario]
async fn an_open_breaker_fails_at_once_and_opens_no_socket() {
    let server = fixture::server();
    let proxy = redis_testkit::Proxy::start(server.address()).unwrap();
    let breaker = BreakerConfig::default().with_threshold(0.5, 5);
    let config = fixture::config(&proxy.url())
        .with_breaker(breaker)
        .with_retry(RetryPolicy::none())
        .with_health_check_interval(None)
        .with_deadline(Duration::from_millis(300));
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("text", "text", HOUR).await.unwrap();
    for _ in 0..20 {
        let error = redis.increment("text", 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType);
        let error = redis.get::<i32>("text").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deserialization);
    }
    let health = redis.health().await;
    assert_eq!(health.breaker, BreakerStatus::Closed, "errors of the application do not count");

    redis.force_breaker_open();
    let accepted = proxy.statistics().accepted;
    let before = Instant::now();
    for _ in 0..100 {
        let error = redis.get::<i32>("key").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    }
    assert!(before.elapsed() < Duration::from_millis(100));
    assert_eq!(proxy.statistics().accepted, accepted);
    redis.reset_breaker();
    redis.set("key", &1, HOUR).await.unwrap();

    proxy.refuse().unwrap();
    proxy.reset();
    let mut kinds = Vec::new();
    for _ in 0..20 {
        kinds.push(redis.set("key", &1, HOUR).await.unwrap_err().kind());
    }
    assert_eq!(kinds.last(), Some(&ErrorKind::CircuitOpen), "{kinds:?}");
    let health = redis.health().await;
    assert!(matches!(health.breaker, BreakerStatus::Open { retry_after: Some(_) }), "{:?}", health.breaker);
}

#[dual]
#[scenario]
async fn a_breaker_closes_again_without_a_call() {
    let server = fixture::server();
    let breaker = BreakerConfig::default()
        .with_threshold(0.5, 1)
        .with_open_for(Duration::from_millis(100), Duration::from_millis(200));
    let config = fixture::config(&server.url())
        .with_breaker(breaker)
        .with_retry(RetryPolicy::none())
        .with_health_check_interval(Some(Duration::from_millis(50)))
        .with_deadline(Duration::from_secs(1));
    let redis = RedisService::connect(config).await.unwrap();
    server.kill().unwrap();
    let wait = Wait::until("the breaker opens");
    while redis.health().await.breaker == BreakerStatus::Closed {
        wait.pause().await;
    }
    server.restart().unwrap();
    let wait = Wait::until("the breaker closes");
    while redis.health().await.breaker != BreakerStatus::Closed {
        wait.pause().await;
    }
    redis.set("key", &1, HOUR).await.unwrap();
}

#[dual]
#[scenario]
async fn reconnecting_replaces_every_connection() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    redis.reconnect();
    let mut after = before;
    let wait = Wait::until("calls use another connection");
    while after == before {
        wait.check();
        after = redis.command("CLIENT").arg("ID").run().await.unwrap();
    }
    assert_eq!(fixture::connections(&server), 1);
}

#[dual]
#[scenario]
async fn rotated_credentials_are_taken_up_without_a_call_lost() {
    let server = Server::start(Options::default().with_user("app", "old", "~* +@all")).unwrap();
    let current = std::sync::Arc::new(std::sync::Mutex::new("old"));
    let provided = std::sync::Arc::clone(&current);
    let config = fixture::config(&server.url())
        .with_credentials_provider(move || Ok(Credentials::new("app", *provided.lock().unwrap())))
        .with_health_check_interval(Some(Duration::from_millis(50)));
    let redis = RedisService::connect(config).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();

    server.cli().unwrap().call(&["ACL", "SETUSER", "app", ">new"]).unwrap();
    *current.lock().unwrap() = "new";
    let mut after = before;
    let wait = Wait::until("calls use another connection");
    while after == before {
        wait.check();
        after = redis.command("CLIENT").arg("ID").run().await.unwrap();
    }
    server.cli().unwrap().call(&["ACL", "SETUSER", "app", "<old"]).unwrap();
    redis.reconnect();
    for _ in 0..10 {
        redis.ping().await.unwrap();
    }
}
