use std::time::Duration;

use redis_service::{ErrorKind, Outcome};

use crate::{
    RedisService, dual,
    fixture::{self, FaultRig, Stopwatch, assert_failed, attempts},
    scenario,
};

const CONNECT: Duration = Duration::from_millis(300);

#[dual]
#[scenario]
async fn a_server_that_never_answers_the_handshake_costs_the_connect_timeout() {
    let rig = FaultRig::new();
    rig.server.freeze().unwrap();
    // None of the other limits may end it.
    let config = rig.config().with_connect_timeout(CONNECT).with_response_timeout(Duration::from_secs(20));
    let config = config.with_deadline(Duration::from_secs(30));
    let watch = Stopwatch::start();
    let error = RedisService::connect(config.clone()).await.unwrap_err();
    watch.assert_within(CONNECT);
    assert_failed(&error, ErrorKind::Timeout, Outcome::NotApplied);
    assert!(error.to_string().contains("no connection within "), "{error}");

    let redis = RedisService::connect(config.with_lazy(true)).await.unwrap();
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(CONNECT);
    assert_failed(&error, ErrorKind::Timeout, Outcome::NotApplied);
    let watch = Stopwatch::start();
    let error = redis.dedicated().await.unwrap_err();
    watch.assert_within(CONNECT);
    assert_failed(&error, ErrorKind::Timeout, Outcome::NotApplied);

    rig.server.thaw().unwrap();
    // An attempt to connect may time out just now, and fail the calls that wait for it.
    fixture::answers_again(&redis).await;
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, rig.calls("incrby")), (1, 1));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn the_deadline_ends_it_where_that_is_sooner() {
    let rig = FaultRig::new();
    rig.server.freeze().unwrap();
    let config = rig.config().with_lazy(true).with_retry(attempts(1_000));
    let redis = RedisService::connect(config.with_connect_timeout(Duration::from_secs(20))).await.unwrap();
    let redis = redis.with_deadline(Duration::from_millis(500));
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(Duration::from_millis(500));
    assert_failed(&error, ErrorKind::Timeout, Outcome::NotApplied);
    rig.server.thaw().unwrap();
    assert_eq!(rig.stored("count"), None);
}
