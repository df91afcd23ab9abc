//! The pools of a process share one thread, which ends with the last of them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(all(feature = "blocking", target_os = "linux"))]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use redis_service::{ErrorKind, RedisService, ServiceConfig, config::Topology};
use redis_testkit::{Answer, FakeServer};

/// The names of this process's threads.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // One that ends meanwhile has no name any more.
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).collect()
}

fn pool_threads() -> usize {
    threads().iter().filter(|name| *name == "redis-pool" || name.starts_with("r2d2")).count()
}

fn eventually(awaited: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "{awaited}: {:?}", threads());
        thread::sleep(Duration::from_millis(5));
    }
}

/// One test: others would share the thread.
#[test]
fn the_threads_of_a_process_do_not_grow_with_its_services() {
    let server = FakeServer::start(|request| match request.name() {
        "PING" => Answer::simple("PONG"),
        _ => Answer::nil(),
    })
    .unwrap();
    let address = server.address();
    let config = ServiceConfig::default()
        .with_topology(Topology::standalone(address.ip().to_string(), address.port()))
        .with_health_check_interval(None);
    let before = threads().len();
    for _ in 0..3 {
        let services: Vec<_> = (0..50)
            .map(|number| {
                let redis = RedisService::connect(config.clone()).unwrap();
                if number % 2 == 0 {
                    redis.close();
                }
                redis
            })
            .collect();
        eventually("one thread serves all pools", || pool_threads() == 1);
        for redis in services.iter().skip(1).step_by(2) {
            assert_eq!(redis.get_raw("key").unwrap(), None);
        }
        // A handle that is kept beyond `close` keeps no thread.
        services.iter().for_each(RedisService::close);
        eventually("no thread is left", || pool_threads() == 0);
        drop(services);
        // A thread of the fake server ends with its connection.
        eventually("every thread has ended", || threads().len() <= before);
    }
    drop(server);
    let down =
        config.with_connect_timeout(Duration::from_millis(100)).with_deadline(Duration::from_millis(200));
    for _ in 0..50 {
        let error = RedisService::connect(down.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(pool_threads() <= 2, "the last one may still be ending");
    }
    eventually("no thread is left", || pool_threads() == 0);
}
