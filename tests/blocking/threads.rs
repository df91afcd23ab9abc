//! Many threads on few connections: no caller gets the reply of another, and an exhausted pool is an error.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    process::{Command, Stdio},
    sync::{Arc, Barrier, Mutex, mpsc},
    thread,
    time::Duration,
};

use redis_service::{
    ErrorKind, Outcome,
    config::BreakerConfig,
    pubsub::Event,
    resilience::BreakerStatus,
    streams::{Consume, NewGroup},
};

use crate::{
    ConsumerHandle, RedisService,
    fixture::{self, FaultRig, HOUR, Stopwatch, Wait, assert_failed, eventually},
};

const THREADS: u32 = 32;

/// A random number below `limit`.
fn random(limit: u32) -> u32 {
    u32::try_from(RandomState::new().hash_one(0) % u64::from(limit)).unwrap()
}

fn one_thread(redis: &RedisService, number: u32) -> u32 {
    let mut seen = 0;
    for round in 0..40 {
        let key = format!("key:{number}:{round}");
        let redis =
            if random(20) == 0 { redis.with_deadline(Duration::from_micros(500)) } else { redis.clone() };
        if let Err(error) = redis.set(&key, &key, HOUR) {
            assert!(error.is_timeout(), "{error:?}");
        }
        match redis.get::<String>(&key) {
            Ok(Some(found)) => {
                assert_eq!(found, key);
                seen += 1;
            }
            Ok(None) => {}
            Err(error) => assert!(error.is_timeout(), "{error:?}"),
        }
        match redis.get_many::<String>(&["missing", &key]) {
            Ok(found) => {
                let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
                assert!(found[0].is_none() && found[1].as_ref().is_none_or(|found| *found == key));
            }
            Err(error) => assert!(error.is_timeout(), "{error:?}"),
        }
    }
    seen
}

#[test]
fn every_value_belongs_to_its_key_and_nothing_leaks() {
    let rig = FaultRig::new();
    // Short deadlines must not open the breaker here.
    let config = rig
        .config()
        .with_breaker(BreakerConfig::off())
        .with_pool_size(8)
        .with_response_timeout(Duration::from_secs(10));
    let redis = RedisService::connect(config).unwrap().with_deadline(Duration::from_secs(20));
    rig.proxy.latency(Duration::ZERO, Duration::from_millis(2));
    let seen: u32 = thread::scope(|scope| {
        let redis = &redis;
        let threads: Vec<_> =
            (0..THREADS).map(|number| scope.spawn(move || one_thread(redis, number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(seen > THREADS * 20, "{seen}");
    rig.proxy.heal().unwrap();
    let connections = redis.health().connections;
    assert_eq!(connections.in_use, 0);
    assert!((1..=8).contains(&connections.open), "{connections:?}");
    let open = usize::try_from(connections.open).unwrap();
    eventually("only the connections of the pool are left", || fixture::connections(&rig.server) == open);
}

#[test]
fn an_exhausted_pool_is_an_error_of_its_own_and_no_fault_of_the_server() {
    let rig = FaultRig::new();
    let breaker = BreakerConfig::default().with_threshold(0.1, 1);
    let config = rig.config().with_pool_size(1).with_acquire_timeout(Duration::from_millis(100));
    let config = config.with_breaker(breaker).with_response_timeout(Duration::from_secs(10));
    let redis = RedisService::connect(config).unwrap().with_deadline(Duration::from_secs(20));
    // The server counts a moment after it has received a command.
    thread::sleep(Duration::from_millis(50));
    let sent = rig.proxy.statistics().to_server;
    rig.server.freeze().unwrap();
    thread::scope(|scope| {
        let slow = scope.spawn(|| redis.increment("count", 1));
        assert!(rig.proxy.wait_until(Duration::from_secs(10), |now| now.to_server > sent));
        let watch = Stopwatch::start();
        let error = redis.increment("count", 1).unwrap_err();
        watch.assert_within(Duration::from_millis(100));
        assert_failed(&error, ErrorKind::PoolTimeout, Outcome::NotApplied);
        assert!(error.is_unavailable());
        assert!(error.to_string().contains("no connection was free within 100ms ("), "{error}");
        let watch = Stopwatch::start();
        let hurried = redis.with_deadline(Duration::from_millis(10));
        let error = hurried.set("key", "canary", HOUR).unwrap_err();
        watch.assert_within(Duration::from_millis(10));
        assert_failed(&error, ErrorKind::PoolTimeout, Outcome::NotApplied);
        rig.server.thaw().unwrap();
        assert_eq!(slow.join().unwrap().unwrap(), 1);
    });
    assert_eq!(redis.health().breaker, BreakerStatus::Closed);
    assert_eq!((redis.increment("count", 1).unwrap(), rig.calls("incrby")), (2, 2));
    rig.at_rest(&redis);
}

#[test]
fn half_open_exactly_the_probes_reach_the_server() {
    let rig = FaultRig::new();
    let open_for = Duration::from_millis(100);
    let breaker =
        BreakerConfig::default().with_threshold(0.5, 1).with_open_for(open_for, open_for).with_probes(3);
    let config = rig.config().with_breaker(breaker).with_response_timeout(Duration::from_secs(5));
    let redis = RedisService::connect(config).unwrap().with_deadline(Duration::from_secs(10));
    rig.server.kill().unwrap();
    redis.increment("count", 1).unwrap_err();
    rig.server.restart().unwrap();
    assert!(redis.health().is_reachable());
    rig.proxy.latency(Duration::from_millis(300), Duration::ZERO);
    let BreakerStatus::Open { retry_after: Some(pause) } = redis.health().breaker else { panic!("not open") };
    thread::sleep(pause + Duration::from_millis(20));
    let barrier = Barrier::new(100);
    let probes = thread::scope(|scope| {
        let call = || {
            barrier.wait();
            redis.increment("probed", 1).map_err(|error| error.kind())
        };
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(call)).collect();
        let called = threads.into_iter().map(|thread| thread.join().unwrap());
        called.filter(|called| *called != Err(ErrorKind::CircuitOpen)).collect::<Vec<_>>()
    });
    assert!(probes.len() == 3 && probes.iter().all(Result::is_ok), "{probes:?}");
    assert_eq!(rig.stored("probed").as_deref(), Some("3"));
    rig.proxy.heal().unwrap();
    assert_eq!(redis.health().breaker, BreakerStatus::Closed);
}

#[test]
fn closing_while_many_call_leaves_no_connection() {
    let server = fixture::server();
    for _ in 0..200 {
        let redis = fixture::connect(&server);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let wait = Wait::until("the closed service refuses a call");
                    while redis.ping().is_ok() {
                        wait.check();
                    }
                });
            }
            thread::sleep(Duration::from_millis(2));
            redis.close();
        });
        // The handle still exists, so that its drop ends nothing.
        eventually("no connection is left", || fixture::connections(&server) == 0);
    }
}

