//! A watcher of the older layout receives the state, then each change: at once if it is announced, with the next read
//! if it is not.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_config_legacy::{LegacyChange, LegacyEntry, LegacyEvent, LegacyOptions};
use redis_config_store::{StoreErrorKind, Watch};
use redis_testkit::{Options, Server};

use crate::{
    LegacyStore, LegacyWatcher, RedisService, dual,
    fixture::{self, eventually},
    scenario,
};

/// How long a change without an announcement may go unnoticed.
const INTERVAL: Duration = Duration::from_millis(200);

/// So long that no change is found by a regular read.
const NEVER: Duration = Duration::from_secs(3600);

/// Far more than an interval, or an announcement, takes.
const SOON: Duration = Duration::from_secs(5);

/// A server that announces changes.
fn announcing() -> Server {
    Server::start(Options::default().with_config("notify-keyspace-events", "K$lgxe")).unwrap()
}

#[dual]
async fn open(server: &Server, interval: Duration) -> LegacyStore {
    let redis = fixture::connect(server).await;
    LegacyStore::open_with(&redis, "config:", LegacyOptions::default().with_interval(interval))
}

/// Checks that the first event holds these keys, with their versions.
#[dual]
async fn begins(watcher: &mut LegacyWatcher, expected: &[(&str, u64)]) {
    let event = fixture::next_legacy_event(watcher, "the first event").await;
    let Some(LegacyEvent::Initial(state)) = event else { panic!("{event:?}") };
    let told: Vec<_> = state.iter().map(|(key, entry)| (&**key, entry.version().number)).collect();
    assert_eq!(told, expected);
}

#[dual]
async fn change(watcher: &mut LegacyWatcher) -> LegacyChange {
    let started = Instant::now();
    let event = fixture::next_legacy_event(watcher, "a change").await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    match event {
        Some(LegacyEvent::Change(change)) => change,
        other => panic!("{other:?}"),
    }
}

/// A change: the key, its version before and after (0: none), and whether it is a reset.
type Told = (String, u64, u64, bool);

#[dual]
async fn told(watcher: &mut LegacyWatcher) -> Told {
    let LegacyChange { key, before, after, is_reset, .. } = change(watcher).await;
    let number = |entry: Option<Arc<LegacyEntry>>| entry.map_or(0, |entry| entry.version().number);
    (key, number(before), number(after), is_reset)
}

#[dual]
async fn tells(watcher: &mut LegacyWatcher, (key, before, after, is_reset): (&str, u64, u64, bool)) {
    let told = told(watcher).await;
    assert_eq!(told, (key.to_owned(), before, after, is_reset));
}

/// Waits until the watcher has read everything that is there now.
#[dual]
async fn looks(watcher: &LegacyWatcher) {
    let now = Instant::now();
    eventually("the watcher has read again", || watcher.age().unwrap() < now.elapsed()).await;
}

/// Changes a key as Python does, step by step, and checks what a watcher receives.
#[dual]
async fn follows(server: &Server, interval: Duration) {
    let store = open(server, interval).await;
    let mut cli = server.cli().unwrap();
    cli.call(&["SET", "config:a", "1"]).unwrap();
    cli.call(&["RPUSH", "config:b", "1", "2"]).unwrap();
    cli.call(&["HSET", "config:hash", "no", "configuration"]).unwrap();
    cli.call(&["SET", "other", "1"]).unwrap();
    let mut all = store.watch(Watch::all()).await.unwrap();
    let mut one = store.watch(Watch::key("a")).await.unwrap();
    begins(&mut all, &[("a", 1), ("b", 2)]).await;
    begins(&mut one, &[("a", 1)]).await;

    store.put("a", &2).await.unwrap();
    let told_of = change(&mut all).await;
    let (before, after) = (told_of.before.unwrap(), told_of.after.unwrap());
    assert_eq!((&*told_of.key, before.bytes(), after.decode::<u32>().unwrap()), ("a", &b"1"[..], 2));
    tells(&mut one, ("a", 1, 2, false)).await;
    assert_eq!(store.cached_version("a"), Some(after.version()));

    cli.call(&["RPUSH", "config:b", "3"]).unwrap();
    tells(&mut all, ("b", 2, 3, false)).await;
    cli.call(&["DEL", "config:b"]).unwrap();
    tells(&mut all, ("b", 3, 0, false)).await;
    assert_eq!(store.cached_version("b"), None);
    cli.call(&["SET", "config:c", "1"]).unwrap();
    tells(&mut all, ("c", 0, 1, false)).await;

    // The same version, and another value.
    cli.call(&["SET", "config:c", "2"]).unwrap();
    tells(&mut all, ("c", 1, 1, true)).await;
    // A longer list, and another history.
    cli.call(&["MULTI"]).unwrap();
    cli.call(&["DEL", "config:c"]).unwrap();
    cli.call(&["RPUSH", "config:c", "7", "8", "9"]).unwrap();
    cli.call(&["EXEC"]).unwrap();
    tells(&mut all, ("c", 1, 3, true)).await;
    // Python's compaction changes only the version.
    cli.call(&["LTRIM", "config:c", "-2", "-1"]).unwrap();
    let trimmed = change(&mut all).await;
    assert_eq!(trimmed.before.unwrap().bytes(), trimmed.after.unwrap().bytes());
    assert!(trimmed.is_reset);
    // Another type.
    cli.call(&["MULTI"]).unwrap();
    cli.call(&["DEL", "config:c"]).unwrap();
    cli.call(&["SADD", "config:c", "1"]).unwrap();
    cli.call(&["EXEC"]).unwrap();
    tells(&mut all, ("c", 2, 0, true)).await;
    cli.call(&["RENAME", "config:a", "config:d"]).unwrap();
    let mut renamed = [told(&mut all).await, told(&mut all).await];
    renamed.sort();
    assert_eq!(renamed, [("a".to_owned(), 2, 0, false), ("d".to_owned(), 0, 2, false)]);
    tells(&mut one, ("a", 2, 0, false)).await;
}

