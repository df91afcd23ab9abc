//! Counters count, expire when they should, and never count twice.

use std::time::Duration;

use redis_service::{ErrorKind, Expiry, Outcome, Ttl};

use crate::{dual, fixture, scenario};

const HOUR: Duration = Duration::from_secs(3600);

#[dual]
#[scenario]
async fn counters_start_at_zero_and_go_both_ways() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let count = redis.increment("count", 5).await.unwrap();
    assert_eq!(count, 5);
    let count = redis.decrement("count", 7).await.unwrap();
    assert_eq!(count, -2);
    let count = redis.get::<i64>("count").await.unwrap();
    assert_eq!(count, Some(-2));
}

#[dual]
#[scenario]
async fn a_counter_that_cannot_count_stays_as_it_is() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    redis.set("most", &i64::MAX, HOUR).await.unwrap();
    server.cli().unwrap().call(&["LPUSH", "list", "a"]).unwrap();
    for (key, kind) in
        [("text", ErrorKind::WrongType), ("list", ErrorKind::WrongType), ("most", ErrorKind::Operation)]
    {
        let errors = [
            redis.increment(key, 1).await.unwrap_err(),
            redis.increment_with_expiry(key, 1, HOUR).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
            assert_eq!(error.key(), Some(key));
        }
    }
    let most = redis.get::<i64>("most").await.unwrap();
    assert_eq!(most, Some(i64::MAX));
}

#[dual]
#[scenario]
async fn the_first_increment_sets_the_expiry_and_later_ones_do_not_extend_it() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    let ttl = redis.ttl("hits").await.unwrap();
    assert!(count == 1 && matches!(ttl, Ttl::Left(left) if left <= HOUR), "{ttl:?}");
    let count = redis.increment_with_expiry("hits", 2, 10 * HOUR).await.unwrap();
    let ttl = redis.ttl("hits").await.unwrap();
    assert!(count == 3 && matches!(ttl, Ttl::Left(left) if left <= HOUR), "{ttl:?}");
}

#[dual]
#[scenario]
async fn an_expiry_that_was_lost_is_set_anew() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("hits", &7, Expiry::Never).await.unwrap();
    let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    let ttl = redis.ttl("hits").await.unwrap();
    assert!(count == 8 && matches!(ttl, Ttl::Left(left) if left <= HOUR), "{ttl:?}");
}

#[dual]
#[scenario]
async fn a_counters_expiry_is_a_time_to_live() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for expiry in [Expiry::Never, Expiry::Keep, Expiry::after(Duration::ZERO)] {
        let error = redis.increment_with_expiry("hits", 1, expiry).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{expiry:?}");
    }
    let found = redis.exists("hits").await.unwrap();
    assert!(!found);
}

#[dual]
#[scenario]
async fn a_script_that_the_server_forgot_runs_once() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    server.cli().unwrap().call(&["SCRIPT", "FLUSH"]).unwrap();
    let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    assert_eq!(count, 2);
}
