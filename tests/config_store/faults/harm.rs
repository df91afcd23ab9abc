//! Damages a namespace of the store, and checks what its watchers receive.

use std::time::Duration;

use redis_config_store::{StoreOptions, Watch, WatchEvent, watch::ResetReason};
use redis_testkit::{Server, Value};

use super::watcher_panel::WatcherPanel;
use crate::{ConfigStore, Watcher, dual, fixture};

pub(super) const INTERVAL: Duration = Duration::from_millis(300);

pub(super) const KEYS: [&str; 2] = ["{cs:billing}:cur", "{cs:billing}:log"];

/// A server that announces nothing: the store finds changes by reading.
pub(super) fn server() -> Server {
    fixture::server()
}

#[dual]
pub(super) async fn open(server: &Server) -> ConfigStore {
    let redis = fixture::connect(server).await;
    let options = StoreOptions::default().with_interval(INTERVAL).with_history(5);
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Dumps both keys of the store.
pub(super) fn dump(server: &Server) -> Vec<Vec<u8>> {
    let dump = |key: &&str| match server.cli().unwrap().call(&["DUMP", key]).unwrap() {
        Value::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    KEYS.iter().map(dump).collect()
}

/// Restores both keys in one step.
pub(super) fn restore(server: &Server, dump: &[Vec<u8>]) {
    let mut cli = server.cli().unwrap();
    cli.call(&["MULTI"]).unwrap();
    for (key, bytes) in KEYS.iter().zip(dump) {
        cli.call(&[b"RESTORE", key.as_bytes(), b"0", bytes, b"REPLACE"]).unwrap();
    }
    cli.call(&["EXEC"]).unwrap();
}

/// Applies `harm` to a namespace of three commits, and checks that every watcher receives `reason`.
#[dual]
pub(super) async fn suffers(harm: fn(&Server), reason: ResetReason) -> (Server, ConfigStore) {
    let server = server();
    let store = open(&server).await;
    for number in 1..=3 {
        store.put("limits", &number).await.unwrap();
    }
    let panel = WatcherPanel::join(&store).await;
    harm(&server);
    panel.receives_resets(&[reason]).await;
    // The state of a damaged namespace cannot be read.
    let there = store.state().await.unwrap_or_default();
    panel.holds(&there).await;
    assert_eq!(store.status().last_reset, Some(reason));
    (server, store)
}

/// Begins to watch a damaged namespace, and checks that the watcher receives `damage`.
#[dual]
pub(super) async fn joins_damaged(store: &ConfigStore, watch: Watch, damage: ResetReason) -> Watcher {
    let mut watcher = store.watch(watch).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    let event = watcher.next_event().await;
    let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.before, reset.keys.len()), (damage, state, 0));
    watcher
}

pub(super) fn call(server: &Server, command: &[&str]) {
    server.cli().unwrap().call(command).unwrap();
}

/// Checks that the next event of a watcher is a reset of these keys.
#[dual]
pub(super) async fn is_reset(watcher: &mut Watcher, reason: ResetReason, keys: &[&str]) {
    let event = watcher.next_event().await;
    let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
    let changed: Vec<_> = reset.keys.iter().map(|key| &*key.key).collect();
    assert_eq!((reset.reason, &*changed), (reason, keys));
}
