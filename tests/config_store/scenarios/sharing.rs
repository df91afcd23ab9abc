//! Stores of one service that have opened the same namespace share one local copy: Redis is asked once for all of them.

use std::time::Duration;

use redis_config_store::{
    StoreErrorKind, StoreOptions, Watch, WatchEvent,
    status::{Freshness, Notifications},
};
use redis_testkit::{Options, Server};

use crate::{
    ConfigStore, RedisService, Watcher, dual,
    fixture::{self, TempFile, eventually, next_event},
    scenario, sleep,
};

#[dual]
async fn watch(store: &ConfigStore) -> Watcher {
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = next_event(&mut watcher, "the state").await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    watcher
}

/// Puts a value through another store, and checks that the watcher receives it.
#[dual]
async fn is_told(watcher: &mut Watcher, writer: &ConfigStore) {
    let put = writer.put("at", &fastrand::u64(..)).await.unwrap();
    let event = next_event(watcher, "the change").await;
    let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
    assert_eq!(change.revision, put.revision);
}

#[dual]
async fn open(redis: &RedisService, options: StoreOptions) -> ConfigStore {
    ConfigStore::open_with(redis, "n", options).await.unwrap()
}

#[dual]
#[scenario]
async fn a_change_is_asked_for_once_for_all_stores_of_a_service() {
    const CHANGES: u64 = 20;
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let writer = open(&other, StoreOptions::default()).await;
    let (mut stores, mut watchers) = (Vec::new(), Vec::new());
    for number in 0..60_u64 {
        // Clones of the service, and handles with another deadline, are the same service.
        let handle = redis.with_deadline(Duration::from_secs(1 + number % 3));
        let store = open(&handle, StoreOptions::default()).await;
        watchers.push(watch(&store).await);
        stores.push(store);
    }
    writer.put("at", &0).await.unwrap();
    let is_working = || matches!(stores[0].status().notifications, Notifications::Working);
    eventually("notifications work", is_working).await;
    // Redis is asked once more when the connection that listened before is gone.
    sleep(Duration::from_millis(500)).await;
    let before = stores[0].status().syncs;
    for number in 1..=CHANGES {
        let revision = writer.put("at", &number).await.unwrap().revision;
        let have_all = || stores.iter().all(|store| store.status().revision == revision);
        eventually("every store has the change", have_all).await;
    }
    sleep(Duration::from_millis(100)).await;
    let asked = stores[59].status().syncs - before;
    assert!((CHANGES..=CHANGES + CHANGES / 2).contains(&asked), "{asked}, not {CHANGES}");
    for watcher in &mut watchers {
        for _ in 0..=CHANGES {
            let event = next_event(watcher, "each change").await;
            assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
        }
    }
}

#[dual]
#[scenario]
async fn closing_a_store_ends_its_own_watchers_and_no_others() {
    let server = fixture::notifying_server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let writer = open(&other, StoreOptions::default()).await;
    let (closed, kept) =
        (open(&redis, StoreOptions::default()).await, open(&redis, StoreOptions::default()).await);
    let (mut ended, mut watcher) = (watch(&closed).await, watch(&kept).await);
    let live = closed.live::<u64>("at").await.unwrap();
    let other_live = kept.live::<u64>("at").await.unwrap();
    closed.close();
    let event = next_event(&mut ended, "the end").await;
    assert!(event.is_none(), "{event:?}");
    let error = closed.put("at", &1).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Closed);
    for freshness in [closed.status().freshness, live.status().store.freshness] {
        assert!(matches!(freshness, Freshness::Fatal(_)), "{freshness:?}");
    }
    is_told(&mut watcher, &writer).await;
    eventually("the live value follows", || other_live.load().is_some()).await;
    assert!(live.load().is_none(), "a closed store follows nothing");
    assert!(matches!(kept.status().freshness, Freshness::Fresh));
    // The last one ends the work, and the next begins it again.
    drop((kept, watcher, other_live));
    let again = open(&redis, StoreOptions::default()).await;
    let mut watcher = watch(&again).await;
    is_told(&mut watcher, &writer).await;
}

#[dual]
#[scenario]
async fn the_shortest_interval_of_all_counts() {
    // Nothing but the interval tells of a change.
    let server = Server::start(Options::default()).unwrap();
    let redis = fixture::connect(&server).await;
    let slow = open(&redis, StoreOptions::default().with_interval(Duration::from_secs(3600))).await;
    let _watcher = watch(&slow).await;
    let quick = open(&redis, StoreOptions::default().with_interval(Duration::from_millis(10))).await;
    let watcher = watch(&quick).await;
    let before = slow.status().syncs;
    eventually("Redis is asked often", || slow.status().syncs > before + 10).await;
    drop((quick, watcher));
    sleep(Duration::from_millis(100)).await;
    let before = slow.status().syncs;
    sleep(Duration::from_millis(300)).await;
    assert!(slow.status().syncs <= before + 1);
}

#[dual]
#[scenario]
async fn each_store_keeps_its_own_snapshot_file() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await;
    let files = [TempFile::new(), TempFile::new()];
    let nowhere = files[0].path().join("not/a/folder");
    let mut stores = Vec::new();
    for path in [files[0].path().to_owned(), files[1].path().to_owned(), nowhere] {
        let store = open(&redis, StoreOptions::default().with_snapshot_file(path)).await;
        let watcher = watch(&store).await;
        stores.push((store, watcher));
    }
    stores[0].0.put("at", &7).await.unwrap();
    eventually("both files are written", || files.iter().all(|file| file.path().exists())).await;
    let failed = || stores[2].0.status().snapshot_error.is_some();
    eventually("the third store knows why its file is not written", failed).await;
    assert!(stores[0].0.status().snapshot_error.is_none());
}
