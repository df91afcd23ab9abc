//! The driver of the async connection: it writes without delay, and does not reconnect in a loop.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "async")]

mod fake;

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use redis_service::{AsyncRedisService, Outcome, config::RetryPolicy};
use redis_testkit::{Answer, FakeConnection, FakeServer, Wait};
use tokio::time::{sleep, timeout};

/// The limit of every wait.
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_that_hangs_up_is_not_hammered() {
    let server = FakeServer::serve(|connection| {
        fake::greet(connection);
    })
    .unwrap();
    let connecting = AsyncRedisService::connect(fake::config(&server));
    let redis = timeout(LONG, connecting).await.expect("the service to connect").unwrap();
    sleep(Duration::from_millis(500)).await;
    // 20 ms and doubling: six or seven.
    let accepted = server.statistics().accepted;
    assert!(accepted < 15, "{accepted} connections");
    drop(redis);
}

/// A command queued behind a large one is sent right after it, not after its reply or at the next tick of a timer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_behind_a_large_command_does_not_wait_for_its_answer() {
    const LARGE: usize = 32 << 20;
    const ROUNDS: u32 = 8;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let waited = Arc::new(Mutex::new(Duration::ZERO));
    let sum = Arc::clone(&waited);
    // The server answers the large command only after it has received the one behind it.
    let server = FakeServer::serve(move |connection| {
        fake::greet(connection);
        let mut bytes = vec![0; 1 << 20];
        for _ in 0..ROUNDS {
            let mut read = connection.read(&mut bytes[..1000]).unwrap();
            begun.send(()).unwrap();
            // The client fills the buffers between, and is stuck; the second command is queued meanwhile.
            thread::sleep(Duration::from_millis(50));
            let mut began = Instant::now();
            loop {
                let more = connection.read(&mut bytes).unwrap();
                assert!(more > 0, "the client hung up");
                if bytes[..more].ends_with(b"behind\r\n") {
                    break;
                }
                if read < LARGE {
                    began = Instant::now();
                }
                read += more;
            }
            *sum.lock().unwrap() += began.elapsed();
            connection.write_all(b"+OK\r\n$-1\r\n").unwrap();
        }
    })
    .unwrap();
    let config = fake::config(&server).with_response_timeout(Duration::from_secs(8));
    let redis =
        timeout(LONG, AsyncRedisService::connect(config)).await.expect("the service to connect").unwrap();
    let value = vec![b'x'; LARGE];
    for _ in 0..ROUNDS {
        let large = tokio::spawn({
            let (redis, value) = (redis.clone(), value.clone());
            async move { redis.set_raw("large", value, Duration::from_secs(60)).await }
        });
        timeout(LONG, begins.recv()).await.expect("the server to read the large command").unwrap();
        let found =
            timeout(LONG, redis.get::<u8>("behind")).await.expect("the reply behind the large one").unwrap();
        assert_eq!(found, None);
        timeout(LONG, large).await.expect("the reply to the large command").unwrap().unwrap();
    }
    let waited = *waited.lock().unwrap() / ROUNDS;
    assert!(waited < Duration::from_millis(30), "{waited:?} in the mean");
}

/// Reads a little at a time.
struct Slowly<'a>(&'a mut FakeConnection);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        self.0.read(buffer)
    }
}

/// Some calls time out while they are being written: the server may still run them, so they must not be repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_of_not_applied_is_the_truth() {
    const CALLERS: usize = 400;
    let done = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    let counts = Arc::clone(&done);
    let server = FakeServer::serve(move |connection| {
        let mut parser = redis::Parser::new();
        while let Ok(request) = parser.parse_value(Slowly(connection)) {
            let words: Vec<Vec<u8>> = redis::from_redis_value(request).unwrap();
            let word = |at: usize| String::from_utf8_lossy(&words[at]).into_owned();
            let reply = if word(0) == "INCRBY" {
                *counts.lock().unwrap().entry(word(1)).or_default() += 1;
                ":1\r\n"
            } else if word(0) == "EXISTS" {
                ":0\r\n"
            } else {
                "+OK\r\n"
            };
            if connection.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    })
    .unwrap();
    let config = fake::config(&server).with_response_timeout(Duration::from_millis(1000));
    let connecting = AsyncRedisService::connect(config.with_retry(RetryPolicy::none()));
    let redis = timeout(LONG, connecting).await.expect("the service to connect").unwrap();
    let callers = (0..CALLERS).map(|caller| {
        let (large, small) = (redis.clone(), redis.clone());
        tokio::spawn(async move {
            // Either result is fine.
            drop(large.set_raw("large", vec![b'x'; 60_000], Duration::from_secs(60)).await);
        });
        tokio::spawn(async move { small.increment(format!("count:{caller}"), 1).await })
    });
    let mut told = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        told.push(timeout(LONG, caller).await.expect("every call to end").unwrap());
    }
    // The server has then received everything that was on its way.
    let wait = Wait::until("the server has read everything");
    while redis.exists("key").await.is_err() {
        wait.check();
    }
    let done = done.lock().unwrap();
    for (caller, told) in told.iter().enumerate() {
        let done = done.get(&format!("count:{caller}")).copied().unwrap_or(0);
        match told {
            Ok(_) => assert_eq!(done, 1, "{caller}"),
            Err(error) if error.outcome() == Outcome::NotApplied => assert_eq!(done, 0, "{caller}: {error}"),
            Err(error) => assert!(done <= 1, "{caller}: {error}"),
        }
    }
    assert!(told.iter().any(Result::is_ok) && told.iter().any(Result::is_err));
}

/// A stray reply is no reason to reconnect at once.
#[tokio::test]
async fn a_server_that_speaks_unasked_is_not_hammered() {
    let server = FakeServer::serve(|connection| {
        if fake::greet(connection) {
            connection.answer(&Answer::error("ERR going away"));
            connection.request();
        }
    })
    .unwrap();
    let connecting = AsyncRedisService::connect(fake::config(&server));
    let redis = timeout(LONG, connecting).await.expect("the service to connect").unwrap();
    sleep(Duration::from_millis(500)).await;
    let accepted = server.statistics().accepted;
    assert!(accepted < 15, "{accepted} connections");
    drop(redis);
}
