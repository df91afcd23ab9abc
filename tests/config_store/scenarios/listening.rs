//! Stores of one service share one subscription: each receives what concerns it while others come and go, and nothing
//! is left behind.

use std::time::{Duration, Instant};

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    status::{Notifications, Tracking},
};
use redis_testkit::Server;

use crate::{
    ConfigStore, RedisService, Watcher, dual,
    fixture::{self, eventually, notifying_options},
    scenario,
};

/// So long that no change is found by a regular read.
const INTERVAL: Duration = Duration::from_secs(3600);

/// The delay of a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// The number of channels that each subscribed client has.
fn listening(server: &Server) -> Vec<u32> {
    let list = server.cli().unwrap().text(&["CLIENT", "LIST"]).unwrap();
    let channels = |client: &str| {
        let count = client.split(' ').find_map(|field| field.strip_prefix("sub="));
        count.map_or(0, |count| count.parse::<u32>().unwrap())
    };
    list.lines().map(channels).filter(|channels| *channels > 0).collect()
}

#[dual]
async fn open(redis: &RedisService, namespace: &str) -> ConfigStore {
    ConfigStore::open_with(redis, namespace, StoreOptions::default().with_interval(INTERVAL)).await.unwrap()
}

/// A watcher of everything that has received the state.
#[dual]
async fn watch(store: &ConfigStore) -> Watcher {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    watcher
}

/// Puts a value through another store, and checks that the watcher receives it at once.
#[dual]
async fn is_told(watcher: &mut Watcher, writer: &ConfigStore) {
    let started = Instant::now();
    let put = writer.put("at", &fastrand::u64(..)).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
    assert_eq!(change.revision, put.revision);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// Stores of ten namespaces on handles of one service, and for each a store of another service.
#[dual]
async fn ten(redis: &RedisService, other: &RedisService) -> Vec<(ConfigStore, ConfigStore)> {
    let mut stores = Vec::new();
    for number in 0..10_u64 {
        let name = format!("n{number}");
        let (one, two) = match number % 3 {
            0 => (redis.clone(), other.clone()),
            1 => (redis.namespace("x"), other.namespace("x")),
            _ => (redis.with_deadline(Duration::from_secs(3)), other.clone()),
        };
        stores.push((open(&one, &name).await, open(&two, &name).await));
    }
    stores
}

#[dual]
#[scenario]
async fn ten_stores_of_one_service_listen_on_one_connection() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let stores = ten(&redis, &other).await;
    let mut watchers = Vec::new();
    for (store, _) in &stores {
        watchers.push(watch(store).await);
    }
    eventually("one connection subscribes for all stores", || listening(&server) == [10]).await;
    for ((store, writer), watcher) in stores.iter().zip(&mut watchers) {
        is_told(watcher, writer).await;
        let is_on = || matches!(store.status().tracking, Tracking::On);
        eventually("tracking is on", is_on).await;
        let is_working = || matches!(store.status().notifications, Notifications::Working);
        eventually("notifications work", is_working).await;
        assert_eq!(store.status().missed_hints, 0);
    }
    // Another of the same namespace needs nothing more.
    let again = open(&redis, "n0").await;
    let mut watcher = watch(&again).await;
    is_told(&mut watcher, &stores[0].1).await;
    assert_eq!(listening(&server), [10]);
}

#[dual]
#[scenario]
async fn a_new_watcher_receives_changes_and_disturbs_no_other() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let (first, writer) = (open(&redis, "first").await, open(&other, "first").await);
    let mut watcher = watch(&first).await;
    let mut joined = Vec::new();
    for number in 0..60_u64 {
        is_told(&mut watcher, &writer).await;
        if number % 3 == 0 {
            let name = format!("late{number}");
            let (late, writer) = (open(&redis, &name).await, open(&other, &name).await);
            let mut watcher = watch(&late).await;
            is_told(&mut watcher, &writer).await;
            joined.push((late, writer, watcher));
        }
    }
    for (_, writer, watcher) in &mut joined {
        is_told(watcher, writer).await;
    }
    is_told(&mut watcher, &writer).await;
    eventually("one connection subscribes for all stores", || listening(&server) == [21]).await;
    assert_eq!(first.status().missed_hints, 0);
}

