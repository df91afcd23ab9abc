use redis_service::{ErrorKind, Outcome};

use super::bench::{Bench, CANARY, HOUR, assert_failed, attempts};
use crate::{dual, scenario};

#[dual]
#[scenario]
async fn they_are_errors_of_the_value_and_not_of_the_connection() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    bench.cli().call(&["LPUSH", "list", CANARY]).unwrap();
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
    assert_eq!((before, bench.proxy.statistics().accepted), (after, 1));
    assert_eq!(bench.calls("getdel"), 1);
    bench.at_rest(&redis).await;
}
