//! What a key held before: history, versions, differences, and rollback.

use redis_config_store::{Commit, Expect, StoreErrorKind, StoreOptions};
use redis_testkit::Server;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{ConfigStore, dual, fixture, scenario};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Limits {
    rps: u32,
    burst: u32,
}

#[dual]
async fn open(server: &Server, history: u64) -> ConfigStore {
    let redis = fixture::connect(server).await;
    ConfigStore::open_with(&redis, "billing", StoreOptions::default().with_history(history)).await.unwrap()
}

#[dual]
#[scenario]
async fn every_version_is_there_with_who_and_why() {
    let server = fixture::server();
    let store = open(&server, 1000).await;
    for number in 1..=3 {
        let commit =
            Commit::new().put("limits", &number).unwrap().author("ops").message(format!("try {number}"));
        store.commit(commit).await.unwrap();
        store.put("noise", &number).await.unwrap();
    }
    store.delete("limits").await.unwrap();
    let history = store.history("limits").await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|entry| (entry.version().number, entry.version().revision, entry.is_deletion(), entry.message()))
        .collect();
    let expected = [(4, 7, true, ""), (3, 5, false, "try 3"), (2, 3, false, "try 2"), (1, 1, false, "try 1")];
    assert_eq!(told, expected);
    assert_eq!((history[1].decode::<u32>().unwrap(), history[1].author()), (3, "ops"));
    assert_eq!(history[0].decode::<u32>().unwrap_err().kind(), StoreErrorKind::Missing);
    let versions = store.versions("limits").await.unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| version.number).collect();
    assert_eq!((numbers, versions[1]), (vec![4, 3, 2, 1], history[1].version()));
    let nothing = store.history("never").await.unwrap();
    assert!(nothing.is_empty());
}

#[dual]
#[scenario]
async fn a_history_has_no_end_but_that_of_the_log() {
    let server = fixture::server();
    let store = open(&server, 20_000).await;
    for number in 1..=10_100 {
        store.put("limits", &number).await.unwrap();
    }
    let history = store.history("limits").await.unwrap();
    let numbers: Vec<_> = history.iter().map(|entry| entry.version().number).collect();
    assert!(numbers.iter().copied().eq((1..=10_100).rev()), "{}", numbers.len());
    let versions = store.versions("limits").await.unwrap();
    assert!(versions.into_iter().eq(history.iter().map(redis_config_store::read::Entry::version)));
}

#[dual]
#[scenario]
async fn a_version_is_found_as_long_as_the_log_reaches_back() {
    let server = fixture::server();
    let store = open(&server, 3).await;
    store.put("old", &0).await.unwrap();
    for number in 1..=5 {
        store.put("limits", &number).await.unwrap();
    }
    let length = server.cli().unwrap().integer(&["XLEN", "{cs:billing}:log"]).unwrap();
    assert_eq!(length, 3);
    let fourth = store.at::<u32>("limits", 4).await.unwrap().unwrap();
    assert_eq!((fourth.value, fourth.version.number), (4, 4));
    let old = store.at::<u32>("old", 1).await.unwrap().unwrap();
    assert_eq!(old.value, 0);
    let error = store.at::<u32>("limits", 2).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TooOld);
    for number in [0, 6] {
        let error = store.at::<u32>("limits", number).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Missing);
    }
    let history = store.history("old").await.unwrap();
    assert_eq!(history.len(), 1);
}

#[dual]
#[scenario]
async fn whole_commits_are_trimmed() {
    let server = fixture::server();
    let store = open(&server, 2).await;
    for number in 1..=4 {
        let commit = Commit::new().put("a", &number).unwrap().put("b", &number).unwrap();
        store.commit(commit).await.unwrap();
    }
    let length = server.cli().unwrap().integer(&["XLEN", "{cs:billing}:log"]).unwrap();
    assert_eq!(length, 4);
}

#[dual]
#[scenario]
async fn differences_are_reported_by_path() {
    let server = fixture::server();
    let store = open(&server, 1000).await;
    store.put("limits", &Limits { rps: 1, burst: 2 }).await.unwrap();
    store.put("limits", &Limits { rps: 1, burst: 3 }).await.unwrap();
    let diff = store.diff("limits", 1, 2).await.unwrap();
    let change = &diff.changes[0];
    assert_eq!((diff.from, diff.to, diff.changes.len(), &*change.path), (1, 2, 1, "/burst"));
    assert_eq!((&change.before, &change.after), (&Some(json!(2)), &Some(json!(3))));
    let error = store.diff("limits", 1, 3).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
}

#[dual]
#[scenario]
async fn a_rollback_is_a_new_version_that_says_what_it_restores() {
    let server = fixture::server();
    let store = open(&server, 1000).await;
    store.put("limits", &1).await.unwrap();
    store.put("limits", &2).await.unwrap();
    let back = store.rollback("limits", 1).await.unwrap();
    assert_eq!(back.number, 3);
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version, read.restores), (1, back, Some(1)));
    store.delete("limits").await.unwrap();
    let back = store.rollback("limits", 2).await.unwrap();
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, back.number, read.restores), (2, 5, Some(2)));
    let gone = store.rollback("limits", 4).await.unwrap();
    let read = store.fetch::<u32>("limits").await.unwrap();
    assert_eq!((gone.number, read.is_none()), (6, true));
    let error = store.rollback("limits", 9).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
}

#[dual]
#[scenario]
async fn entries_are_read_as_they_are_stored_and_brought_back() {
    let server = fixture::server();
    let store = open(&server, 1000).await;
    let nothing = store.entry("limits").await.unwrap();
    assert!(nothing.is_none());
    store.commit(Commit::new().put_bytes("limits", "1.0 ", Expect::Any).author("ops")).await.unwrap();
    store.delete("limits").await.unwrap();
    let now = store.entry("limits").await.unwrap().unwrap();
    assert!(now.is_deletion() && now.version().number == 2);
    assert_eq!(store.cached_version("limits"), None);
    let first = store.entry_at("limits", 1).await.unwrap();
    assert_eq!((first.bytes(), first.author()), (&b"1.0 "[..], "ops"));
    let error = store.entry_at("limits", 3).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);

    let early = store.commit(Commit::new().restore("limits", &first, now.version())).await.unwrap_err();
    assert!(early.is_conflict());
    store.commit(Commit::new().restore("limits", &first, Expect::Absent).message("back")).await.unwrap();
    let back = store.entry("limits").await.unwrap().unwrap();
    assert_eq!((back.bytes(), back.restores(), back.message()), (&b"1.0 "[..], Some(1), "back"));
    store.commit(Commit::new().restore("limits", &now, Expect::Any)).await.unwrap();
    let gone = store.entry("limits").await.unwrap().unwrap();
    assert!(gone.is_deletion());
}

#[dual]
#[scenario]
async fn an_update_makes_one_value_of_another() {
    let server = fixture::server();
    let store = open(&server, 1000).await;
    let error = store.update("limits", |limits: u32| limits).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    store.put("limits", &1).await.unwrap();
    let doubled = store.update("limits", |limits: u32| limits * 2).await.unwrap();
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version), (2, doubled));
}
