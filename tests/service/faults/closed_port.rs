use std::{sync::Arc, thread, time::Duration};

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Answer, FakeServer};

use crate::{
    RedisService, dual,
    fixture::{FaultRig, HOUR, Stopwatch, assert_failed, attempts, impatient},
    scenario, sleep,
};

#[dual]
#[scenario]
async fn a_closed_port_is_tried_until_the_deadline_and_nothing_is_applied() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(1_000))).await;
    let redis = redis.with_deadline(Duration::from_millis(600));
    rig.proxy.refuse().unwrap();
    rig.proxy.reset();
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(Duration::from_millis(600));
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    let error = redis.set("key", "canary", HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    assert_eq!(rig.cli().integer(&["DBSIZE"]).unwrap(), 0);

    rig.proxy.heal().unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, rig.stored("count").as_deref()), (1, Some("1")));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn attempts_are_counted() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    rig.server.kill().unwrap();
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    // Two pauses of at most 10 and 20 ms, with any deadline; the async service adds its own.
    watch.assert_within(Duration::from_millis(500));
    // The connection may break while the command is on it, which leaves the outcome unknown.
    assert_eq!(error.kind(), ErrorKind::Connection);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);

    let accepted = rig.proxy.statistics().accepted;
    let server = Arc::clone(&rig.server);
    let proxy = Arc::clone(&rig.proxy);
    let healer = thread::spawn(move || {
        assert!(proxy.wait_until(Duration::from_secs(10), |now| now.accepted > accepted));
        server.restart().unwrap();
    });
    let redis = rig.connect_with(rig.config().with_lazy(true).with_retry(attempts(1_000))).await;
    let count = redis.with_deadline(Duration::from_secs(20)).increment("count", 1).await.unwrap();
    healer.join().unwrap();
    assert_eq!((count, rig.calls("incrby")), (1, 1));
}

#[dual]
#[scenario]
async fn a_server_that_hangs_up_is_not_asked_without_a_pause() {
    // It hangs up right after the handshake.
    let server = FakeServer::serve(|connection| {
        // The name of the connection, and the library's name and version.
        for _ in 0..3 {
            if connection.request().is_some() {
                connection.answer(&Answer::simple("OK"));
            }
        }
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    let accepted = server.statistics().accepted;
    assert!(accepted <= 20, "{accepted}");
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
}
