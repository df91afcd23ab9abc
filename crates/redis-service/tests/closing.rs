//! Closing: a caller that waits for a connection does not open another, and none stays open.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "blocking")]

mod fake;

use std::{sync::mpsc, thread, time::Duration};

use redis_service::{ErrorKind, RedisService};
use redis_testkit::{Answer, FakeServer};

/// The limit of every wait.
const LONG: Duration = Duration::from_secs(10);

#[test]
fn a_caller_that_waits_while_the_service_closes_opens_no_connection() {
    let (release, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let server = FakeServer::serve(move |connection| {
        fake::greet(connection);
        while connection.request().is_some() {
            // The first answer waits for the test; the channel is closed for all others.
            let _ = gate.lock().unwrap().recv_timeout(LONG);
            connection.answer(&Answer::nil());
        }
    })
    .unwrap();
    let redis = RedisService::connect(fake::config(&server).with_pool_size(1)).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| redis.get::<u8>("first"));
        assert!(server.wait_until(LONG, |now| now.accepted == 1));
        let second = scope.spawn(|| redis.get::<u8>("second"));
        thread::sleep(Duration::from_millis(100));
        redis.close();
        drop(release);
        // Which of the two had the connection does not matter.
        let mut results = [first.join().unwrap(), second.join().unwrap()];
        results.sort_by_key(Result::is_err);
        assert_eq!(*results[0].as_ref().unwrap(), None);
        assert_eq!(results[1].as_ref().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert!(server.wait_until(LONG, |now| now.open == 0), "{:?}", server.statistics());
    assert_eq!(server.statistics().accepted, 1);
}
