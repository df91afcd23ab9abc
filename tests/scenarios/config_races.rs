//! Several change the same configuration at the same time: nothing is lost, and one wins where one may.

use redis_config_store::{Event, Expect, StoreOptions, Watch};

use crate::{ConfigStore, dual, fixture, scenario, together};

/// Puts a key that must be absent; 1 if it was.
struct Racer {
    store: ConfigStore,
    number: u64,
}

#[dual(AFIT)]
impl fixture::Job for Racer {
    async fn run(self) -> u64 {
        let put = self.store.put_if("leader", &self.number, Expect::Absent).await;
        match put {
            Ok(version) => version.number,
            Err(error) => {
                assert!(error.is_conflict() && error.current().is_some(), "{error}");
                0
            }
        }
    }
}

#[dual]
#[scenario]
async fn one_of_many_racers_for_an_absent_key_wins() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let racers = (0..16).map(|number| Racer { store: store.clone(), number });
    let won: u64 = together(racers).await.into_iter().sum();
    assert_eq!(won, 1);
    let versions = store.versions("leader").await.unwrap();
    assert_eq!(versions.len(), 1);
}

/// Adds one, some times; as many as succeeded.
struct Adder {
    store: ConfigStore,
    times: u64,
}

#[dual(AFIT)]
impl fixture::Job for Adder {
    async fn run(self) -> u64 {
        for _ in 0..self.times {
            self.store.update("count", |count: u64| count + 1).await.unwrap();
        }
        self.times
    }
}

#[dual]
#[scenario]
async fn concurrent_updates_lose_nothing_and_watchers_see_each() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = StoreOptions::default().interval(std::time::Duration::from_millis(100));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("count", &0).await.unwrap();
    let mut watcher = store.watch(Watch::all().log().buffer(4)).await.unwrap();
    watcher.next_event().await.unwrap();
    let adders = (0..8).map(|_| Adder { store: store.clone(), times: 10 });
    let added: u64 = together(adders).await.into_iter().sum();
    let count = store.fetch::<u64>("count").await.unwrap().unwrap();
    assert_eq!((count.value, count.version.number), (added, added + 1));
    for number in 1..=added {
        let event = watcher.next_event().await;
        let Some(Event::Change(change)) = event else { panic!("{event:?}") };
        let entry = change.keys[0].value().unwrap();
        assert_eq!((entry.version().number, entry.decode::<u64>().unwrap()), (number + 1, number));
    }
}
