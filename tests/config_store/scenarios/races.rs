//! Several clients change the same configuration at the same time: no update is lost, and exactly one wins where only
//! one may.

use std::time::Duration;

use redis_config_store::{Expect, StoreOptions, Watch, WatchEvent};

use crate::{ConfigStore, dual, fixture, scenario};

/// Puts a key that must be absent, and returns whether it was.
#[dual]
async fn race(store: ConfigStore) -> bool {
    match store.put_if("leader", &std::process::id(), Expect::Absent).await {
        Ok(version) => version.number == 1,
        Err(error) => {
            assert!(error.is_conflict() && error.current().is_some(), "{error}");
            false
        }
    }
}

#[dual]
#[scenario]
async fn one_of_many_racers_for_an_absent_key_wins() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let finished = concurrently!(16, race(store.clone()));
    let won = finished.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
    let versions = store.versions("leader").await.unwrap();
    assert_eq!(versions.len(), 1);
}

/// Increments ten times.
#[dual]
async fn add(store: ConfigStore) {
    for _ in 0..10 {
        store.update("count", |count: u64| count + 1).await.unwrap();
    }
}

#[dual]
#[scenario]
async fn concurrent_updates_lose_nothing_and_watchers_see_each() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = StoreOptions::default().with_interval(Duration::from_millis(100));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("count", &0).await.unwrap();
    let mut watcher = store.watch(Watch::all().log().buffer(4)).await.unwrap();
    watcher.next_event().await.unwrap();
    for finished in concurrently!(8, add(store.clone())) {
        finished.unwrap();
    }
    let count = store.fetch::<u64>("count").await.unwrap().unwrap();
    assert_eq!((count.value, count.version.number), (80, 81));
    for number in 1..=80 {
        let event = watcher.next_event().await;
        let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
        let entry = change.keys[0].value().unwrap();
        assert_eq!((entry.version().number, entry.decode::<u64>().unwrap()), (number + 1, number));
    }
}
