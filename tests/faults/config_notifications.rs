//! Announcements that do not come: the store finds changes by looking, within an interval, and says why.

use std::time::{Duration, Instant};

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    status::{Eviction, Notifications},
};
use redis_testkit::{Options, Server};

use crate::{ConfigStore, RedisService, dual, fixture, scenario, sleep};

const INTERVAL: Duration = Duration::from_millis(600);

/// An interval, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(3);

/// A user whom the server tracks no keys for.
fn untracked(options: Options) -> Options {
    options.user("app", "secret", "~* &* +@all -client|tracking")
}

#[dual]
async fn open(url: &str) -> ConfigStore {
    let redis = RedisService::connect(fixture::config(url)).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Has a watcher of `store` told of some changes by `writer`, each soon.
#[dual]
async fn converges(store: &ConfigStore, writer: &ConfigStore) {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    for number in 0..3 {
        let started = Instant::now();
        let put = writer.update("count", |count: u64| count + 1).await.unwrap();
        let event = watcher.next_event().await;
        let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
        assert_eq!(change.revision, put.revision, "{number}");
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
}

#[dual]
#[scenario]
async fn announcements_that_are_off_are_told_and_done_without() {
    let server = Server::start(untracked(Options::default())).unwrap();
    let (store, writer) = (open(&server.url_as("app", "secret")).await, open(&server.url()).await);
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(&status.notifications, Notifications::Missing(flags) if flags == "Ktgxe"), "{status:?}");
    assert!(status.is_fresh(), "{status:?}");
}

#[dual]
#[scenario]
async fn announcements_that_are_switched_off_are_noticed() {
    let notifying = Options::default().config("notify-keyspace-events", "Ktgxe");
    let server = Server::start(untracked(notifying)).unwrap();
    let (store, writer) = (open(&server.url_as("app", "secret")).await, open(&server.url()).await);
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", ""]).unwrap();
    converges(&store, &writer).await;
    while !matches!(store.status().notifications, Notifications::Missing(_)) {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(store.status().missed_hints > 0);
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", "Ktgxe"]).unwrap();
    converges(&store, &writer).await;
    while !matches!(store.status().notifications, Notifications::Working) {
        sleep(Duration::from_millis(5)).await;
    }
}

#[dual]
#[scenario]
async fn a_user_who_may_not_listen_or_ask_is_told_and_served() {
    let rules = "~* +@all -config -info -client|tracking resetchannels";
    let server = Server::start(Options::default().user("app", "secret", rules)).unwrap();
    let (store, writer) = (open(&server.url_as("app", "secret")).await, open(&server.url()).await);
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.notifications, Notifications::Refused(_)), "{status:?}");
    assert!(status.is_fresh() && status.eviction == Eviction::Unknown, "{status:?}");
}

#[dual]
#[scenario]
async fn a_user_who_may_only_read_watches() {
    let rules = "~{cs:billing}:* &__keyspace@0__:{cs:billing}:log +@read +ping +evalsha +eval +subscribe";
    let notifying = Options::default().config("notify-keyspace-events", "Ktgxe");
    let server = Server::start(notifying.user("reader", "secret", rules)).unwrap();
    let (store, writer) = (open(&server.url_as("reader", "secret")).await, open(&server.url()).await);
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
    let read = store.fetch::<u64>("count").await.unwrap().unwrap();
    assert_eq!(read.value, 3);
    let error = store.put("count", &0).await.unwrap_err();
    assert!(error.service().is_some(), "{error}");
    assert_eq!(server.cli().unwrap().text(&["HGET", "{cs:billing}:cur", "#revision"]).unwrap(), "4");
}

#[dual]
#[scenario]
async fn a_user_needs_few_rights_to_commit() {
    let rules = "~{cs:billing}:* +ping +evalsha +eval +time +@read +@write";
    let server = Server::start(Options::default().user("writer", "secret", rules)).unwrap();
    let writer = open(&server.url_as("writer", "secret")).await;
    writer.put("count", &0).await.unwrap();
    writer.update("count", |count: u64| count + 1).await.unwrap();
    let back = writer.rollback("count", 1).await.unwrap();
    assert_eq!(back.number, 3);
}

#[dual]
#[scenario]
async fn a_server_that_may_evict_is_told() {
    let server = Server::start(Options::default().config("maxmemory-policy", "allkeys-lru")).unwrap();
    let store = open(&server.url()).await;
    assert_eq!(store.status().eviction, Eviction::Possible("allkeys-lru".to_owned()));
    let store = open(&fixture::server().url()).await;
    assert_eq!(store.status().eviction, Eviction::Safe);
}
