use redis_service::{ErrorKind, Outcome};

use crate::{
    dual,
    fixture::{CANARY, FaultRig, HOUR, assert_failed, attempts},
    scenario,
};

#[dual]
#[scenario]
async fn they_are_errors_of_the_value_and_not_of_the_connection() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    rig.cli().call(&["LPUSH", "list", CANARY]).unwrap();
    redis.set_raw("text", CANARY, HOUR).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    let error = redis.get::<String>("list").await.unwrap_err();
    assert_failed(&error, ErrorKind::WrongType, Outcome::NotApplied);
    let error = redis.increment("list", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::WrongType, Outcome::NotApplied);
    let error = redis.increment("text", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::WrongType, Outcome::NotApplied);
    let error = redis.get::<i32>("text").await.unwrap_err();
    assert_failed(&error, ErrorKind::Deserialization, Outcome::Applied);
    let error = redis.take::<i32>("text").await.unwrap_err();
    assert_failed(&error, ErrorKind::Deserialization, Outcome::Applied);
    let error = redis.command("LRANGE").key("list").arg(0).arg(-1).run::<i64>().await.unwrap_err();
    assert_failed(&error, ErrorKind::Deserialization, Outcome::Applied);
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_eq!((before, rig.proxy.statistics().accepted), (after, 1));
    assert_eq!(rig.calls("getdel"), 1);
    rig.at_rest(&redis).await;
}
