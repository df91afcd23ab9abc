//! The extension points that sibling crates use: slots, several scripts at once, commands past the breaker, tasks, and
//! raw events.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use redis_service::{
    ErrorKind, Outcome, Script,
    extension::RawEvent,
    protocol::{Command, RetryCategory, ScriptCall},
    pubsub::Subscribe,
};
use redis_testkit::{Answer, FakeServer};

use crate::{
    RedisService, Task, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn a_slot_is_shared_by_the_handles_of_a_service_and_by_no_other() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let slot = redis.extension().slot(|| AtomicUsize::new(7));
    slot.fetch_add(1, Relaxed);
    let handles = [
        redis.clone(),
        redis.namespace("app"),
        redis.with_deadline(HOUR),
        redis.namespace("a").namespace("b"),
    ];
    for handle in &handles {
        let same = handle.extension().slot(|| AtomicUsize::new(0));
        assert!(Arc::ptr_eq(&slot, &same));
    }
    let text = redis.extension().slot(|| "another type".to_owned());
    assert_eq!(*text, "another type");
    drop(redis);
    let kept = handles[1].extension().slot(|| AtomicUsize::new(0));
    assert_eq!(kept.load(Relaxed), 8);
    let another = fixture::connect(&server).await;
    let other = another.extension().slot(|| AtomicUsize::new(0));
    assert_eq!(other.load(Relaxed), 0);
}

#[dual]
#[scenario]
async fn a_slot_is_dropped_with_the_last_handle() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let slot = redis.extension().slot(|| AtomicUsize::new(0));
    let weak = Arc::downgrade(&slot);
    drop(slot);
    assert!(weak.upgrade().is_some());
    drop(redis);
    assert!(weak.upgrade().is_none());
}

static ADD: Script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
static PUT: Script = Script::new("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('STRLEN', KEYS[1])");
static PUSH: Script = Script::new("return redis.call('RPUSH', KEYS[1], ARGV[1])");

fn calls() -> [ScriptCall; 5] {
    [
        ADD.call().key("n").arg("1"),
        PUT.call().key("text").arg("abc"),
        PUSH.call().key("text").arg("x"),
        PUSH.call().key("text").arg("x").failing_before_it_writes(),
        ADD.call().key("n").arg("10"),
    ]
}

#[dual]
#[scenario]
async fn scripts_run_once_each_whether_the_server_knows_them_or_not() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut cli = server.cli().unwrap();
    for known in 0..3 {
        cli.call(&["FLUSHALL"]).unwrap();
        cli.call(&["SCRIPT", "FLUSH"]).unwrap();
        if known > 0 {
            redis.extension().run_scripts(&[ADD.call().key("warm").arg("1")]).await.unwrap();
        }
        if known > 1 {
            redis.extension().run_scripts(&calls()).await.unwrap();
            cli.call(&["FLUSHALL"]).unwrap();
        }
        let mut replies = redis.extension().run_scripts(&calls()).await.unwrap().into_iter();
        let mut next = || replies.next().unwrap();
        let count = next().unwrap().into_integer().unwrap();
        let length = next().unwrap().into_integer().unwrap();
        assert_eq!((count, length), (1, 3), "{known}");
        for outcome in [Outcome::Unknown, Outcome::NotApplied] {
            let error = next().unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, outcome), "{error}");
            assert_eq!((error.operation(), error.server()), (Some("script"), None));
        }
        assert_eq!(next().unwrap().into_integer().unwrap(), 11);
        assert!(replies.next().is_none());
        assert_eq!(cli.text(&["GET", "n"]).unwrap(), "11");
    }
    let none = redis.extension().run_scripts(&[]).await.unwrap();
    assert!(none.is_empty());
}

