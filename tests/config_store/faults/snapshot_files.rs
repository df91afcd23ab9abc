//! A snapshot file is damaged, belongs to another namespace, cannot be read, or was left half written.

use std::{fs, path::PathBuf};

use redis_config_store::{
    StoreErrorKind, StoreOptions,
    read::{ReadPolicy, Source},
    status::Freshness,
};
use redis_testkit::Server;

use super::cold_start::{is_left, open};
use crate::{
    ConfigStore, dual,
    fixture::{self, TempFile, eventually},
    scenario,
};

/// Files after a power cut, a full disk and a mistake.
fn damaged(whole: &[u8]) -> [Vec<u8>; 4] {
    let mut changed = whole.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    [vec![0; whole.len()], whole[..whole.len() / 2].to_vec(), changed, b"canary\n".to_vec()]
}

/// The path of the file with an ending.
fn beside(file: &TempFile, ending: &str) -> PathBuf {
    file.path().with_file_name(format!("file{ending}"))
}

#[dual]
#[scenario]
async fn a_damaged_file_keeps_no_service_from_starting_and_is_replaced() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    let whole = fs::read(file.path()).unwrap();
    for bytes in damaged(&whole) {
        fs::write(file.path(), &bytes).unwrap();
        let store = open(&server, &file).await.unwrap();
        let error = store.status().snapshot_error.unwrap();
        assert_eq!(error.kind(), StoreErrorKind::Disk);
        assert!(error.to_string().contains("damaged") && !error.to_string().contains("canary"), "{error}");
        assert_eq!(fs::read(file.path()).unwrap(), bytes, "Redis has not answered yet");
        let live = store.live::<u32>("limits").await.unwrap();
        let current = live.load().unwrap();
        assert_eq!((current.value, current.source), (7, Source::Local));
        eventually("the file is written again", || store.status().snapshot_error.is_none()).await;
        assert_eq!(fs::read(file.path()).unwrap(), whole);
    }
    server.kill().unwrap();
    let store = open(&server, &file).await.unwrap();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (7, Source::Disk));
}

#[dual]
#[scenario]
async fn while_redis_is_down_reads_report_the_damage() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    fs::write(file.path(), [0; 512]).unwrap();
    server.kill().unwrap();
    let store = open(&server, &file).await.unwrap();
    let error = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert!(error.to_string().contains("the snapshot file is damaged"), "{error}");
    // A live value begins without a value, and its status says why the file did not help.
    let live = store.live::<u32>("limits").await.unwrap();
    let status = live.status().store;
    assert!(live.load().is_none() && matches!(status.freshness, Freshness::NotReady), "{status:?}");
    let damage = status.snapshot_error.unwrap();
    assert!(damage.to_string().contains("the snapshot file is damaged"), "{damage}");
    assert_eq!(fs::read(file.path()).unwrap(), [0; 512]);
    // Without a file, there is nothing to report.
    fs::remove_file(file.path()).unwrap();
    let store = open(&server, &file).await.unwrap();
    let error = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap_err();
    assert!(!error.to_string().contains("snapshot") && store.status().snapshot_error.is_none(), "{error}");
}

#[dual]
async fn open_other(server: &Server, file: &TempFile) -> redis_config_store::error::Result<ConfigStore> {
    let redis = fixture::connect(server).await;
    let options = StoreOptions::default().with_snapshot_file(file.path());
    ConfigStore::open_with(&redis, "other", options).await
}

#[dual]
#[scenario]
async fn a_file_of_another_namespace_is_an_error_and_is_never_replaced() {
    let server = fixture::server();
    let file = TempFile::new();
    // Both namespaces begin before there is a file.
    let other = open_other(&server, &file).await.unwrap();
    is_left(&file, &server, 7).await;
    let whole = fs::read(file.path()).unwrap();
    other.put("limits", &1).await.unwrap();
    let live = other.live::<u32>("limits").await.unwrap();
    eventually("the status shows the mistake", || {
        other.status().snapshot_error.is_some_and(|error| error.to_string().contains("another namespace"))
    })
    .await;
    assert_eq!(live.load().unwrap().value, 1);
    let error = open_other(&server, &file).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Disk);
    assert_eq!(fs::read(file.path()).unwrap(), whole);
}

#[dual]
#[scenario]
async fn a_file_that_cannot_be_read_keeps_no_service_from_starting_and_stays() {
    let server = fixture::server();
    let file = TempFile::new();
    fs::create_dir(file.path()).unwrap();
    let store = open(&server, &file).await.unwrap();
    assert_eq!(store.status().snapshot_error.unwrap().kind(), StoreErrorKind::Disk);
    store.put("limits", &7).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let syncs = store.status().syncs;
    eventually("the store asks on", || store.status().syncs > syncs + 2).await;
    assert_eq!(live.load().unwrap().value, 7);
    assert!(store.status().snapshot_error.is_some() && file.path().is_dir());
}

#[dual]
#[scenario]
async fn what_a_killed_process_left_half_written_is_removed() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    let litter = beside(&file, ".tmp");
    for is_down in [false, true] {
        fs::write(&litter, "half of the values").unwrap();
        if is_down {
            server.kill().unwrap();
        }
        let store = open(&server, &file).await.unwrap();
        assert!(!litter.exists());
        let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
        assert_eq!(known.value, 7);
    }
    let folder = fs::read_dir(file.path().parent().unwrap()).unwrap();
    let mut left: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    left.sort_unstable();
    assert_eq!(left, [file.path().to_owned(), beside(&file, ".lock")]);
}

#[dual]
#[scenario]
async fn the_file_follows_redis_to_an_older_state_and_a_new_epoch() {
    let server = fixture::server();
    let file = TempFile::new();
    is_left(&file, &server, 7).await;
    // Nobody follows the store while everything is lost.
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    let redis = fixture::connect(&server).await;
    let writer = ConfigStore::open(&redis, "billing").await.unwrap();
    writer.put("limits", &8).await.unwrap();
    let store = open(&server, &file).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert_eq!(live.load().unwrap().value, 8);
    eventually("the file holds 8", || fs::read(file.path()).is_ok_and(|bytes| bytes.ends_with(b"8"))).await;
}