#[dual]
#[scenario]
async fn an_announced_change_is_reported_without_a_full_read() {
    let server = announcing();
    follows(&server, NEVER).await;
}

#[dual]
#[scenario]
async fn an_unannounced_change_is_reported_by_the_next_read() {
    let server = fixture::server();
    follows(&server, INTERVAL).await;
}

#[dual]
#[scenario]
async fn announcements_that_are_switched_off_cost_an_interval_at_most() {
    let server = announcing();
    let store = open(&server, INTERVAL).await;
    let mut watcher = store.watch(Watch::prefix("li")).await.unwrap();
    begins(&mut watcher, &[]).await;
    let mut cli = server.cli().unwrap();
    for number in 1..=4 {
        let flags = if number % 2 == 0 { "" } else { "K$lgxe" };
        cli.call(&["CONFIG", "SET", "notify-keyspace-events", flags]).unwrap();
        cli.call(&["RPUSH", "config:limits", &number.to_string()]).unwrap();
        tells(&mut watcher, ("limits", number - 1, number, false)).await;
    }
}

#[dual]
#[scenario]
async fn a_flush_is_reported_key_by_key_though_nothing_announces_it() {
    let server = announcing();
    let store = open(&server, INTERVAL).await;
    for key in ["a", "b"] {
        store.put(key, &1).await.unwrap();
    }
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let mut late = store.watch(Watch::key("a")).await.unwrap();
    begins(&mut watcher, &[("a", 1), ("b", 1)]).await;
    begins(&mut late, &[("a", 1)]).await;
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    tells(&mut watcher, ("a", 1, 0, false)).await;
    tells(&mut watcher, ("b", 1, 0, false)).await;
    // The other watcher has noticed as well.
    looks(&late).await;
    store.put("a", &1).await.unwrap();
    looks(&late).await;
    tells(&mut watcher, ("a", 0, 1, false)).await;
    // A slow watcher receives that the history was replaced.
    tells(&mut late, ("a", 1, 1, true)).await;
}

#[dual]
#[scenario]
async fn an_outage_is_waited_for_and_what_changed_meanwhile_is_reported() {
    let server = Server::start(Options::default().with_persistence(true)).unwrap();
    let hasty = fixture::connect(&server).await.with_deadline(Duration::from_millis(200));
    let store = LegacyStore::open_with(&hasty, "config:", LegacyOptions::default().with_interval(INTERVAL));
    server.freeze().unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    assert_eq!(watcher.age(), None);
    server.thaw().unwrap();
    begins(&mut watcher, &[]).await;
    server.freeze().unwrap();
    eventually("the watcher is three intervals old", || watcher.age().unwrap() >= INTERVAL * 3).await;
    server.thaw().unwrap();
    server.cli().unwrap().call(&["SET", "config:limits", "1"]).unwrap();
    tells(&mut watcher, ("limits", 0, 1, false)).await;
    eventually("the watcher is up to date", || watcher.age().unwrap() <= INTERVAL * 3).await;
}

