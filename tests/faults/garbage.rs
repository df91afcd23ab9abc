use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Direction, Scope};

use super::bench::{Bench, CANARY, HOUR, assert_failed, attempts, eventually, impatient};
use crate::{
    RedisService, dual,
    fixture::{Answer, Scripted},
    scenario,
};

#[dual]
#[scenario]
async fn a_corrupt_reply_breaks_the_connection_and_hurts_nobody_else() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    bench.proxy.corrupt(Direction::ToClient, 0, Scope::Once);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
    assert_eq!((bench.stored("count").as_deref(), bench.calls("incrby")), (Some("1"), 1));
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_ne!(before, after);
    bench.proxy.corrupt(Direction::ToClient, 0, Scope::Once);
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(CANARY));
    bench.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn replies_that_are_none() {
    for garbage in [
        &b"HTTP/1.1 400 Bad Request\r\ncanary\r\n\r\n"[..],
        b"canary\r\n",
        b"\0\0\0\0\r\n",
        b"*1\r\n*1\r\n?\r\n",
        b":canary\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
    ] {
        let server =
            Scripted::start(
                move |connection, _| {
                    if connection == 1 { Answer::SayBytes(garbage) } else { Answer::Say(":7\r\n") }
                },
            );
        let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
        let count = redis.increment("count", 1).await.unwrap();
        assert_eq!((count, server.accepted()), (7, 2), "{garbage:?}");
    }
}

#[dual]
#[scenario]
async fn a_reply_too_many_is_nobodys() {
    // Together with the one that was asked for.
    let server = Scripted::start(|connection, words| match words[0].as_str() {
        "INCRBY" if connection == 1 => Answer::Say(":1\r\n:666\r\n"),
        _ => Answer::Say(":2\r\n"),
    });
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 1);
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, server.accepted()), (2, 2));
}

#[dual]
#[scenario]
async fn a_reply_that_nobody_asked_for_is_nobodys() {
    // A little after the one that was asked for.
    let server = Scripted::start(|connection, words| match words[0].as_str() {
        "INCRBY" if connection == 1 => Answer::SayThen(":1\r\n", ":666\r\n"),
        _ => Answer::Say(":2\r\n"),
    });
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 1);
    eventually("the second is said", || server.said() >= 3).await;
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, server.accepted()), (2, 2));
}
