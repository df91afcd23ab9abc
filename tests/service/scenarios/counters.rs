//! Counters count, expire when they should, and never count twice.

use std::time::Duration;

use redis_service::{ErrorKind, Expiry, Outcome, Ttl, values::Overflow};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario, sleep,
};

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
async fn an_expiry_that_was_lost_is_set_again() {
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

#[dual]
#[scenario]
async fn a_large_counter_is_exact() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let large = i64::MAX - 5;
    redis.set("large", &large, HOUR).await.unwrap();
    let count = redis.increment_with_expiry("large", 1, HOUR).await.unwrap();
    assert_eq!(count, large + 1);
    let count = redis.increment_once("large", 1, "1", HOUR).await.unwrap();
    assert_eq!(count, large + 2);
    let step = redis.increment_within("large", 10, .., Overflow::Saturate).await.unwrap();
    assert_eq!((step.value, step.applied), (i64::MAX, 3));
    let step = redis.increment_within("large", i64::MIN, 0.., Overflow::Refuse).await.unwrap();
    assert_eq!((step.value, step.applied), (i64::MAX, 0));
}

#[dual]
#[scenario]
async fn a_bounded_counter_stays_within_its_bounds_and_returns_what_was_added() {
    use Overflow::{Refuse, Saturate};
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for (by, overflow, value, applied) in [
        (8, Refuse, 8, 8),
        (3, Refuse, 8, 0),
        (2, Refuse, 10, 2),
        (-4, Refuse, 6, -4),
        (9, Saturate, 10, 4),
        (9, Saturate, 10, 0),
        (-11, Refuse, 10, 0),
        (-11, Saturate, 0, -10),
        (-1, Saturate, 0, 0),
        (0, Refuse, 0, 0),
        (i64::MAX, Saturate, 10, 10),
        (i64::MIN, Saturate, 0, -10),
    ] {
        let step = redis.increment_within("seats", by, 0..=10, overflow).await.unwrap();
        assert_eq!((step.value, step.applied), (value, applied), "{by} {overflow:?}");
    }
    let step = redis.increment_within("balance", -7, -5.., Saturate).await.unwrap();
    assert_eq!((step.value, step.applied), (-5, -5));
    let step = redis.increment_within("balance", -1, -20..-10, Saturate).await.unwrap();
    assert_eq!((step.value, step.applied), (-6, -1), "below the upper bound, and above the lower");
}

#[dual]
#[scenario]
async fn a_counter_out_of_bounds_may_come_back_and_goes_no_further_out() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("seats", &150, HOUR).await.unwrap();
    let step = redis.increment_within("seats", 1, 0..=100, Overflow::Saturate).await.unwrap();
    assert_eq!((step.value, step.applied), (150, 0));
    let step = redis.increment_within("seats", -10, 0..=100, Overflow::Refuse).await.unwrap();
    assert_eq!((step.value, step.applied), (140, -10));
    let ttl = redis.ttl("seats").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(_)), "{ttl:?}");
}

#[dual]
#[scenario]
async fn a_refused_increment_makes_no_counter_and_a_saturated_one_keeps_its_expiry() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let step = redis.increment_within("seats", 11, 0..=10, Overflow::Refuse).await.unwrap();
    assert_eq!((step.value, step.applied), (0, 0));
    let found = redis.exists("seats").await.unwrap();
    assert!(!found);
    redis.increment_with_expiry("seats", 1, HOUR).await.unwrap();
    let step = redis.increment_within("seats", 11, 0..=10, Overflow::Saturate).await.unwrap();
    assert_eq!((step.value, step.applied), (10, 9));
    let ttl = redis.ttl("seats").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(_)), "{ttl:?}");
    let error = redis.increment_within("seats", 1, 1..1, Overflow::Refuse).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("seats")));
}

#[dual]
#[scenario]
async fn an_operation_counts_once_however_often_it_is_repeated() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("shop");
    for key in ["sold", "{shop}:sold"] {
        let count = redis.increment_once(key, 2, "order:1", HOUR).await.unwrap();
        assert_eq!(count, 2);
        let count = redis.increment_once(key, 3, "order:2", HOUR).await.unwrap();
        assert_eq!(count, 5);
        let count = redis.increment_once(key, 2, "order:1", HOUR).await.unwrap();
        assert_eq!(count, 2, "the first result");
        let count = redis.get::<i64>(key).await.unwrap();
        assert_eq!(count, Some(5));
    }
    for key in ["once:{shop:sold}:order%3A1", "{shop}:sold:once:order%3A1"] {
        let ttl = redis.ttl(key).await.unwrap();
        assert!(matches!(ttl, Ttl::Left(_)), "{key} {ttl:?}");
    }
}

#[dual]
#[scenario]
async fn an_operation_that_was_forgotten_counts_again() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let remembered_for = Duration::from_millis(20);
    redis.increment_once("sold", 1, "order", remembered_for).await.unwrap();
    sleep(Duration::from_millis(60)).await;
    let count = redis.increment_once("sold", 1, "order", remembered_for).await.unwrap();
    assert_eq!(count, 2);
}

#[dual]
#[scenario]
async fn an_increment_that_fails_is_not_remembered() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    redis.set("most", &i64::MAX, HOUR).await.unwrap();
    redis.set_raw("vast", "9223372036854775808", HOUR).await.unwrap();
    server.cli().unwrap().call(&["LPUSH", "list", "a"]).unwrap();
    for key in ["text", "list", "vast"] {
        let errors = [
            redis.increment_once(key, 1, "id", HOUR).await.unwrap_err(),
            redis.increment_within(key, 1, ..=5, Overflow::Saturate).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::WrongType, Outcome::NotApplied),
                "{error}"
            );
            assert_eq!(error.key(), Some(key));
        }
    }
    let error = redis.increment_once("most", 1, "id", HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::NotApplied));
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 4);
    for (key, id) in [("sold", ""), ("a}b", "id"), ("", "id")] {
        let error = redis.increment_once(key, 1, id, HOUR).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::InvalidInput, Outcome::NotApplied),
            "{error}"
        );
    }
    let error = redis.increment_once("sold", 1, "id", Expiry::Never).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[dual]
#[scenario]
async fn a_fraction_is_counted_and_what_is_no_number_is_not() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let count = redis.increment_float("litres", 0.5).await.unwrap();
    assert_eq!(count, 0.5);
    let count = redis.increment_float("litres", 1e20).await.unwrap();
    assert_eq!(count, 1e20);
    let count = redis.increment_float("litres", -1e20).await.unwrap();
    let found = redis.get::<f64>("litres").await.unwrap();
    assert_eq!(found, Some(count));
    for by in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = redis.increment_float("litres", by).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    }
    redis.set("text", "text", HOUR).await.unwrap();
    let error = redis.increment_float("text", 1.0).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, Outcome::NotApplied));
    assert_eq!((error.operation(), error.key()), (Some("increment_float"), Some("text")));
}
