//! A service starts while Redis is down: it serves its snapshot file, and its status says so.

use std::{fs, time::Duration};

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    read::{ReadPolicy, Source},
    status::Freshness,
    watch::ResetReason,
};
use redis_testkit::{Options, Server};

use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, HOUR, TempFile, eventually},
    scenario,
};

#[dual]
pub(super) async fn open(server: &Server, file: &TempFile) -> redis_config_store::error::Result<ConfigStore> {
    let mut config = fixture::config(&server.url());
    config.lazy = true;
    config.deadline = Duration::from_millis(300);
    config.health_check_interval = None;
    let redis = RedisService::connect(config).await.unwrap();
    let options =
        StoreOptions::default().with_interval(Duration::from_millis(200)).with_snapshot_file(file.path());
    ConfigStore::open_with(&redis, "billing", options).await
}

/// A store puts a value, follows it, and leaves its snapshot file.
#[dual]
pub(super) async fn is_left(file: &TempFile, server: &Server, limits: u32) {
    let store = open(server, file).await.unwrap();
    store.put("limits", &limits).await.unwrap();
    let _live = store.live::<u32>("limits").await.unwrap();
    eventually("the snapshot file is written", || file.path().exists()).await;
}

#[dual]
#[scenario]
async fn the_snapshot_is_served_while_redis_is_down() {
    let server = Server::start(Options::default().with_persistence(true)).unwrap();
    let file = TempFile::new();
    let store = open(&server, &file).await.unwrap();
    let put = store.put("limits", &7).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert_eq!(live.load().unwrap().source, Source::Local);
    eventually("the snapshot file is written", || file.path().exists()).await;
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
    live.load_within(HOUR).unwrap_err();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (7, Source::Disk));
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    assert_eq!(state.get("limits").unwrap().version(), put);

    server.restart().unwrap();
    eventually("the live value is fresh", || live.status().is_fresh()).await;
    assert_eq!(live.load().unwrap().source, Source::Local);
    store.put("limits", &8).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
}

#[dual]
#[scenario]
async fn a_store_that_has_a_file_opens_while_redis_is_silent() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    let mut config = fixture::config(&server.url());
    config.lazy = true;
    // If it asked Redis, it would not return.
    config.deadline = Duration::from_secs(3600);
    config.connect_timeout = config.deadline;
    let redis = RedisService::connect(config).await.unwrap();
    server.freeze().unwrap();
    let options = StoreOptions::default().with_snapshot_file(file.path());
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source, known.age), (7, Source::Disk, Duration::MAX));
    server.thaw().unwrap();
}

#[dual]
#[scenario]
async fn what_redis_lost_meanwhile_is_reported() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    let store = open(&server, &file).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let status = live.status();
    assert!(matches!(status.store.freshness, Freshness::Reset(_)) && !status.is_fresh(), "{status:?}");
    // The last good value stays, and its status says that it is lost, also when other keys are there again.
    assert_eq!(live.load().unwrap().value, 7);
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    store.put("other", &1).await.unwrap();
    eventually("the store is fresh", || live.status().store.is_fresh()).await;
    let error = live.load_within(HOUR).unwrap_err();
    assert!(error.is_integrity() && live.load().unwrap().value == 7, "{error}");
    store.put("limits", &8).await.unwrap();
    eventually("the live value is 8", || live.load().unwrap().value == 8).await;
    assert!(live.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_watcher_receives_what_redis_lost_since_the_file_was_written() {
    let server = fixture::server();
    let file = TempFile::new();
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
async fn a_log_that_was_broken_since_the_file_was_written_is_reported_once() {
    let server = fixture::server();
    let file = TempFile::new();
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
    let file = TempFile::new();
    let store = open(&server, &file).await.unwrap();
    store.put("limits", &0).await.unwrap();
    let dump = |key| match server.cli().unwrap().call(&["DUMP", key]).unwrap() {
        redis_testkit::Value::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    let older = ["{cs:billing}:cur", "{cs:billing}:log"].map(|key| (key, dump(key)));
    store.put("limits", &100).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let ends_with = |end: &[u8]| fs::read(file.path()).is_ok_and(|bytes| bytes.ends_with(end));
    eventually("the file holds 100", || ends_with(b"100")).await;
    let mut cli = server.cli().unwrap();
    for (key, bytes) in &older {
        cli.call(&[b"RESTORE", key.as_bytes(), b"0", bytes, b"REPLACE"]).unwrap();
    }
    let other = ConfigStore::open(&fixture::connect(&server).await, "billing").await.unwrap();
    other.put("limits", &200).await.unwrap();
    eventually("the file holds 200", || ends_with(b"200")).await;
    assert_eq!(live.load().unwrap().value, 200);
}

#[dual]
#[scenario]
async fn a_file_that_cannot_be_written_is_reported() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = StoreOptions::default().with_snapshot_file("/nowhere/at/all");
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &7).await.unwrap();
    let _live = store.live::<u32>("limits").await.unwrap();
    eventually("the status shows a snapshot error", || store.status().snapshot_error.is_some()).await;
    assert_eq!(store.status().snapshot_error.unwrap().kind(), redis_config_store::StoreErrorKind::Disk);
}

#[dual]
#[scenario]
async fn a_live_value_begins_while_the_server_is_down() {
    let server = fixture::notifying_server();
    let writer = fixture::open_store(&server.url(), HOUR).await;
    let config = fixture::config(&server.url()).with_lazy(true).with_deadline(Duration::from_millis(300));
    server.kill().unwrap();
    let redis = RedisService::connect(config).await.unwrap();
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert!(live.load().is_none() && matches!(live.status().store.freshness, Freshness::NotReady));
    server.restart().unwrap();
    eventually("the live value is fresh", || live.status().is_fresh()).await;
    writer.put("limits", &7).await.unwrap();
    eventually("the value is there", || live.load().is_some_and(|value| value.value == 7)).await;
}
