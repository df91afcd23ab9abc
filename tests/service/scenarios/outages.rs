//! A server is down, goes away, comes back or refuses.

use std::time::{Duration, Instant};

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, Wait, eventually},
    scenario, sleep,
};

#[dual]
#[scenario]
async fn connecting_to_a_closed_port_fails_cleanly() {
    let server = fixture::server();
    server.kill().unwrap();
    let error = RedisService::connect(fixture::config(&server.url())).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
    assert_eq!(error.operation(), Some("connect"));
}

#[dual]
#[scenario]
async fn a_lazy_service_starts_without_redis_and_finds_it_later() {
    let server = fixture::server();
    server.kill().unwrap();
    let config = fixture::config(&server.url()).with_lazy(true).with_deadline(Duration::from_secs(1));
    let redis = RedisService::connect(config).await.unwrap();
    let before = Instant::now();
    let error = redis.set("key", &1, HOUR).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_millis(1_100), "{:?}", before.elapsed());
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
    let alive = redis.is_alive().await;
    assert!(!alive);
    let error = redis.ping().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Connection, Some("ping")));

    server.restart().unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(1));
}

#[dual]
#[scenario]
async fn a_restart_is_survived() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &1, HOUR).await.unwrap();
    server.kill().unwrap();
    let alive = redis.is_alive().await;
    assert!(!alive);
    server.restart().unwrap();
    redis.set("key", &2, HOUR).await.unwrap();
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
}

#[dual]
#[scenario]
async fn a_restart_between_calls_is_not_noticed_by_the_next_caller() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_retry(redis_service::config::RetryPolicy::none());
    let redis = RedisService::connect(config).await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    // The async service reconnects by itself; let it.
    sleep(Duration::from_millis(300)).await;
    redis.set_if_absent("key", &1, HOUR).await.unwrap();
}

#[dual]
#[scenario]
async fn a_frozen_server_costs_no_more_than_the_deadline() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_millis(400));
    redis.set("key", &1, HOUR).await.unwrap();
    server.freeze().unwrap();
    let before = Instant::now();
    let error = redis.take::<i32>("key").await.unwrap_err();
    let took = before.elapsed();
    server.thaw().unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[dual]
#[scenario]
async fn a_deadline_that_has_passed_does_nothing() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let error = redis.with_deadline(Duration::ZERO).set("key", &1, HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotApplied));
    let found = redis.exists("key").await.unwrap();
    assert!(!found);
}

#[dual]
#[scenario]
async fn wrong_credentials_are_an_error_of_their_own() {
    let server =
        Server::start(Options::default().with_password("right").with_user("app", "secret", "~* +@all"))
            .unwrap();
    for url in [server.url_as("app", "wrong"), server.url_as("nobody", "secret")] {
        let error = RedisService::connect(fixture::config(&url)).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Auth, Outcome::NotApplied));
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    for url in [server.url(), server.url_as("app", "secret")] {
        let redis = RedisService::connect(fixture::config(&url)).await.unwrap();
        let alive = redis.is_alive().await;
        assert!(alive);
    }
}

#[dual]
#[scenario]
async fn a_wrong_password_is_not_tried_in_a_loop_and_a_mended_one_is_found() {
    let server = Server::start(Options::default().with_user("app", "right", "~* +@all")).unwrap();
    let proxy = redis_testkit::Proxy::start(server.address()).unwrap();
    let config = fixture::config(&proxy.url())
        .with_lazy(true)
        .with_username("app")
        .with_password("wrong")
        .with_health_check_interval(None)
        .with_deadline(Duration::from_secs(5));
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let tried = proxy.statistics().accepted;
    sleep(Duration::from_millis(400)).await;
    assert!(tried <= 2 && proxy.statistics().accepted == tried, "{tried} and then {:?}", proxy.statistics());

    server.cli().unwrap().call(&["ACL", "SETUSER", "app", ">wrong"]).unwrap();
    let wait = Wait::until("the server accepts the password");
    while redis.ping().await.is_err() {
        wait.pause().await;
    }
}

#[dual]
#[scenario]
async fn the_database_of_the_url_is_used() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_db(3);
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    let mut cli = server.cli().unwrap();
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 0);
    cli.call(&["SELECT", "3"]).unwrap();
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 1);

    let error = RedisService::connect(fixture::config(&server.url()).with_db(9_999)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[dual]
#[scenario]
async fn nothing_works_after_close_and_no_connection_is_left() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let clone = redis.namespace("clone");
    redis.close().await;
    for service in [redis, clone] {
        let error = service.get::<i32>("key").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Closed, Outcome::NotApplied));
    }
    eventually("no connection is left", || fixture::connections(&server) == 0).await;
}

#[dual]
#[scenario]
async fn dropping_the_last_clone_closes_the_connections() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let clone = redis.clone();
    drop(redis);
    let alive = clone.is_alive().await;
    assert!(alive && fixture::connections(&server) == 1);
    drop(clone);
    eventually("no connection is left", || fixture::connections(&server) == 0).await;
}

/// Dropping the last handle ends what all handles share. A dedicated connection or a subscription that outlives it keeps
/// its own connection, and goes on.
#[dual]
#[scenario]
async fn what_outlives_its_service_keeps_its_own_connection_and_no_others() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("key", "value", HOUR).await.unwrap();
    let mut dedicated = redis.dedicated().await.unwrap();
    let mut subscription = redis.subscribe_raw("news").await.unwrap();
    let hash = redis.hash::<u8>("hash");
    drop(redis);
    assert_eq!(fixture::connections(&server), 3, "a structure is a handle as well");
    drop(hash);
    eventually("two connections are left", || fixture::connections(&server) == 2).await;
    let mut batch = dedicated.batch();
    let found = batch.get_raw("key");
    let mut results = dedicated.run(batch).await.unwrap();
    let found = results.take(found).unwrap();
    assert_eq!(found.as_deref(), Some(&b"value"[..]));
    // It subscribes again, without the service.
    server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    let event = subscription.next_event().await;
    assert!(matches!(event, Some(redis_service::pubsub::Event::Gap(_))), "{event:?}");
    server.cli().unwrap().call(&["PUBLISH", "news", "more"]).unwrap();
    let event = subscription.next_event().await;
    assert_eq!(event.and_then(redis_service::pubsub::Event::into_payload).as_deref(), Some(&b"more"[..]));
}
