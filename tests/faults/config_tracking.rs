//! The server's tracking of keys as a second way to be told: where announcements are off, and where it is refused.

use std::time::{Duration, Instant};

use redis_config_store::{
    Commit, StoreOptions, Watch, WatchEvent,
    status::{Notifications, Tracking},
    watch::ResetReason,
};
use redis_service::ErrorKind;
use redis_testkit::{Options, Server};

use crate::{ConfigStore, RedisService, dual, faults::bench::eventually, fixture, scenario};

/// So long that whatever is told was not found by looking.
const INTERVAL: Duration = Duration::from_secs(3600);

/// What a busy machine needs.
const SOON: Duration = Duration::from_secs(5);

#[dual]
async fn open(url: &str) -> ConfigStore {
    let redis = RedisService::connect(fixture::config(url)).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Has a watcher of `store` told of a change by `writer`, at once.
#[dual]
async fn is_told(store: &ConfigStore, writer: &ConfigStore) {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    // Nothing is told that was lost before it was listened to.
    eventually("it is asked", || !matches!(store.status().tracking, Tracking::Unknown)).await;
    let started = Instant::now();
    let put = writer.commit(Commit::new().put("count", &0).unwrap().forced()).await.unwrap();
    let mut event = watcher.next_event().await;
    // What was lost before it began.
    if let Some(WatchEvent::Reset(_)) = event {
        event = watcher.next_event().await;
    }
    let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
    assert_eq!(change.revision, put.revision);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[dual]
#[scenario]
async fn without_announcements_a_change_is_told_at_once() {
    let server = fixture::server();
    let (store, writer) = (open(&server.url()).await, open(&server.url()).await);
    for _ in 0..3 {
        is_told(&store, &writer).await;
    }
    let status = store.status();
    assert!(matches!(status.tracking, Tracking::On), "{status:?}");
    assert!(matches!(status.notifications, Notifications::Missing(_)), "{status:?}");
    assert!(status.is_fresh() && status.missed_hints == 0, "{status:?}");
}

#[dual]
#[scenario]
async fn a_flush_is_told_at_once() {
    let server = fixture::server();
    let (store, writer) = (open(&server.url()).await, open(&server.url()).await);
    writer.put("count", &0).await.unwrap();
    for command in ["FLUSHALL", "FLUSHDB"] {
        is_told(&store, &writer).await;
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        watcher.next_event().await.unwrap();
        let started = Instant::now();
        server.cli().unwrap().call(&[command]).unwrap();
        let event = watcher.next_event().await;
        let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
        assert_eq!((reset.reason, reset.after.len()), (ResetReason::Emptied, 0), "{command}");
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
}

#[dual]
#[scenario]
async fn a_connection_that_was_lost_tracks_again() {
    let server = fixture::server();
    let (store, writer) = (open(&server.url()).await, open(&server.url()).await);
    is_told(&store, &writer).await;
    for _ in 0..3 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        is_told(&store, &writer).await;
    }
    assert!(matches!(store.status().tracking, Tracking::On));
}

#[dual]
#[scenario]
async fn whoever_may_not_track_listens_and_says_so() {
    let notifying = Options::default().config("notify-keyspace-events", "Ktgxe");
    let rules = "~* &* +@all -client|tracking";
    let server = Server::start(notifying.user("app", "secret", rules)).unwrap();
    let (store, writer) = (open(&server.url_as("app", "secret")).await, open(&server.url()).await);
    is_told(&store, &writer).await;
    let status = store.status();
    let Tracking::Refused(error) = &status.tracking else { panic!("{status:?}") };
    assert_eq!(error.service().map(redis_service::Error::kind), Some(ErrorKind::Permission));
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
}

#[dual]
#[scenario]
async fn a_server_that_is_too_old_is_listened_to() {
    let notifying = Options::default().config("notify-keyspace-events", "Ktgxe");
    let server = Server::start(notifying.config("rename-command", "HELLO \"\"")).unwrap();
    let (store, writer) = (open(&server.url()).await, open(&server.url()).await);
    is_told(&store, &writer).await;
    let status = store.status();
    let Tracking::Refused(error) = &status.tracking else { panic!("{status:?}") };
    assert_eq!(error.service().map(redis_service::Error::kind), Some(ErrorKind::Unsupported));
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
}

#[dual]
#[scenario]
async fn whoever_may_not_listen_tracks() {
    let rules = "~* +@all resetchannels";
    let server = Server::start(Options::default().user("app", "secret", rules)).unwrap();
    let (store, writer) = (open(&server.url_as("app", "secret")).await, open(&server.url()).await);
    is_told(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.tracking, Tracking::On), "{status:?}");
    assert!(matches!(status.notifications, Notifications::Refused(_)), "{status:?}");
}

#[dual]
#[scenario]
async fn announcements_that_stop_are_noticed_by_who_tracks() {
    let server = Server::start(Options::default().config("notify-keyspace-events", "Ktgxe")).unwrap();
    let (store, writer) = (open(&server.url()).await, open(&server.url()).await);
    is_told(&store, &writer).await;
    eventually("it is announced", || matches!(store.status().notifications, Notifications::Working)).await;
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", ""]).unwrap();
    is_told(&store, &writer).await;
    eventually("it is noticed", || matches!(store.status().notifications, Notifications::Missing(_))).await;
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", "Ktgxe"]).unwrap();
    is_told(&store, &writer).await;
    eventually("it is announced", || matches!(store.status().notifications, Notifications::Working)).await;
    assert_eq!(store.status().missed_hints, 0);
}
