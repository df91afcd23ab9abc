//! Several clients write the older layout at the same time, with scripts or as Python does: no update is lost, and
//! exactly one wins where only one may.

use std::time::Duration;

use redis_config_legacy::LegacyOptions;
use redis_config_store::Expect;
use redis_testkit::{Direction, Proxy, Scope, Server};

use crate::{LegacyStore, RedisService, dual, fixture, scenario};

#[dual]
async fn open(server: &Server) -> LegacyStore {
    let redis = fixture::connect(server).await;
    LegacyStore::open(&redis, "config:")
}

/// Increments ten times.
#[dual]
async fn add(store: LegacyStore) {
    for _ in 0..10 {
        store.update("count", |count: u64| count + 1).await.unwrap();
    }
}

#[dual]
#[scenario]
async fn concurrent_updates_lose_nothing() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("count", &0).await.unwrap();
    for finished in concurrently!(8, add(store.clone())) {
        finished.unwrap();
    }
    let count = store.fetch::<u64>("count").await.unwrap().unwrap();
    assert_eq!((count.value, count.version.number), (80, 81));
    for number in 1..=81 {
        let read = store.at::<u64>("count", number).await.unwrap();
        assert_eq!(read.value, number - 1);
    }
}

/// Puts a key that must be absent, and returns whether it was.
#[dual]
async fn race(store: LegacyStore) -> bool {
    match store.put_if("leader", &fastrand::u64(..), Expect::Absent).await {
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
    let store = open(&server).await;
    let finished = concurrently!(16, race(store.clone()));
    let won = finished.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(
        (won, server.cli().unwrap().text(&["TYPE", "config:leader"]).unwrap()),
        (1, "string".to_owned())
    );
}

/// Puts ten values of its own, and returns their versions.
#[dual]
async fn put(store: LegacyStore) -> Vec<(u64, u64)> {
    let mut versions = Vec::new();
    for _ in 0..10 {
        let value = fastrand::u64(..);
        versions.push((store.put("shared", &value).await.unwrap().number, value));
    }
    versions
}

#[dual]
#[scenario]
async fn concurrent_puts_each_return_the_version_they_made() {
    let server = fixture::server();
    let store = open(&server).await;
    let mut told: Vec<_> =
        concurrently!(8, put(store.clone())).into_iter().flat_map(|finished| finished.unwrap()).collect();
    told.sort_unstable();
    let numbers: Vec<_> = told.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    for (number, value) in told {
        let read = store.at::<u64>("shared", number).await.unwrap();
        assert_eq!(read.value, value);
    }
}

#[dual]
#[scenario]
async fn a_python_writer_that_pushes_meanwhile_is_seen_by_every_update() {
    let server = fixture::server();
    let store = open(&server).await;
    let mut cli = server.cli().unwrap();
    cli.call(&["RPUSH", "config:list", "[]", "[]"]).unwrap();
    let (told, hears) = std::sync::mpsc::channel();
    let python = std::thread::spawn(move || {
        let mut pushed = 0;
        while hears.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            pushed += 1;
            cli.call(&["RPUSH", "config:list", &format!("[-{pushed}]")]).unwrap();
            // Without a pause, no update would ever succeed.
            std::thread::sleep(Duration::from_millis(1));
        }
        pushed
    });
    let mut based_on = Vec::new();
    for number in 1..=100 {
        let mut seen = Vec::new();
        let version = store
            .update("list", |list: Vec<i64>| {
                seen = list;
                vec![number]
            })
            .await
            .unwrap();
        based_on.push((version.number, seen));
    }
    told.send(()).unwrap();
    let pushed: u64 = python.join().unwrap();
    let last = store.fetch::<Vec<i64>>("list").await.unwrap().unwrap();
    assert_eq!(last.version.number, 2 + 100 + pushed, "nothing was lost");
    for (number, seen) in based_on {
        let before = store.at::<Vec<i64>>("list", number - 1).await.unwrap();
        assert_eq!(before.value, seen, "an update is based on what was there just before");
    }
}

#[dual]
#[scenario]
async fn a_lost_reply_is_reported_and_nothing_is_done_twice() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let store = LegacyStore::open_with(&redis, "config:", LegacyOptions::default());
    store.put("count", &0).await.unwrap();
    for round in 1..=3 {
        redis.ping().await.unwrap();
        proxy.cut_after(Direction::ToClient, 0, Scope::Once);
        let updated = store.update("count", |count: u64| count + 1).await;
        // The read is retried, the write never.
        match updated {
            Ok(version) => assert_eq!(version.number, round + 1),
            Err(error) => assert_eq!(error.outcome(), redis_service::Outcome::Unknown, "{error}"),
        }
        let newest = server.cli().unwrap().text(&["LINDEX", "config:count", "-1"]).unwrap();
        assert_eq!(newest, round.to_string());
        redis.ping().await.unwrap();
        proxy.cut_after(Direction::ToClient, 0, Scope::Once);
        let error = store.put("other", &round).await.unwrap_err();
        assert_eq!(error.outcome(), redis_service::Outcome::Unknown, "{error}");
        let read = store.fetch::<u64>("other").await.unwrap().unwrap();
        assert_eq!((read.value, read.version.number), (round, round));
    }
}