#[dual]
#[scenario]
async fn results_of_the_first_round_trip_survive_a_failure_of_the_second() {
    let breaks: Arc<OnceLock<RedisService>> = Arc::default();
    let breaking = Arc::clone(&breaks);
    let server = FakeServer::start(move |request| match (request.name(), &*request.word(3)) {
        ("EVALSHA", "known") => Answer::integer(1),
        ("EVALSHA", _) => {
            breaking.get().unwrap().force_breaker_open();
            Answer::error("NOSCRIPT No matching script.")
        }
        _ => Answer::simple("PONG"),
    })
    .unwrap();
    let redis = RedisService::connect(fixture::config(&server.url())).await.unwrap();
    breaks.set(redis.clone()).unwrap();
    let (known, unknown) = (ADD.call().key("known"), PUT.call().key("unknown"));
    let both = [known, unknown.clone()];
    let replies = redis.extension().run_scripts(&both).await.unwrap();
    assert!(replies[0].is_ok());
    let error = replies[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::CircuitOpen, Outcome::NotApplied));
    redis.reset_breaker();
    let error = redis.extension().run_scripts(&[unknown]).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::CircuitOpen, Outcome::NotApplied));
}

#[dual]
#[scenario]
async fn a_command_past_the_breaker_is_answered_or_refused_as_it_is() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.force_breaker_open();
    let set = Command::new("SET").key("key").arg("1").in_category(RetryCategory::Never);
    redis.extension().run_past_breaker(&set).await.unwrap();
    let get = redis.extension().run_past_breaker(&Command::new("GET").key("key")).await.unwrap();
    assert_eq!(get.into_bytes().unwrap().as_deref(), Some(&b"1"[..]));
    let error =
        redis.extension().run_past_breaker(&Command::new("HGET").key("key").arg("f")).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::WrongType, Some("HGET")));
    let error = redis.get::<u32>("key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    redis.close().await;
    let error = redis.extension().run_past_breaker(&Command::new("PING")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

/// Reads a key in the background, and stores what it found.
struct Look {
    redis: RedisService,
    found: Arc<OnceLock<Option<u32>>>,
}

#[dual(AFIT)]
impl Task for Look {
    const THREAD: &'static str = "look";

    async fn run(self) {
        let found = self.redis.get("key").await.unwrap();
        self.found.set(found).unwrap();
    }
}

#[dual]
#[scenario]
async fn a_task_runs_in_the_background_with_the_service() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &7, HOUR).await.unwrap();
    let found = Arc::<OnceLock<_>>::default();
    redis.extension().spawn(Look { redis: redis.clone(), found: Arc::clone(&found) });
    eventually("the task has read the key", || found.get().is_some()).await;
    assert_eq!(found.get(), Some(&Some(7)));
}

#[dual]
#[scenario]
async fn calls_for_others_take_the_deadline_of_the_configuration() {
    let server = fixture::server();
    let hasty = fixture::connect(&server).await.namespace("app").with_deadline(Duration::from_nanos(1));
    hasty.set_raw("key", "value", HOUR).await.unwrap_err();
    let patient = hasty.extension().with_own_deadline();
    patient.set_raw("key", "value", HOUR).await.unwrap();
    let stored = server.cli().unwrap().text(&["GET", "app:key"]).unwrap();
    assert_eq!(stored, "value", "the namespace stays");
}

/// Channel, pattern and payload of a message.
type Heard = (Vec<u8>, Option<Vec<u8>>, Vec<u8>);

#[dual]
#[scenario]
async fn raw_events_hold_the_bytes_that_were_published() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let heard = Arc::<Mutex<Vec<Heard>>>::default();
    let hearing = Arc::clone(&heard);
    let listen = move |event| {
        if let Ok(RawEvent::Message { channel, pattern, payload, .. }) = event {
            hearing.lock().unwrap().push((channel, pattern, payload));
        }
    };
    let to = Subscribe::to([&b"\xff"[..]]).pattern(&b"\xfe*"[..]);
    let handle = redis.extension().subscribe(to, listen).await.unwrap();
    let mut cli = server.cli().unwrap();
    cli.call(&[&b"PUBLISH"[..], b"\xff", b"\x00"]).unwrap();
    cli.call(&[&b"PUBLISH"[..], b"\xfe\xfd", b"2"]).unwrap();
    eventually("both messages are received", || heard.lock().unwrap().len() == 2).await;
    let first = (b"\xff".to_vec(), None, b"\x00".to_vec());
    let second = (b"\xfe\xfd".to_vec(), Some(b"\xfe*".to_vec()), b"2".to_vec());
    assert_eq!(*heard.lock().unwrap(), [first, second]);
    drop(handle);

    redis.force_breaker_open();
    let error = redis.extension().subscribe(Subscribe::to(["a"]), drop).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::CircuitOpen, Some("subscribe")));
}