#[dual]
#[scenario]
async fn nothing_listens_once_all_stores_are_closed() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    for _ in 0..3 {
        let stores = ten(&redis, &other).await;
        let mut watchers = Vec::new();
        for (store, _) in &stores {
            watchers.push(watch(store).await);
        }
        let (last, rest) = stores.split_last().unwrap();
        for (store, _) in rest {
            store.close();
        }
        // The remaining stores still receive changes.
        is_told(watchers.last_mut().unwrap(), &last.1).await;
        last.0.close();
        eventually("no subscription is left", || listening(&server).is_empty()).await;
        redis.ping().await.unwrap();
    }
}

#[dual]
#[scenario]
async fn closing_the_service_ends_it() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let stores = ten(&redis, &other).await;
    let mut watchers = Vec::new();
    for (store, _) in &stores {
        watchers.push(watch(store).await);
    }
    redis.close().await;
    for watcher in &mut watchers {
        let event = watcher.next_event().await;
        assert!(event.is_none(), "{event:?}");
    }
    other.close().await;
    eventually("no connection is left", || fixture::connections(&server) == 0).await;
}

#[dual]
#[scenario]
async fn dropping_every_handle_leaves_no_connection() {
    let server = fixture::notifying_server();
    {
        let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
        let stores = ten(&redis, &other).await;
        let mut watchers = Vec::new();
        for (store, _) in &stores {
            watchers.push(watch(store).await);
        }
        drop((redis, other));
        // The stores are handles as well.
        is_told(&mut watchers[0], &stores[0].1).await;
    }
    eventually("no connection is left", || fixture::connections(&server) == 0).await;
}

#[dual]
#[scenario]
async fn a_store_that_may_not_listen_takes_nothing_from_one_that_may() {
    let rules = "~* +@all resetchannels &__keyspace@0__:{cs:allowed}:log";
    for client in ["", " -client|tracking"] {
        let options = notifying_options();
        let server = Server::start(options.with_user("app", "secret", format!("{rules}{client}"))).unwrap();
        let other = fixture::connect(&server).await;
        for names in [["allowed", "refused"], ["refused", "allowed"]] {
            let config = fixture::config(&server.url_as("app", "secret"));
            let redis = RedisService::connect(config).await.unwrap();
            let options = StoreOptions::default().with_interval(Duration::from_millis(600));
            let (mut stores, mut watchers) = (Vec::new(), Vec::new());
            for name in names {
                let store = ConfigStore::open_with(&redis, name, options.clone()).await.unwrap();
                watchers.push(watch(&store).await);
                stores.push(store);
            }
            for _ in 0..3 {
                for (name, watcher) in names.into_iter().zip(&mut watchers) {
                    let writer = open(&other, name).await;
                    is_told(watcher, &writer).await;
                }
            }
            for (name, store) in names.into_iter().zip(&stores) {
                let is_as_it_should = || match store.status().notifications {
                    Notifications::Working => name == "allowed",
                    Notifications::Refused(_) => name == "refused",
                    _ => false,
                };
                eventually("the status shows what the user may receive", is_as_it_should).await;
                let is_tracked = matches!(store.status().tracking, Tracking::On);
                assert_eq!(is_tracked, client.is_empty(), "{:?}", store.status());
            }
            eventually("one connection subscribes", || listening(&server) == [1]).await;
        }
    }
}

#[dual]
#[scenario]
async fn after_its_connection_was_killed_every_store_looks() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let stores = ten(&redis, &other).await;
    let mut watchers = Vec::new();
    for (store, _) in &stores {
        watchers.push(watch(store).await);
    }
    eventually("one connection subscribes for all stores", || listening(&server) == [10]).await;
    for _ in 0..3 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        for ((_, writer), watcher) in stores.iter().zip(&mut watchers) {
            is_told(watcher, writer).await;
        }
    }
    eventually("one connection subscribes for all stores", || listening(&server) == [10]).await;
}
