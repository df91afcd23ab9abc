use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Answer, FakeServer, Request};

use crate::{
    RedisService, dual,
    fixture::{HOUR, assert_failed, attempts, impatient},
    scenario,
};

/// After a fault, a connection gives no more replies to callers of other commands than this (docs/guarantees.md).
const BOUND: u64 = 128;

const CALLERS: u64 = 16;
const CALLS: u64 = 400;

/// The value of each key is its name.
fn own_value(request: &Request) -> Answer {
    match request.name() {
        "GET" => Answer::bulk(&*request.word(1)),
        "PING" => Answer::bulk(&*request.word(1)),
        _ => Answer::simple("OK"),
    }
}

#[dual]
#[scenario]
async fn a_reply_that_its_command_cannot_have_ends_the_connection() {
    for stray in [
        &b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"[..],
        b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\np\r\n",
        b":7\r\n",
        b"+OK\r\n",
        b"%0\r\n",
        b",1.5\r\n",
        b"#t\r\n",
    ] {
        let server = FakeServer::start(move |request| match (request.name(), request.connection()) {
            ("GET", 1) => Answer::raw([stray, b"$1\r\na\r\n"].concat()),
            _ => own_value(request),
        })
        .unwrap();
        let config = impatient(&server.url()).with_retry(attempts(1));
        let redis = RedisService::connect(config).await.unwrap();
        let error = redis.get_raw("a").await.unwrap_err();
        assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
        let found = redis.get_raw("b").await.unwrap();
        assert_eq!((found.as_deref(), server.statistics().accepted), (Some(&b"b"[..]), 2), "{stray:?}");
    }
}

#[dual]
#[scenario]
async fn a_pipeline_whose_replies_are_out_of_step_gives_none_of_them() {
    let server = FakeServer::start(|request| match (request.name(), request.connection()) {
        ("SET", 1) => Answer::raw("$1\r\nx\r\n"),
        _ => own_value(request),
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_retry(attempts(1))).await.unwrap();
    let mut pipeline = redis.pipeline();
    pipeline.get_raw("a");
    pipeline.delete("b");
    let error = pipeline.run().await.unwrap_err();
    assert_failed(&error, ErrorKind::Protocol, Outcome::Unknown);
    let found = redis.get_raw("c").await.unwrap();
    assert_eq!((found.as_deref(), server.statistics().accepted), (Some(&b"c"[..]), 2));
}

/// Reads keys whose value is their name, and returns how many of the values were another's.
#[dual]
async fn wrong_values(redis: RedisService, next: Arc<AtomicU64>) -> u64 {
    let mut wrong = 0;
    for _ in 0..CALLS {
        let key = next.fetch_add(1, Ordering::Relaxed).to_string();
        // An error is no value: what is unanswered on a connection that ends is unknown.
        if let Ok(found) = redis.get_raw(&key).await {
            wrong += u64::from(found.as_deref() != Some(key.as_bytes()));
        }
    }
    wrong
}

/// A reply of the right type, too many or too few, on the first connection and in the midst of many calls.
#[dual]
#[scenario]
async fn callers_get_no_more_wrong_values_than_the_bound() {
    for fault in [Answer::bulk("stray").then("$5\r\nstray\r\n"), Answer::silence()] {
        let mut asked = 0;
        let server = FakeServer::start(move |request| {
            let is_counted = request.name() == "GET" && request.connection() == 1;
            asked += u64::from(is_counted);
            if is_counted && asked == CALLS { fault.clone() } else { own_value(request) }
        })
        .unwrap();
        let config = impatient(&server.url()).with_retry(attempts(1)).with_pool_size(1);
        let redis = RedisService::connect(config).await.unwrap();
        let next = Arc::new(AtomicU64::new(0));
        let finished = concurrently!(CALLERS, wrong_values(redis.clone(), Arc::clone(&next)));
        let wrong: u64 = finished.into_iter().map(|wrong| wrong.expect("no panic")).sum();
        assert!(wrong <= BOUND, "{wrong}");
        let found = redis.get_raw("last").await.unwrap();
        assert_eq!(found.as_deref(), Some(&b"last"[..]));
        assert!(server.statistics().accepted >= 2);
    }
}

/// A node of a cluster that sends the end of a transaction elsewhere has discarded the transaction.
#[dual]
#[scenario]
async fn a_transaction_that_is_sent_elsewhere_costs_no_caller_the_connection() {
    for refusal in ["MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "TRYAGAIN later", "CLUSTERDOWN no"] {
        let server = FakeServer::start(move |request| match request.name() {
            "SET" => Answer::simple("QUEUED"),
            "EXEC" => Answer::error(refusal),
            _ => own_value(request),
        })
        .unwrap();
        let redis = RedisService::connect(impatient(&server.url()).with_retry(attempts(1))).await.unwrap();
        let mut pipeline = redis.pipeline().atomic();
        pipeline.set("a", &1, HOUR);
        let error = pipeline.run().await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        let found = redis.get_raw("a").await.unwrap();
        assert_eq!((found.as_deref(), server.statistics().accepted), (Some(&b"a"[..]), 1), "{refusal}");
    }
}
