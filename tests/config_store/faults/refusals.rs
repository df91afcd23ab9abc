//! A server refuses writes: a commit is refused as a whole, and readers go on.

use std::time::Duration;

use redis_config_store::StoreOptions;
use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Options, Server};

use super::watcher_panel::{KEY, WatcherPanel};
use crate::{ConfigStore, RedisService, dual, fixture::impatient, scenario};

#[dual]
async fn open(url: &str) -> ConfigStore {
    let redis = RedisService::connect(impatient(url)).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(300));
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Checks that a server refuses commits after the commands `hindered`, and accepts them after `cured`.
#[dual]
async fn refuses(hindered: &[&str], cured: &[&str], kind: ErrorKind) {
    let server = Server::start(Options::default()).unwrap();
    let store = open(&server.url()).await;
    store.put(KEY, &1).await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    let known = store.state().await.unwrap();
    let mut cli = server.cli().unwrap();
    cli.text(hindered).unwrap();
    let error = store.put(KEY, &2).await.unwrap_err();
    assert_eq!((error.service().unwrap().kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
    let there = store.state().await.unwrap();
    assert_eq!(there, known);
    assert!(store.status().is_fresh(), "{:?}", store.status());
    cli.text(cured).unwrap();
    let put = store.put(KEY, &2).await.unwrap();
    assert_eq!((put.number, put.revision), (2, 2));
    let there = store.state().await.unwrap();
    panel.holds(&there).await;
    panel.received_only_commits();
}

#[dual]
#[scenario]
async fn a_server_without_replicas_refuses_commits_and_serves_followers() {
    let set = |replicas| ["CONFIG", "SET", "min-replicas-to-write", replicas];
    refuses(&set("1"), &set("0"), ErrorKind::WriteRefused).await;
}

#[dual]
#[scenario]
async fn a_server_without_memory_refuses_commits_and_serves_followers() {
    let set = |bytes| ["CONFIG", "SET", "maxmemory", bytes];
    refuses(&set("1"), &set("0"), ErrorKind::OutOfMemory).await;
}

/// Takes away each of the rights to write in turn.
#[dual]
#[scenario]
async fn a_user_without_all_the_rights_changes_nothing() {
    for missing in ["hset", "xadd", "xtrim"] {
        let rules = format!("~* +@all -{missing}");
        let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
        let whole = open(&server.url()).await;
        whole.put(KEY, &1).await.unwrap();
        let known = whole.state().await.unwrap();
        let panel = WatcherPanel::join(&whole).await;
        let store = open(&server.url_as("app", "secret")).await;
        let error = store.put(KEY, &2).await.unwrap_err();
        let kind = error.service().unwrap().kind();
        assert_eq!(
            (kind, error.outcome()),
            (ErrorKind::Permission, Outcome::NotApplied),
            "{missing}: {error}"
        );
        let there = whole.state().await.unwrap();
        assert_eq!(there, known, "{missing}");
        let put = whole.put(KEY, &3).await.unwrap();
        assert_eq!(put.revision, 2);
        let there = whole.state().await.unwrap();
        panel.holds(&there).await;
        panel.received_only_commits();
    }
}
