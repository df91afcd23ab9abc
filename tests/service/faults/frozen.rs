use std::{sync::Arc, thread, time::Duration};

use redis_service::{
    ErrorKind, Outcome,
    protocol::{Command, RawPipeline},
};

use crate::{
    dual,
    fixture::{CANARY, DEADLINE, FaultRig, HOUR, RESPONSE, Stopwatch, assert_failed, attempts, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn a_read_finds_its_value_once_the_server_goes_on() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(5))).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    let old: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    let accepted = rig.proxy.statistics().accepted;
    rig.server.freeze().unwrap();
    let (server, proxy) = (Arc::clone(&rig.server), Arc::clone(&rig.proxy));
    // A second connection is the sign that the first attempt has failed.
    let thawing = thread::spawn(move || {
        let came_back = proxy.wait_until(Duration::from_secs(10), |now| now.accepted > accepted);
        server.thaw().unwrap();
        came_back
    });
    let redis = redis.with_deadline(Duration::from_secs(5));
    let found: Option<String> = redis.get("key").await.unwrap();
    assert!(thawing.join().unwrap());
    assert_eq!(found.as_deref(), Some(CANARY));
    let new: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_ne!(old, new);
    let mut cli = rig.cli();
    let gone = || !cli.text(&["CLIENT", "LIST"]).unwrap().contains(&format!("id={old} "));
    eventually("the old connection is gone", gone).await;
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn an_increment_is_counted_once_and_its_outcome_unknown() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(5))).await;
    rig.server.freeze().unwrap();
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(RESPONSE);
    rig.server.thaw().unwrap();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    eventually("the counter exists", || rig.stored("count").is_some()).await;
    rig.at_rest(&redis).await;
    assert_eq!((rig.stored("count").as_deref(), rig.calls("incrby")), (Some("1"), 1));
}

#[dual]
#[scenario]
async fn a_transaction_of_a_hundred_fails_by_its_deadline_and_not_a_hundred_times_later() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(100))).await;
    rig.server.freeze().unwrap();
    let entries: Vec<_> = (0..100).map(|number| (format!("key:{number}"), CANARY)).collect();
    let watch = Stopwatch::start();
    let error = redis.set_many(entries, HOUR).await.unwrap_err();
    watch.assert_within(DEADLINE);
    rig.server.thaw().unwrap();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    let mut cli = rig.cli();
    eventually("all keys are set", || cli.integer(&["DBSIZE"]).unwrap() == 100).await;
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_pipeline_of_a_hundred_runs_once() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(5))).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    let hundred: RawPipeline = (0..100).map(|_| Command::new("INCR").arg("count")).collect();
    rig.server.freeze().unwrap();
    let watch = Stopwatch::start();
    let error = dedicated.pipeline(&hundred).await.unwrap_err();
    watch.assert_within(RESPONSE);
    rig.server.thaw().unwrap();
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
    eventually("all increments are counted", || rig.stored("count").as_deref() == Some("100")).await;
    let error = dedicated.pipeline(&hundred).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    rig.at_rest(&redis).await;
    assert_eq!(rig.stored("count").as_deref(), Some("100"));
}
