//! Closing: that nobody who waits for a connection opens another, and none stays open.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "blocking")]

mod fake;

use std::{io::Write, sync::mpsc, thread};

use redis_service::{ErrorKind, RedisService};

use self::fake::Fake;

#[test]
fn who_waits_for_a_connection_while_the_service_closes_opens_none() {
    let (release, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let fake = Fake::start(move |stream| {
        fake::welcome(stream);
        while fake::request(stream).is_some() {
            // The first waits for the test; the channel is closed for all others.
            let _ = gate.lock().unwrap().recv();
            stream.write_all(b"$-1\r\n").unwrap();
        }
    });
    let redis = RedisService::connect(fake.config().with_pool_size(1)).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| redis.get::<u8>("first"));
        assert!(fake::soon(|| fake.accepted() == 1));
        let second = scope.spawn(|| redis.get::<u8>("second"));
        thread::sleep(std::time::Duration::from_millis(100));
        redis.close();
        drop(release);
        // Which of the two had the connection does not matter.
        let mut results = [first.join().unwrap(), second.join().unwrap()];
        results.sort_by_key(Result::is_err);
        assert_eq!(*results[0].as_ref().unwrap(), None);
        assert_eq!(results[1].as_ref().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert!(fake::soon(|| fake.open() == 0), "{} connections are left", fake.open());
    assert_eq!(fake.accepted(), 1);
}
