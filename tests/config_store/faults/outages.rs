//! Redis cannot be reached, or a connection is dead without a sign: the status is no longer fresh, and when Redis is
//! back, watchers have missed nothing.

use std::time::Duration;

use redis_config_store::{
    StoreOptions, Watch, WatchEvent,
    read::ReadPolicy,
    status::{Freshness, Notifications},
};
use redis_testkit::{Proxy, Scope, Server};

use super::watcher_panel::{KEY, WatcherPanel};
use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, HOUR, Wait, eventually, impatient, traces::Log},
    scenario, sleep,
};

const INTERVAL: Duration = Duration::from_millis(300);
/// A server that announces changes, a proxy in front of it, and a store that connects through the proxy.
#[dual]
async fn stage() -> (Server, Proxy, ConfigStore) {
    let server = fixture::notifying_server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(impatient(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    (server, proxy, store)
}

#[dual]
async fn writer(server: &Server) -> ConfigStore {
    ConfigStore::open(&fixture::connect(server).await, "billing").await.unwrap()
}

#[dual]
#[scenario]
async fn large_values_that_were_missed_come_in_parts() {
    let (server, proxy, store) = stage().await;
    let redis = fixture::connect(&server).await;
    let writer = ConfigStore::open(&redis, "billing").await.unwrap();
    writer.put(KEY, &0).await.unwrap();
    let mut log = store.watch(Watch::all().log()).await.unwrap();
    log.next_event().await.unwrap();
    proxy.refuse().unwrap();
    proxy.reset();
    for number in 1..=20 {
        writer.put(KEY, &(number, "x".repeat(1_000_000))).await.unwrap();
    }
    eventually("the store is stale", || !store.status().is_fresh()).await;
    let before = store.status();
    proxy.heal().unwrap();
    for number in 2..=21 {
        let event = log.next_event().await;
        let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
        assert_eq!((change.revision, change.keys.len()), (number, 1));
        // The store confirms nothing until it holds what Redis holds.
        let status = store.status();
        assert!(status.revision == 21 || status.age > before.age, "{status:?}");
    }
    eventually("the store is fresh", || store.status().is_fresh()).await;
    assert!(store.status().syncs > before.syncs + 3, "{before:?}");
}

#[dual]
#[scenario]
async fn a_frozen_server_is_reported_and_no_change_is_missed() {
    let (server, _proxy, store) = stage().await;
    let writer = writer(&server).await;
    writer.put(KEY, &1).await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    server.freeze().unwrap();
    eventually("the store is stale", || matches!(store.status().freshness, Freshness::Stale(_))).await;
    let known = store.fetch_with::<u32>(KEY, ReadPolicy::AllowStale(HOUR)).await.unwrap().unwrap();
    assert_eq!(known.value, 1);
    let error = store.fetch_with::<u32>(KEY, ReadPolicy::FailIfStale(Duration::ZERO)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    server.thaw().unwrap();
    for number in 2..=20 {
        writer.put(KEY, &number).await.unwrap();
    }
    let there = writer.state().await.unwrap();
    panel.holds(&there).await;
    panel.received_only_commits();
    assert_eq!(panel.commits_received_one_by_one(), [19; 4]);
    eventually("the store is fresh", || store.status().is_fresh()).await;
}

#[dual]
#[scenario]
async fn connections_that_died_silently_leave_no_watcher_behind() {
    let (server, proxy, store) = stage().await;
    let writer = writer(&server).await;
    writer.put(KEY, &0).await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    let mut number = 0;
    let wait = Wait::until("notifications work");
    while !matches!(store.status().notifications, Notifications::Working) {
        number += 1;
        writer.put(KEY, &number).await.unwrap();
        wait.pause().await;
    }
    // The subscription, too: announcements no longer arrive, and no connection ends.
    proxy.black_hole(Scope::Existing);
    for _ in 0..3 {
        number += 1;
        writer.put(KEY, &number).await.unwrap();
        let there = writer.state().await.unwrap();
        panel.holds(&there).await;
    }
    panel.received_only_commits();
    assert_eq!(panel.commits_received_one_by_one(), [number as usize; 4]);
}

#[dual]
#[scenario]
async fn killed_subscriptions_leave_no_watcher_behind() {
    let (server, _proxy, store) = stage().await;
    let writer = writer(&server).await;
    writer.put(KEY, &0).await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    for number in 1..=100 {
        writer.put(KEY, &number).await.unwrap();
        if number % 10 == 0 {
            server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        }
    }
    let there = writer.state().await.unwrap();
    panel.holds(&there).await;
    panel.received_only_commits();
    assert_eq!(panel.commits_received_one_by_one(), [100; 4]);
}

#[dual]
#[scenario]
async fn an_outage_is_logged_for_a_store_when_it_begins_and_when_it_ends() {
    const NAMESPACE: &str = "logged-outage";
    let log = Log::about(NAMESPACE);
    let server = fixture::notifying_server();
    let of_server = Log::of(&server);
    let redis = RedisService::connect(impatient(&server.url())).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(50));
    let store = ConfigStore::open_with(&redis, NAMESPACE, options).await.unwrap();
    store.put(KEY, &1).await.unwrap();
    let mut watcher = store.watch(Watch::key(KEY)).await.unwrap();
    fixture::next_event(&mut watcher, "the first value").await.unwrap();
    server.kill().unwrap();
    let wait = Wait::until("the outage is logged");
    while log.with("may be out of date").is_empty() || of_server.with("does not answer").is_empty() {
        wait.pause().await;
    }
    let failed = store.status().last_error;
    assert!(failed.is_some());
    // Several further failures, none of which is logged.
    sleep(Duration::from_millis(500)).await;
    server.restart().unwrap();
    let wait = Wait::until("the end of the outage is logged");
    while log.with("is up to date again").is_empty() || of_server.with(" is back after ").is_empty() {
        wait.pause().await;
    }
    assert_eq!(log.with("the local copy of the configuration").len(), 2, "{:#?}", log.lines());
    // The connection, the outage of the server, that of the copy, and the end of the first.
    let lines: Vec<_> = of_server.lines();
    let others = lines.iter().filter(|line| !line.contains("circuit breaker"));
    assert_eq!(others.count(), 4, "{lines:#?}");
}
