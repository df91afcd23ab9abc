//! The server's tracking of keys as a second source of announcements: where the first is off, and where tracking is
//! refused.

use std::time::{Duration, Instant};

use redis_config_store::{
    Commit, Watch, WatchEvent,
    status::{Notifications, Tracking},
    watch::ResetReason,
};
use redis_service::ErrorKind;
use redis_testkit::{Options, Server};

use crate::{
    ConfigStore, dual,
    fixture::{self, NOTIFY, Wait, eventually, notifying_options, open_store},
    scenario,
};

/// So long that no change is found by a regular read.
const INTERVAL: Duration = Duration::from_secs(3600);

/// The delay of a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// Checks that a watcher of `store` receives a change of `writer` at once.
#[dual]
async fn receives_a_change(store: &ConfigStore, writer: &ConfigStore) {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    // Announcements before the subscription are lost.
    eventually("the server has answered whether it tracks", || {
        !matches!(store.status().tracking, Tracking::Unknown)
    })
    .await;
    let started = Instant::now();
    let put = writer.commit(Commit::new().put("count", &0).unwrap().forced()).await.unwrap();
    let mut event = watcher.next_event().await;
    // A loss from before the watcher began.
    if let Some(WatchEvent::Reset(_)) = event {
        event = watcher.next_event().await;
    }
    let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
    assert_eq!(change.revision, put.revision);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// Changes the key until the store has received an announcement. The first change may be found by the read that follows
/// the subscription, before any announcement.
#[dual]
async fn becomes_notified(store: &ConfigStore, writer: &ConfigStore) {
    let wait = Wait::until("notifications work");
    receives_a_change(store, writer).await;
    while !matches!(store.status().notifications, Notifications::Working) {
        receives_a_change(store, writer).await;
        wait.check();
    }
}

#[dual]
#[scenario]
async fn without_announcements_a_change_is_reported_at_once() {
    let server = fixture::server();
    let (store, writer) =
        (open_store(&server.url(), INTERVAL).await, open_store(&server.url(), INTERVAL).await);
    for _ in 0..3 {
        receives_a_change(&store, &writer).await;
    }
    let status = store.status();
    assert!(matches!(status.tracking, Tracking::On), "{status:?}");
    assert!(matches!(status.notifications, Notifications::Missing(_)), "{status:?}");
    assert!(status.is_fresh() && status.missed_hints == 0, "{status:?}");
}

#[dual]
#[scenario]
async fn a_flush_is_reported_at_once() {
    let server = fixture::server();
    let (store, writer) =
        (open_store(&server.url(), INTERVAL).await, open_store(&server.url(), INTERVAL).await);
    writer.put("count", &0).await.unwrap();
    for command in ["FLUSHALL", "FLUSHDB"] {
        receives_a_change(&store, &writer).await;
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
    let (store, writer) =
        (open_store(&server.url(), INTERVAL).await, open_store(&server.url(), INTERVAL).await);
    receives_a_change(&store, &writer).await;
    for _ in 0..3 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        receives_a_change(&store, &writer).await;
    }
    assert!(matches!(store.status().tracking, Tracking::On));
}

#[dual]
#[scenario]
async fn a_user_who_may_not_track_subscribes_and_the_status_says_so() {
    let options = notifying_options();
    let rules = "~* &* +@all -client|tracking";
    let server = Server::start(options.with_user("app", "secret", rules)).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    becomes_notified(&store, &writer).await;
    let status = store.status();
    let Tracking::Refused(error) = &status.tracking else { panic!("{status:?}") };
    assert_eq!(error.service().map(redis_service::Error::kind), Some(ErrorKind::Permission));
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
}

#[dual]
#[scenario]
async fn a_server_that_is_too_old_is_listened_to() {
    let options = notifying_options();
    let server = Server::start(options.with_config("rename-command", "HELLO \"\"")).unwrap();
    let (store, writer) =
        (open_store(&server.url(), INTERVAL).await, open_store(&server.url(), INTERVAL).await);
    becomes_notified(&store, &writer).await;
    let status = store.status();
    let Tracking::Refused(error) = &status.tracking else { panic!("{status:?}") };
    assert_eq!(error.service().map(redis_service::Error::kind), Some(ErrorKind::Unsupported));
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
}

#[dual]
#[scenario]
async fn a_user_who_may_not_subscribe_tracks() {
    let rules = "~* +@all resetchannels";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let (store, writer) = (
        open_store(&server.url_as("app", "secret"), INTERVAL).await,
        open_store(&server.url(), INTERVAL).await,
    );
    receives_a_change(&store, &writer).await;
    let status = store.status();
    assert!(matches!(status.tracking, Tracking::On), "{status:?}");
    assert!(matches!(status.notifications, Notifications::Refused(_)), "{status:?}");
}

#[dual]
#[scenario]
async fn announcements_that_stop_are_noticed_by_who_tracks() {
    let server = fixture::notifying_server();
    let (store, writer) =
        (open_store(&server.url(), INTERVAL).await, open_store(&server.url(), INTERVAL).await);
    receives_a_change(&store, &writer).await;
    eventually("notifications work", || matches!(store.status().notifications, Notifications::Working)).await;
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", ""]).unwrap();
    receives_a_change(&store, &writer).await;
    eventually("the store misses notifications", || {
        matches!(store.status().notifications, Notifications::Missing(_))
    })
    .await;
    server.cli().unwrap().call(&["CONFIG", "SET", "notify-keyspace-events", NOTIFY]).unwrap();
    receives_a_change(&store, &writer).await;
    eventually("notifications work", || matches!(store.status().notifications, Notifications::Working)).await;
    assert_eq!(store.status().missed_hints, 0);
}