#[test]
fn a_subscription_that_begins_while_the_service_is_closed_ends() {
    let server = fixture::server();
    for _ in 0..200 {
        let redis = fixture::connect(&server);
        let subscription = thread::scope(|scope| {
            let subscribing = scope.spawn(|| redis.subscribe_raw("news"));
            thread::sleep(Duration::from_micros(fastrand::u64(..1500)));
            redis.close();
            subscribing.join().unwrap()
        });
        eventually("no connection is left", || fixture::connections(&server) == 0);
        drop(subscription);
    }
}

/// Where this is set, [`a_subscription_that_gets_no_thread_is_an_error`] is the process without threads.
const IS_CHILD: &str = "TEST_WITHOUT_THREADS";

/// Leaves this process so little address space that no thread gets a stack, and subscribes.
fn subscribe_without_threads() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    let limit = format!("prlimit --pid {} --as", std::process::id());
    // It exists before the limit does, and lifts it at the end of its input: this process cannot start another then.
    let lift = format!("read -r _; {limit}=unlimited:");
    let mut lifts = Command::new("sh").args(["-c", &lift]).stdin(Stdio::piped()).spawn().unwrap();
    let limited = Command::new("sh").args(["-c", &format!("{limit}={}:", (size + 1024) * 1024)]).status();
    assert!(limited.unwrap().success());
    // The stacks of threads that have ended are there to be used again.
    let (end, ends) = mpsc::channel::<()>();
    let ends = Arc::new(Mutex::new(ends));
    let waiter = |ends: &Arc<Mutex<mpsc::Receiver<()>>>| {
        let ends = Arc::clone(ends);
        thread::Builder::new().spawn(move || ends.lock().unwrap().recv().unwrap_err())
    };
    let waiters: Vec<_> = std::iter::from_fn(|| waiter(&ends).ok()).take(100).collect();
    assert!(waiters.len() < 100);
    let subscribed = [
        redis.subscribe::<u32>("news").map(drop),
        redis.subscribe_raw("news").map(drop),
        redis.subscribe_with("news", drop).map(drop),
    ];
    drop(lifts.stdin.take());
    assert!(lifts.wait().unwrap().success());
    drop(end);
    for error in subscribed.map(Result::unwrap_err) {
        assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
        assert!(error.to_string().contains("thread"), "{error}");
    }
    eventually("no listener is left", || fixture::connections(&server) == 1);
    let mut subscription = redis.subscribe_raw("news").unwrap();
    redis.publish_raw("news", "1").unwrap();
    assert_eq!(subscription.next_event().and_then(Event::into_payload), Some(b"1".to_vec()));
}

#[test]
fn a_subscription_that_gets_no_thread_is_an_error() {
    if env::var_os(IS_CHILD).is_some() {
        return subscribe_without_threads();
    }
    let this = "thread_faults::a_subscription_that_gets_no_thread_is_an_error";
    let test = Command::new(env::current_exe().unwrap()).args(["--exact", this]).env(IS_CHILD, "1").output();
    let test = test.unwrap();
    let output = String::from_utf8_lossy(&test.stdout);
    assert!(test.status.success() && output.contains("1 passed"), "{output}");
}

#[test]
fn a_handler_may_close_its_own_consumer() {
    let server = fixture::server();
    let stream = fixture::connect(&server).stream::<u32>("numbers");
    for number in 0..3 {
        stream.add(&number).unwrap();
    }
    let options = Consume::by("one").create(NewGroup::from_beginning());
    let consumer = stream.group("group").consume(options).unwrap();
    let (give, own) = mpsc::channel::<ConsumerHandle>();
    let (told, tells) = mpsc::channel();
    let handle = consumer.on_item(move |delivery| {
        let handle = own.recv_timeout(HOUR / 60).unwrap();
        handle.close();
        told.send((delivery.value, handle)).unwrap();
        Ok::<(), String>(())
    });
    give.send(handle).unwrap();
    let (value, handle) = tells.recv_timeout(HOUR / 60).unwrap();
    // Elsewhere it waits for the call and the acknowledgement.
    handle.close();
    assert!(value == 0 && tells.try_recv().is_err());
    assert_eq!(stream.group("group").pending().unwrap().count, 2);
}
