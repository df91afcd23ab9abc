use std::time::Duration;

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Answer, Direction, FakeServer, Scope};

use crate::{
    RedisService, dual,
    fixture::{CANARY, FaultRig, HOUR, assert_failed, attempts, eventually, impatient},
    scenario,
};

#[dual]
#[scenario]
async fn a_corrupt_reply_breaks_only_its_connection() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    redis.set("key", CANARY, HOUR).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    rig.proxy.corrupt(Direction::ToClient, 0, Scope::Once);
    let error = redis.increment("count", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
    assert_eq!((rig.stored("count").as_deref(), rig.calls("incrby")), (Some("1"), 1));
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_ne!(before, after);
    rig.proxy.corrupt(Direction::ToClient, 0, Scope::Once);
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(CANARY));
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn malformed_replies_break_only_their_connection() {
    for garbage in [
        &b"HTTP/1.1 400 Bad Request\r\ncanary\r\n\r\n"[..],
        b"canary\r\n",
        b"\0\0\0\0\r\n",
        b"*1\r\n*1\r\n?\r\n",
        b":canary\r\n",
        // Lengths that no server has, and lines that end in the middle.
        b"$99999999999\r\n",
        b"$536870913\r\n",
        b"*99999999999\r\n",
        b":7\n",
        b":7\rx",
        b"+OK\n:7\r\n",
        b"-ERR a\nb\r\n",
        // Text that no command replies with.
        b"+\xff\xfe\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
    ] {
        let server = FakeServer::start(move |request| match request.connection() {
            1 => Answer::raw(garbage),
            _ => Answer::integer(7),
        })
        .unwrap();
        let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
        let error = redis.increment("count", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
        let count = redis.increment("count", 1).await.unwrap();
        assert_eq!((count, server.statistics().accepted), (7, 2), "{garbage:?}");
    }
}

#[dual]
#[scenario]
async fn a_second_reply_goes_to_no_caller() {
    // The second reply comes together with the first.
    let server = FakeServer::start(|request| match request.name() {
        "INCRBY" if request.connection() == 1 => Answer::raw(":1\r\n:666\r\n"),
        _ => Answer::integer(2),
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 1);
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, server.statistics().accepted), (2, 2));
}

#[dual]
#[scenario]
async fn a_stray_reply_goes_to_no_caller() {
    // The second reply comes a little after the first.
    let server = FakeServer::start(|request| match request.name() {
        "INCRBY" if request.connection() == 1 => {
            Answer::integer(1).pause(Duration::from_millis(50)).then(":666\r\n")
        }
        _ => Answer::integer(2),
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 1);
    // The three answers to the handshake, the reply, and the stray one.
    eventually("the stray reply is sent", || server.statistics().sent >= 5).await;
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, server.statistics().accepted), (2, 2));
}
