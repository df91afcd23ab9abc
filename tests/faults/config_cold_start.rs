//! A service starts while Redis is down, with what it knew last, and is told that it did.

use std::{fs, path::PathBuf, time::Duration};

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    read::{ReadPolicy, Source},
    status::Freshness,
    watch::ResetReason,
};
use redis_testkit::{Options, Server};

use crate::{ConfigStore, RedisService, dual, fixture, scenario, sleep};

/// A file that is gone when the test is over.
struct Kept(PathBuf);

impl Kept {
    fn new(name: &str) -> Self {
        let (process, thread) = (std::process::id(), std::thread::current().id());
        Self(std::env::temp_dir().join(format!("config-{process}-{thread:?}-{name}")))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[dual]
async fn open(server: &Server, file: &Kept) -> redis_config_store::error::Result<ConfigStore> {
    let mut config = fixture::config(&server.url());
    config.lazy = true;
    config.deadline = Duration::from_millis(300);
    config.health_check_interval = None;
    let redis = RedisService::connect(config).await.unwrap();
    let options =
        StoreOptions::default().with_interval(Duration::from_millis(200)).with_snapshot_file(&file.0);
    ConfigStore::open_with(&redis, "billing", options).await
}

/// A store puts a value, follows it, and leaves its file.
#[dual]
async fn is_left(file: &Kept, server: &Server, limits: u32) {
    let store = open(server, file).await.unwrap();
    store.put("limits", &limits).await.unwrap();
    let _live = store.live::<u32>("limits").await.unwrap();
    while !file.0.exists() {
        sleep(Duration::from_millis(1)).await;
    }
}

#[dual]
#[scenario]
async fn what_was_known_last_is_there_while_redis_is_down() {
    let server = Server::start(Options::default().persistent(true)).unwrap();
    let file = Kept::new("known");
    let store = open(&server, &file).await.unwrap();
    let put = store.put("limits", &7).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert_eq!(live.load().unwrap().source, Source::Local);
    while !file.0.exists() {
        sleep(Duration::from_millis(1)).await;
    }
    drop((live, store));
    server.kill().unwrap();

    let store = open(&server, &file).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let current = live.load().unwrap();
    assert_eq!((current.value, current.version, current.source), (7, put, Source::Disk));
    assert_eq!(current.age, Duration::MAX);
    let status = live.status();
    assert!(
        matches!(status.store.freshness, Freshness::NotReady) && status.store.age.is_none(),
        "{status:?}"
    );
    live.load_within(Duration::from_secs(3600)).unwrap_err();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (7, Source::Disk));
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    assert_eq!(state.get("limits").unwrap().version(), put);

    server.restart().unwrap();
    while !live.status().is_fresh() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(live.load().unwrap().source, Source::Local);
    store.put("limits", &8).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
}

#[dual]
#[scenario]
async fn a_store_that_has_a_file_opens_while_redis_is_silent() {
    let server = fixture::server();
    let file = Kept::new("silent");
    is_left(&file, &server, 7).await;
    let mut config = fixture::config(&server.url());
    config.lazy = true;
    // If it asked Redis, it would never come back.
    config.deadline = Duration::from_secs(3600);
    config.connect_timeout = config.deadline;
    let redis = RedisService::connect(config).await.unwrap();
    server.freeze().unwrap();
    let options = StoreOptions::default().with_snapshot_file(&file.0);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source, known.age), (7, Source::Disk, Duration::MAX));
    server.thaw().unwrap();
}

#[dual]
#[scenario]
async fn what_redis_lost_meanwhile_is_told() {
    let server = fixture::server();
    let file = Kept::new("lost");
    is_left(&file, &server, 7).await;
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    let store = open(&server, &file).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let status = live.status();
    assert!(matches!(status.store.freshness, Freshness::Reset(_)) && !status.is_fresh(), "{status:?}");
    // The last good value is kept, and said to be lost, also when others are there again.
    assert_eq!(live.load().unwrap().value, 7);
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    store.put("other", &1).await.unwrap();
    while !live.status().store.is_fresh() {
        sleep(Duration::from_millis(1)).await;
    }
    let error = live.load_within(Duration::from_secs(3600)).unwrap_err();
    assert!(error.is_integrity() && live.load().unwrap().value == 7, "{error}");
    store.put("limits", &8).await.unwrap();
    while live.load().unwrap().value != 8 {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(live.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_watcher_is_told_what_redis_lost_since_the_file_was_written() {
    let server = fixture::server();
    let file = Kept::new("told");
    is_left(&file, &server, 7).await;
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    let store = open(&server, &file).await.unwrap();
    for watch in [Watch::all().log(), Watch::all()] {
        let mut watcher = store.watch(watch).await.unwrap();
        let event = watcher.next_event().await;
        assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
        let event = watcher.next_event().await;
        let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
        assert_eq!(reset.reason, ResetReason::Emptied);
    }
}

#[dual]
#[scenario]
async fn a_log_that_was_broken_since_the_file_was_written_is_told_once() {
    let server = fixture::server();
    let file = Kept::new("broken");
    is_left(&file, &server, 1).await;
    let writer = ConfigStore::open(&fixture::connect(&server).await, "billing").await.unwrap();
    for number in 2..=4 {
        writer.put("limits", &number).await.unwrap();
    }
    server.cli().unwrap().call(&["XDEL", "{cs:billing}:log", "2-0"]).unwrap();
    let store = open(&server, &file).await.unwrap();
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    assert_eq!(state.revision(), 1);
    let event = watcher.next_event().await;
    let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.after.revision()), (ResetReason::LogBroken, 4));
    writer.put("limits", &5).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
}

#[dual]
#[scenario]
async fn the_file_follows_what_redis_holds_also_under_the_same_revision() {
    let server = fixture::server();
    let file = Kept::new("forked");
    let store = open(&server, &file).await.unwrap();
    store.put("limits", &0).await.unwrap();
    let dump = |key| match server.cli().unwrap().call(&["DUMP", key]).unwrap() {
        redis_testkit::Value::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    let older = ["{cs:billing}:cur", "{cs:billing}:log"].map(|key| (key, dump(key)));
    store.put("limits", &100).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let ends_with = |end: &[u8]| fs::read(&file.0).is_ok_and(|bytes| bytes.ends_with(end));
    while !ends_with(b"100") {
        sleep(Duration::from_millis(1)).await;
    }
    let mut cli = server.cli().unwrap();
    for (key, bytes) in &older {
        cli.call(&[b"RESTORE", key.as_bytes(), b"0", bytes, b"REPLACE"]).unwrap();
    }
    let other = ConfigStore::open(&fixture::connect(&server).await, "billing").await.unwrap();
    other.put("limits", &200).await.unwrap();
    while !ends_with(b"200") {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(live.load().unwrap().value, 200);
}

#[dual]
#[scenario]
async fn a_file_that_cannot_be_written_is_told() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = StoreOptions::default().with_snapshot_file("/nowhere/at/all");
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &7).await.unwrap();
    let _live = store.live::<u32>("limits").await.unwrap();
    while store.status().snapshot_error.is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(store.status().snapshot_error.unwrap().kind(), redis_config_store::StoreErrorKind::Disk);
}

#[dual]
#[scenario]
async fn a_damaged_file_is_an_error_and_not_a_configuration() {
    let server = fixture::server();
    let file = Kept::new("damaged");
    fs::write(&file.0, b"redis-config-store 1 canary\n").unwrap();
    let error = open(&server, &file).await.unwrap_err();
    assert_eq!(error.kind(), redis_config_store::StoreErrorKind::Disk);
    assert!(!error.to_string().contains("canary"));
}
