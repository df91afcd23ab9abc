//! Announcements do not come: the store finds changes by reading within an interval, and its status says why.

use std::time::{Duration, Instant};

use redis_config_store::{
    Watch, WatchEvent,
    status::{Eviction, Notifications, Tracking},
};
use redis_testkit::{Options, Server};

use crate::{
    ConfigStore, dual,
    fixture::{self, NOTIFY, Wait, eventually, next_event, notifying_options, open_store},
    scenario, sleep,
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

/// Has changes made until notifications work: on a busy machine, the first may be found before the subscription begins.
#[dual]
async fn becomes_notified(store: &ConfigStore, writer: &ConfigStore) {
    let wait = Wait::until("notifications work");
    while !matches!(store.status().notifications, Notifications::Working) {
        converges(store, writer).await;
        wait.check();
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
    becomes_notified(&store, &writer).await;
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
    becomes_notified(&store, &writer).await;
    let read = store.fetch::<u64>("count").await.unwrap().unwrap();
    assert_eq!(read.version.revision, read.value + 1);
    let error = store.put("count", &0).await.unwrap_err();
    assert!(error.service().is_some(), "{error}");
    let revision = server.cli().unwrap().text(&["HGET", "{cs:billing}:cur", "#revision"]).unwrap();
    assert_eq!(revision, read.version.revision.to_string());
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

#[dual]
#[scenario]
async fn looking_at_a_namespace_that_is_not_there_causes_no_further_looks() {
    // With these flags the server announces the reading of a key that is not there.
    let options = Options::default().with_config("notify-keyspace-events", "KtgxemA");
    let server = Server::start(options).unwrap();
    let store = open_store(&server.url(), Duration::from_secs(3600)).await;
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = next_event(&mut watcher, "the state").await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    for _ in 0..2 {
        sleep(Duration::from_millis(300)).await;
        let syncs = store.status().syncs;
        assert!(syncs < 10, "{syncs} looks at nothing");
        // The namespace is lost, and its watcher looks at it.
        let put = store.put("count", &1).await.unwrap();
        let event = next_event(&mut watcher, "the change").await;
        assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?} {put:?}");
        server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
        let event = next_event(&mut watcher, "the loss").await;
        assert!(matches!(event, Some(WatchEvent::Reset(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_store_that_begins_to_follow_has_missed_nothing() {
    let server = fixture::notifying_server();
    let writer = open_store(&server.url(), Duration::from_secs(3600)).await;
    writer.put("count", &1).await.unwrap();
    let redis = fixture::connect(&server).await;
    for number in 0..50 {
        let store = ConfigStore::open(&redis, "billing").await.unwrap();
        let live = store.live::<u64>("count").await.unwrap();
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        let event = next_event(&mut watcher, "the state").await;
        assert!(event.is_some() && live.load().is_some());
        writer.put("count", &number).await.unwrap();
        let follows = || live.load().is_some_and(|value| value.value == number);
        eventually("the live value follows", follows).await;
        let status = store.status();
        let is_broken = matches!(status.notifications, Notifications::Broken);
        assert!(status.missed_hints == 0 && !is_broken, "{number}: {status:?}");
    }
}

/// Takes rights from a user whose store listens already, and returns the store once its status tells of it.
#[dual]
async fn is_told_of_lost_rights(rules: &[&str], can_track: bool) {
    let options = notifying_options().with_user("app", "secret", "~* &* +@all");
    let server = Server::start(options).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    writer.put("count", &0).await.unwrap();
    converges(&store, &writer).await;
    let mut cli = server.cli().unwrap();
    cli.text(&[&["ACL", "SETUSER", "app"], rules].concat()).unwrap();
    // Where rights to channels are lost, the server ends the connection; else somebody does.
    cli.call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    let is_refused = || matches!(store.status().notifications, Notifications::Refused(_));
    eventually("the refusal is known though nobody commits", is_refused).await;
    let is_tracked = || matches!(store.status().tracking, Tracking::On);
    let is_untracked = || matches!(store.status().tracking, Tracking::Refused(_));
    if can_track {
        eventually("keys are tracked", is_tracked).await;
    } else {
        eventually("the refusal to track is known", is_untracked).await;
    }
    converges(&store, &writer).await;
    cli.text(&["ACL", "SETUSER", "app", "allchannels", "+@all"]).unwrap();
    let is_well = || is_tracked() && !matches!(store.status().notifications, Notifications::Refused(_));
    eventually("the store listens again", is_well).await;
    becomes_notified(&store, &writer).await;
}

#[dual]
#[scenario]
async fn rights_that_are_lost_while_a_store_listens_are_reported() {
    is_told_of_lost_rights(&["resetchannels"], true).await;
    is_told_of_lost_rights(&["resetchannels", "-client|tracking"], false).await;
}
