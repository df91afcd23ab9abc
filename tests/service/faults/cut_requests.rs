use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Direction, Scope};

use crate::{
    dual,
    fixture::{CANARY, FaultRig, HOUR, assert_failed, attempts},
    scenario,
};

/// These words as a command in RESP.
fn length(words: &[&str]) -> u64 {
    let words: Vec<_> = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    (format!("*{}\r\n", words.len()).len() + words.concat().len()) as u64
}

#[dual]
#[scenario]
async fn a_request_without_its_last_byte_is_not_run_and_its_outcome_is_unknown() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let all = length(&["INCRBY", "count", "1"]);
    for bytes in [all - 1, all / 2, 1] {
        rig.proxy.cut_after(Direction::ToServer, bytes, Scope::Once);
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
        assert_eq!((rig.cli().integer(&["DBSIZE"]).unwrap(), rig.calls("incrby")), (0, 0));
        let ping = redis.ping().await;
        ping.unwrap();
    }
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, rig.calls("incrby")), (1, 1));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_write_that_may_be_done_twice_is_sent_again_whole() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let large = CANARY.repeat(50_000);
    rig.proxy.cut_after(Direction::ToServer, 100_000, Scope::Once);
    redis.set("large", &large, HOUR).await.unwrap();
    let found: Option<String> = redis.get("large").await.unwrap();
    assert!(found == Some(large));
    assert_eq!((rig.cli().integer(&["DBSIZE"]).unwrap(), rig.calls("set")), (1, 1));
    rig.proxy.cut_after(Direction::ToServer, 60, Scope::Once);
    redis.set_many([("a", CANARY), ("b", CANARY)], HOUR).await.unwrap();
    assert_eq!((rig.cli().integer(&["DBSIZE"]).unwrap(), rig.calls("exec")), (3, 1));
    rig.at_rest(&redis).await;
}
