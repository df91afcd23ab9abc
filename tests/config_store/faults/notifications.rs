//! Announcements do not come: the store finds changes by reading within an interval, and its status says why.

use std::time::{Duration, Instant};

use redis_config_store::{
    Watch, WatchEvent,
    status::{Eviction, Notifications},
};
use redis_testkit::{Options, Server};

use crate::{
    ConfigStore, dual,
    fixture::{self, NOTIFY, eventually, notifying_options, open_store},
    scenario,
};

const INTERVAL: Duration = Duration::from_millis(600);

/// An interval, plus the delay of a busy machine.
const SOON: Duration = Duration::from_secs(3);

/// Adds a user without the right to track keys.
fn untracked(options: Options) -> Options {
    options.with_user("app", "secret", "~* &* +@all -client|tracking")
}

/// Checks that a watcher of `store` receives several changes of `writer`, each soon.
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
async fn missing_announcements_are_reported_and_done_without() {
    let server = Server::start(untracked(Options::default())).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(&status.notifications, Notifications::Missing(flags) if flags == NOTIFY), "{status:?}");
    assert!(status.is_fresh(), "{status:?}");
}

#[dual]
#[scenario]
async fn announcements_that_are_switched_off_are_noticed() {
    let options = notifying_options();
    let server = Server::start(untracked(options)).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", ""]).unwrap();
    converges(&store, &writer).await;
    eventually("the store misses notifications", || {
        matches!(store.status().notifications, Notifications::Missing(_))
    })
    .await;
    assert!(store.status().missed_hints > 0);
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", NOTIFY]).unwrap();
    converges(&store, &writer).await;
    eventually("notifications work", || matches!(store.status().notifications, Notifications::Working)).await;
}

#[dual]
#[scenario]
async fn a_user_who_may_not_listen_or_ask_is_served_and_the_status_says_so() {
    let rules = "~* +@all -config -info -client|tracking resetchannels";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
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
    let options = notifying_options();
    let server = Server::start(options.with_user("reader", "secret", rules)).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("reader", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    // The change may be found before its notification arrives.
    eventually("notifications arrive", || matches!(store.status().notifications, Notifications::Working))
        .await;
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
    let server = Server::start(Options::default().with_user("writer", "secret", rules)).unwrap();
    let writer = open_store(&server.url_as("writer", "secret"), INTERVAL).await;
    writer.put("count", &0).await.unwrap();
    writer.update("count", |count: u64| count + 1).await.unwrap();
    let back = writer.rollback("count", 1).await.unwrap();
    assert_eq!(back.number, 3);
}

#[dual]
#[scenario]
async fn a_server_that_may_evict_is_reported() {
    let server = Server::start(Options::default().with_config("maxmemory-policy", "allkeys-lru")).unwrap();
    let store = open_store(&server.url(), INTERVAL).await;
    assert_eq!(store.status().eviction, Eviction::Possible("allkeys-lru".to_owned()));
    let store = open_store(&fixture::server().url(), INTERVAL).await;
    assert_eq!(store.status().eviction, Eviction::Safe);
}
