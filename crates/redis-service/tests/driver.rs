//! The task that owns the async connection: that it neither dawdles nor hurries.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "async")]

mod fake;

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use redis_service::{AsyncRedisService, Outcome, config::RetryPolicy};
use tokio::time::sleep;

use self::fake::Fake;

#[tokio::test]
async fn a_server_that_hangs_up_on_everybody_is_not_hammered() {
    let fake = Fake::start(|stream| {
        fake::welcome(stream);
    });
    let redis = AsyncRedisService::connect(fake.config()).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    // 20 ms and doubling: six or seven.
    assert!(fake.accepted() < 15, "{} connections", fake.accepted());
    drop(redis);
}

/// What is queued behind a large command is sent as soon as that is: not when its answer comes, nor with the
/// next tick of a clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_behind_a_large_command_does_not_wait_for_its_answer() {
    const LARGE: usize = 32 << 20;
    const ROUNDS: u32 = 8;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let waited = Arc::new(Mutex::new(Duration::ZERO));
    let sum = Arc::clone(&waited);
    // It answers the large command only when the one behind it has come, too.
    let fake = Fake::start(move |stream| {
        fake::welcome(stream);
        let mut bytes = vec![0; 1 << 20];
        for _ in 0..ROUNDS {
            let mut read = stream.read(&mut bytes[..1000]).unwrap();
            begun.send(()).unwrap();
            // The client fills the buffers between, and is stuck; the second command is queued meanwhile.
            thread::sleep(Duration::from_millis(50));
            let mut began = Instant::now();
            loop {
                let more = stream.read(&mut bytes).unwrap();
                if bytes[..more].ends_with(b"behind\r\n") {
                    break;
                }
                if read < LARGE {
                    began = Instant::now();
                }
                read += more;
            }
            *sum.lock().unwrap() += began.elapsed();
            stream.write_all(b"+OK\r\n$-1\r\n").unwrap();
        }
    });
    let config = fake.config().with_response_timeout(Duration::from_secs(8));
    let redis = AsyncRedisService::connect(config).await.unwrap();
    let value = vec![b'x'; LARGE];
    for _ in 0..ROUNDS {
        let large = tokio::spawn({
            let (redis, value) = (redis.clone(), value.clone());
            async move { redis.set_raw("large", value, Duration::from_secs(60)).await }
        });
        begins.recv().await.unwrap();
        let found = redis.get::<u8>("behind").await.unwrap();
        assert_eq!(found, None);
        large.await.unwrap().unwrap();
    }
    let waited = *waited.lock().unwrap() / ROUNDS;
    assert!(waited < Duration::from_millis(30), "{waited:?} in the mean");
}

/// Reads a little at a time.
struct Slowly<'a>(&'a mut TcpStream);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        self.0.read(buffer)
    }
}

/// The time of some runs out while they are part of what is being written: they may yet be done, and must not be
/// done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_told_that_nothing_was_done_is_told_the_truth() {
    const CALLERS: usize = 400;
    let done = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    let counts = Arc::clone(&done);
    let fake = Fake::start(move |stream| {
        let mut parser = redis::Parser::new();
        while let Ok(request) = parser.parse_value(Slowly(stream)) {
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
            if stream.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    let config = fake.config().with_response_timeout(Duration::from_millis(1000));
    let redis = AsyncRedisService::connect(config.with_retry(RetryPolicy::none())).await.unwrap();
    let callers = (0..CALLERS).map(|caller| {
        let (large, small) = (redis.clone(), redis.clone());
        tokio::spawn(async move {
            // Nothing depends on how this goes.
            drop(large.set_raw("large", vec![b'x'; 60_000], Duration::from_secs(60)).await);
        });
        tokio::spawn(async move { small.increment(format!("count:{caller}"), 1).await })
    });
    let mut told = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        told.push(caller.await.unwrap());
    }
    // What was on its way has arrived by then.
    while redis.exists("key").await.is_err() {}
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

/// A reply that nobody asked for is no reason to connect again at once.
#[tokio::test]
async fn a_server_that_speaks_unasked_is_not_hammered() {
    let fake = Fake::start(|stream| {
        if fake::welcome(stream) {
            stream.write_all(b"-ERR going away\r\n").unwrap();
            fake::request(stream);
        }
    });
    let redis = AsyncRedisService::connect(fake.config()).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    assert!(fake.accepted() < 15, "{} connections", fake.accepted());
    drop(redis);
}
