use std::{sync::Arc, thread, time::Duration};

use redis_service::{ErrorKind, Outcome};

use crate::{
    dual,
    fixture::{FaultRig, HOUR, assert_failed, attempts},
    scenario,
};

#[dual]
#[scenario]
async fn a_replica_is_left_for_a_new_connection() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    redis.set("key", &1, HOUR).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    // A replica of a server that does not exist.
    rig.cli().text(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::ReadOnly, Outcome::NotApplied);
    let found: Option<i32> = redis.get("key").await.unwrap();
    assert_eq!(found, Some(1));
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_ne!(before, after);
    let mut dedicated = redis.dedicated().await.unwrap();
    let error = dedicated.command("INCR").key("count").run::<i64>().await.unwrap_err();
    assert_failed(&error, ErrorKind::ReadOnly, Outcome::NotApplied);
    let error = dedicated.command("PING").run::<String>().await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    rig.cli().text(&["REPLICAOF", "NO", "ONE"]).unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, rig.stored("count").as_deref()), (1, Some("1")));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_write_waits_for_the_replica_to_become_a_master() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(1_000))).await;
    rig.cli().text(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let accepted = rig.proxy.statistics().accepted;
    let (server, proxy) = (Arc::clone(&rig.server), Arc::clone(&rig.proxy));
    let promotion = thread::spawn(move || {
        let came_back = proxy.wait_until(Duration::from_secs(10), |now| now.accepted > accepted);
        server.cli().unwrap().text(&["REPLICAOF", "NO", "ONE"]).unwrap();
        came_back
    });
    let count = redis.with_deadline(Duration::from_secs(10)).increment("count", 1).await.unwrap();
    assert!(promotion.join().unwrap());
    assert_eq!((count, rig.calls("incrby")), (1, 1));
    rig.at_rest(&redis).await;
}
