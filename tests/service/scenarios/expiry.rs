//! Keys expire when they should, and not before.

use std::time::{Duration, SystemTime};

use redis_service::{ErrorKind, Expiry, Ttl};
use redis_testkit::Proxy;

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, Wait},
    scenario,
};

fn is_about(ttl: Ttl, expected: Duration) -> bool {
    // A moment of this machine's clock is rounded up to the server's milliseconds.
    let (shortest, longest) = (expected - Duration::from_secs(30), expected + Duration::from_millis(1));
    matches!(ttl, Ttl::Left(left) if (shortest..=longest).contains(&left))
}

#[dual]
#[scenario]
async fn an_expiry_is_set_with_the_value() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for (expiry, expected) in [
        (Expiry::after(HOUR), HOUR),
        (Expiry::at(SystemTime::now() + HOUR), HOUR),
        (Expiry::Default, Duration::from_secs(300)),
        (Expiry::Long, HOUR),
    ] {
        redis.set("key", &1, expiry).await.unwrap();
        let ttl = redis.ttl("key").await.unwrap();
        assert!(is_about(ttl, expected), "{expiry:?}: {ttl:?}");
    }
    redis.set("key", &2, Expiry::Keep).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(is_about(ttl, HOUR), "{ttl:?}");
    redis.set("key", &3, Expiry::Never).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert_eq!(ttl, Ttl::Forever);
}

#[dual]
#[scenario]
async fn the_configured_defaults_are_used() {
    let server = fixture::server();
    let config = fixture::config(&server.url())
        .with_default_ttl(Duration::from_secs(1_000))
        .with_long_ttl(Duration::from_secs(10_000));
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", &1, Expiry::Default).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(is_about(ttl, Duration::from_secs(1_000)), "{ttl:?}");
    redis.set("key", &1, Expiry::Long).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(is_about(ttl, Duration::from_secs(10_000)), "{ttl:?}");
}

#[dual]
#[scenario]
async fn times_below_a_second_count() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &1, Duration::from_millis(400)).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(left) if left <= Duration::from_millis(400)), "{ttl:?}");
    let wait = Wait::until("the key has expired");
    while redis.exists("key").await.unwrap() {
        wait.pause().await;
    }
    let ttl = redis.ttl("key").await.unwrap();
    assert_eq!(ttl, Ttl::Missing);
}

#[dual]
#[scenario]
async fn an_expiry_can_be_changed_and_removed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let found = redis.expire("missing", HOUR).await.unwrap();
    assert!(!found);
    redis.set("key", &1, Expiry::Never).await.unwrap();
    let found = redis.expire("key", HOUR).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(found && is_about(ttl, HOUR), "{ttl:?}");
    let found = redis.expire("key", Expiry::at(SystemTime::now() + HOUR / 2)).await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(found && is_about(ttl, HOUR / 2), "{ttl:?}");
    let expired_before = redis.persist("key").await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(expired_before && ttl == Ttl::Forever, "{ttl:?}");
    let expired_before = redis.persist("key").await.unwrap();
    assert!(!expired_before);
}

#[dual]
#[scenario]
async fn touching_leaves_the_expiry_alone() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &1, HOUR).await.unwrap();
    let touched = redis.touch("key").await.unwrap();
    let missing = redis.touch("missing").await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(touched && !missing && is_about(ttl, HOUR), "{ttl:?}");
}

#[dual]
#[scenario]
async fn invalid_expiries_change_nothing() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &1, HOUR).await.unwrap();
    for expiry in [
        Expiry::after(Duration::ZERO),
        Expiry::after(Duration::MAX),
        Expiry::at(SystemTime::UNIX_EPOCH),
        Expiry::at(SystemTime::now() - HOUR),
    ] {
        let error = redis.set("key", &2, expiry).await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("key")), "{expiry:?}");
        let error = redis.expire("key", expiry).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{expiry:?}");
    }
    for expiry in [Expiry::Never, Expiry::Keep] {
        let error = redis.expire("key", expiry).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{expiry:?}");
    }
    let found: Option<i32> = redis.get("key").await.unwrap();
    let ttl = redis.ttl("key").await.unwrap();
    assert!(found == Some(1) && is_about(ttl, HOUR), "{found:?} {ttl:?}");
}

#[dual]
#[scenario]
async fn a_time_that_passes_on_the_way_leaves_no_key_and_a_time_to_live_does() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    proxy.latency(Duration::from_millis(300), Duration::ZERO);
    let soon = Duration::from_millis(100);
    redis.set("at", &1, Expiry::at(SystemTime::now() + soon)).await.unwrap();
    let was_set = redis.set_if_absent("lock", &1, Expiry::at(SystemTime::now() + soon)).await.unwrap();
    assert!(was_set);
    assert_eq!(server.cli().unwrap().integer(&["EXISTS", "at", "lock"]).unwrap(), 0);
    // However long it is on its way.
    redis.set("after", &1, Expiry::after(HOUR)).await.unwrap();
    let ttl = redis.ttl("after").await.unwrap();
    assert!(is_about(ttl, HOUR), "{ttl:?}");
}
