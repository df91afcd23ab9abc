//! The task that owns the async connection: that it neither dawdles nor hurries.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "async")]

mod fake;

use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use redis_service::AsyncRedisService;
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
