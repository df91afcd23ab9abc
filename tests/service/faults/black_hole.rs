use std::time::Duration;

use redis_service::{ErrorKind, Outcome};
use redis_testkit::Scope;

use crate::{
    dual,
    fixture::{FaultRig, HOUR, RESPONSE, Stopwatch, Wait, assert_failed, attempts, eventually},
    scenario, sleep,
};

#[dual]
#[scenario]
async fn a_read_does_not_notice() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    redis.set("key", &1, HOUR).await.unwrap();
    rig.proxy.black_hole(Scope::Existing);
    let watch = Stopwatch::start();
    let found: Option<i32> = redis.get("key").await.unwrap();
    watch.assert_within(2 * RESPONSE);
    assert_eq!(found, Some(1));
    for _ in 0..10 {
        let found: Option<i32> = redis.get("key").await.unwrap();
        assert_eq!(found, Some(1));
    }
    rig.proxy.heal().unwrap();
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn one_increment_fails_and_the_next_do_not() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    rig.proxy.black_hole(Scope::Existing);
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    for count in 1..=10 {
        let found = redis.increment("count", 1).await.unwrap();
        assert_eq!(found, count);
    }
    watch.assert_within(2 * RESPONSE);
    assert_eq!(rig.stored("count").as_deref(), Some("10"));
}

#[dual]
#[scenario]
async fn a_timeout_says_what_it_waited_for_and_how_long_in_all() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    rig.proxy.black_hole(Scope::All);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let shown = error.to_string();
    assert!(shown.contains(": no answer within ") && !shown.contains("attempts"), "{shown}");
    let error = redis.get_raw("key").await.unwrap_err();
    let shown = error.to_string();
    assert!(!shown.contains("no answer") && shown.contains(" attempts "), "{shown}");
    // A service that has just begun to connect: another may learn before the deadline that its connection failed.
    let hurried = rig.connect_with(rig.config().with_retry(attempts(3)).with_lazy(true)).await;
    let hurried = hurried.with_deadline(Duration::from_millis(70));
    let error = hurried.get_raw("key").await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("deadline of 70ms ("), "{shown}");
    assert!(!shown.contains("no answer") && error.is_not_applied(), "{shown}");
}

#[dual]
#[scenario]
async fn callers_with_little_time_do_not_wait_for_the_response_timeout() {
    let rig = FaultRig::new();
    let config = rig.config().with_response_timeout(Duration::from_secs(30));
    let redis = rig.connect_with(config).await.with_deadline(Duration::from_millis(200));
    rig.proxy.black_hole(Scope::Existing);
    let watch = Stopwatch::start();
    let mut failed = 0;
    let wait = Wait::until("calls succeed again");
    while redis.get_raw("key").await.is_err() {
        wait.check();
        failed += 1;
    }
    assert!(failed <= 5, "{failed}");
    watch.assert_within(Duration::from_millis(1_200));
}

#[dual]
#[scenario]
async fn a_connection_that_died_while_idle_is_found_in_time() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_idle_check(Duration::ZERO)).await;
    let redis = redis.with_deadline(Duration::from_secs(10));
    rig.proxy.black_hole(Scope::Existing);
    let watch = Stopwatch::start();
    let mut failed = 0;
    let wait = Wait::until("calls succeed again");
    while redis.increment("count", 1).await.is_err() {
        wait.check();
        failed += 1;
    }
    watch.assert_within(2 * RESPONSE);
    assert!(failed <= 1, "{failed}");
    assert_eq!(rig.stored("count").as_deref(), Some("1"));
}

#[dual]
#[scenario]
async fn a_write_that_gets_stuck_half_way_spoils_no_other() {
    let rig = FaultRig::new();
    // Copying the value takes a while of its own.
    let patience = Duration::from_secs(1);
    let redis = rig.connect_with(rig.config().with_response_timeout(patience)).await;
    redis.set("victim", &1, HOUR).await.unwrap();
    rig.proxy.black_hole(Scope::Existing);
    let large = vec![b'x'; 12 << 20];
    let watch = Stopwatch::start();
    let error = redis.set_raw("large", &large, HOUR).await.unwrap_err();
    watch.assert_within(patience);
    // A connection of the blocking API ends with it, and half a command is none; a shared one may go on writing.
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_ne!(error.outcome(), Outcome::Applied, "{error}");
    let found: Option<i32> = redis.get("victim").await.unwrap();
    assert_eq!(found, Some(1));
    rig.proxy.heal().unwrap();
    rig.at_rest(&redis).await;
    assert_eq!(rig.cli().integer(&["EXISTS", "large"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn closing_the_service_ends_a_subscription_that_is_reconnecting_into_it() {
    const LONG: Duration = Duration::from_secs(60);
    let rig = FaultRig::new();
    let config = rig.config().with_connect_timeout(LONG).with_response_timeout(LONG);
    let redis = rig.connect_with(config).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    // New connections get no answer, for as long as the connect timeout.
    rig.proxy.black_hole(Scope::New);
    let accepted = rig.proxy.statistics().accepted;
    rig.proxy.reset();
    eventually("the subscription connects again", || rig.proxy.statistics().accepted > accepted).await;
    sleep(Duration::from_millis(200)).await;
    let watch = Stopwatch::start();
    redis.close().await;
    let end = subscription.next_event().await;
    assert!(end.is_none() && subscription.has_ended(), "{end:?}");
    watch.assert_within(Duration::from_secs(1));
}
