//! Stores on one service listen on one connection: each is told what concerns it, whoever comes or goes, and nothing is
//! left of it.

use std::time::{Duration, Instant};

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    status::{Notifications, Tracking},
};
use redis_testkit::{Options, Server};

use crate::{ConfigStore, RedisService, Watcher, dual, faults::bench::eventually, fixture, scenario, sleep};

/// So long that whatever is told was not found by looking.
const INTERVAL: Duration = Duration::from_secs(3600);

/// What a busy machine needs.
const SOON: Duration = Duration::from_secs(5);

fn server() -> Server {
    Server::start(Options::default().config("notify-keyspace-events", "Ktgxe")).unwrap()
}

/// The clients that listen to channels; of each, to how many.
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

/// A watcher of everything, that was told how things are.
#[dual]
async fn watch(store: &ConfigStore) -> Watcher {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    watcher
}

/// Has somebody else put something, and the watcher told at once.
#[dual]
async fn is_told(watcher: &mut Watcher, writer: &ConfigStore) {
    let started = Instant::now();
    let put = writer.put("at", &fastrand::u64(..)).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
    assert_eq!(change.revision, put.revision);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// The stores of ten namespaces, on handles of one service, and for each one of another service.
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
    let server = server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let stores = ten(&redis, &other).await;
    let mut watchers = Vec::new();
    for (store, _) in &stores {
        watchers.push(watch(store).await);
    }
    eventually("one listens for all", || listening(&server) == [10]).await;
    for ((store, writer), watcher) in stores.iter().zip(&mut watchers) {
        is_told(watcher, writer).await;
        let is_on = || matches!(store.status().tracking, Tracking::On);
        eventually("it is tracked", is_on).await;
        let is_working = || matches!(store.status().notifications, Notifications::Working);
        eventually("it is announced", is_working).await;
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
async fn who_joins_hears_and_keeps_nobody_from_hearing() {
    let server = server();
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
    eventually("one listens for all", || listening(&server) == [21]).await;
    assert_eq!(first.status().missed_hints, 0);
}

#[dual]
#[scenario]
async fn of_a_change_that_is_told_in_two_ways_each_store_asks_once() {
    const STORES: u64 = 60;
    const CHANGES: u64 = 20;
    let server = server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let writer = open(&other, "n").await;
    let (mut stores, mut watchers) = (Vec::new(), Vec::new());
    for _ in 0..STORES {
        let store = open(&redis, "n").await;
        watchers.push(watch(&store).await);
        stores.push(store);
    }
    let has_heard =
        || stores.iter().all(|store| matches!(store.status().notifications, Notifications::Working));
    writer.put("at", &0).await.unwrap();
    eventually("all hear of changes", has_heard).await;
    let looks = || stores.iter().map(|store| store.status().syncs).sum::<u64>();
    // Who was listened for by another connection looks once more when that is gone.
    sleep(Duration::from_millis(500)).await;
    let before = looks();
    for number in 1..=CHANGES {
        let revision = writer.put("at", &number).await.unwrap().revision;
        let have_all = || stores.iter().all(|store| store.status().revision == revision);
        eventually("all have the change", have_all).await;
    }
    sleep(Duration::from_millis(100)).await;
    let (asked, once) = (looks() - before, STORES * CHANGES);
    assert!((once..once + once / 5).contains(&asked), "{asked}, not {once}");
}

#[dual]
#[scenario]
async fn nothing_listens_once_all_stores_are_closed() {
    let server = server();
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
        // Who is left is still told.
        is_told(watchers.last_mut().unwrap(), &last.1).await;
        last.0.close();
        eventually("nothing listens", || listening(&server).is_empty()).await;
        redis.ping().await.unwrap();
    }
}

#[dual]
#[scenario]
async fn closing_the_service_ends_it() {
    let server = server();
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
    let server = server();
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
        let notifying = Options::default().config("notify-keyspace-events", "Ktgxe");
        let server = Server::start(notifying.user("app", "secret", format!("{rules}{client}"))).unwrap();
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
                eventually("what may be heard is heard", is_as_it_should).await;
                let is_tracked = matches!(store.status().tracking, Tracking::On);
                assert_eq!(is_tracked, client.is_empty(), "{:?}", store.status());
            }
            eventually("one listens", || listening(&server) == [1]).await;
        }
    }
}

#[dual]
#[scenario]
async fn after_its_connection_was_killed_every_store_looks() {
    let server = server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let stores = ten(&redis, &other).await;
    let mut watchers = Vec::new();
    for (store, _) in &stores {
        watchers.push(watch(store).await);
    }
    eventually("one listens for all", || listening(&server) == [10]).await;
    for _ in 0..3 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        for ((_, writer), watcher) in stores.iter().zip(&mut watchers) {
            is_told(watcher, writer).await;
        }
    }
    eventually("one listens for all", || listening(&server) == [10]).await;
}