#[dual]
#[scenario]
async fn a_burst_ends_on_the_last_value_and_no_change_is_reported_twice() {
    let server = announcing();
    let store = open(&server, INTERVAL).await;
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    begins(&mut watcher, &[]).await;
    let mut cli = server.cli().unwrap();
    for number in 1..=500 {
        cli.call(&["RPUSH", "config:limits", &number.to_string()]).unwrap();
    }
    let mut last = 0;
    while last < 500 {
        let (key, before, after, is_reset) = told(&mut watcher).await;
        assert_eq!((&*key, before, is_reset), ("limits", last, false));
        assert!(after > before);
        last = after;
    }
}

#[dual]
#[scenario]
async fn filters_are_literal() {
    let server = announcing();
    let redis = fixture::connect(&server).await.namespace("shop-1");
    let options = LegacyOptions::default().with_interval(NEVER);
    let store = LegacyStore::open_with(&redis, "config[a]:", options);
    let mut prefix = store.watch(Watch::prefix("a[b]*")).await.unwrap();
    let mut key = store.watch(Watch::key("a*")).await.unwrap();
    begins(&mut prefix, &[]).await;
    begins(&mut key, &[]).await;
    let mut cli = server.cli().unwrap();
    for name in ["ab", "a", "a[b]", "aXb", "a[b]*c", "a*"] {
        for prefix in ["config[a]:", "shop-1:configa:", "shop-1:config[a]:"] {
            cli.call(&["SET", &format!("{prefix}{name}"), "1"]).unwrap();
        }
    }
    tells(&mut prefix, ("a[b]*c", 0, 1, false)).await;
    tells(&mut key, ("a*", 0, 1, false)).await;
    store.delete("a[b]*c").await.unwrap();
    store.delete("a*").await.unwrap();
    tells(&mut prefix, ("a[b]*c", 1, 0, false)).await;
    tells(&mut key, ("a*", 1, 0, false)).await;
}

#[dual]
#[scenario]
async fn a_reader_needs_few_rights() {
    let rules = "~config:* &__keyspace@0__:config:* +@read +ping +evalsha +eval +subscribe +psubscribe";
    let options = Options::default()
        .with_config("notify-keyspace-events", "K$lgxe")
        .with_user("reader", "secret", rules);
    let server = Server::start(options).unwrap();
    let config = fixture::config(&server.url_as("reader", "secret"));
    let redis = RedisService::connect(config).await.unwrap();
    let options = LegacyOptions::default().with_interval(NEVER);
    let store = LegacyStore::open_with(&redis, "config:", options);
    let mut all = store.watch(Watch::all()).await.unwrap();
    let mut one = store.watch(Watch::key("limits")).await.unwrap();
    begins(&mut all, &[]).await;
    begins(&mut one, &[]).await;
    server.cli().unwrap().call(&["SET", "config:limits", "1"]).unwrap();
    tells(&mut all, ("limits", 0, 1, false)).await;
    tells(&mut one, ("limits", 0, 1, false)).await;
    let error = store.put("limits", &2).await.unwrap_err();
    assert!(error.service().is_some(), "{error}");
}

#[dual]
#[scenario]
async fn no_event_follows_close_and_nothing_stays_behind() {
    let server = announcing();
    let store = open(&server, INTERVAL).await;
    let mut closed = store.watch(Watch::all()).await.unwrap();
    let mut ended = store.watch(Watch::all()).await.unwrap();
    closed.next_event().await.unwrap();
    store.put("limits", &1).await.unwrap();
    closed.close();
    let event = closed.next_event().await;
    assert!(event.is_none(), "{event:?}");
    ended.next_event().await.unwrap();
    drop(store.watch(Watch::key("limits")).await.unwrap());
    store.close();
    let event = ended.next_event().await;
    assert!(event.is_none(), "{event:?}");
    let error = store.watch(Watch::all()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Closed);
    let subscribers = |server: &Server| {
        let mut cli = server.cli().unwrap();
        let channels = cli.call(&["PUBSUB", "CHANNELS"]).unwrap();
        (cli.integer(&["PUBSUB", "NUMPAT"]).unwrap(), format!("{channels:?}").contains("config"))
    };
    eventually("no subscription is left", || subscribers(&server) == (0, false)).await;
}

#[dual]
#[scenario]
async fn closing_the_service_ends_its_watchers() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = LegacyOptions::default().with_interval(INTERVAL);
    let store = LegacyStore::open_with(&redis, "config:", options);
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    begins(&mut watcher, &[]).await;
    redis.close().await;
    let event = watcher.next_event().await;
    assert!(event.is_none(), "{event:?}");
}

#[dual]
#[scenario]
async fn watches_that_the_layout_cannot_serve_are_refused() {
    let server = fixture::server();
    let store = open(&server, INTERVAL).await;
    for refused in [Watch::all().log(), Watch::key("")] {
        let error = store.watch(refused).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    }
}
