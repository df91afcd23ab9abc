//! The rights that the guide lists for users of the configuration store are enough, and no wider than a namespace.

use redis_config_store::{Commit, Expect, Watch, WatchEvent, status::Notifications};
use redis_service::{ErrorKind, Outcome};
use redis_testkit::Server;

use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, Wait, eventually, notifying_options},
    scenario,
};

const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The rules of the guide's `ACL SETUSER` for this user after the password.
fn rules(user: &str) -> String {
    let (_, rules) = OPERATIONS.split_once(&format!("ACL SETUSER {user} on >… ")).unwrap();
    let (rules, _) = rules.split_once("```").unwrap();
    rules.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A server that announces changes, and this user's connections to it.
#[dual]
async fn stage(user: &str) -> (Server, RedisService) {
    let options = notifying_options();
    let server = Server::start(options.with_user(user, "secret", rules(user))).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as(user, "secret"))).await.unwrap();
    (server, redis)
}

/// Every way to read and follow a namespace whose key `limits` another client changes.
#[dual]
async fn follows(store: &ConfigStore, server: &Server) {
    let other = ConfigStore::open(&fixture::connect(server).await, "billing").await.unwrap();
    other.put("limits", &1).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let mut watcher = store.watch(Watch::all().log()).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    // An interval is half a minute, longer than the test waits.
    let wait = Wait::until("notifications work");
    while !matches!(store.status().notifications, Notifications::Working) {
        wait.check();
        let put = other.update("limits", |limits: u32| limits + 1).await.unwrap();
        let event = watcher.next_event().await;
        let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
        assert_eq!(change.revision, put.revision);
    }
    let current = store.fetch::<u32>("limits").await.unwrap().unwrap();
    // A watcher may receive the change a moment before the live value is replaced.
    eventually("the live value is current", || live.load().unwrap().version == current.version).await;
    let state = store.state().await.unwrap();
    assert_eq!(state.get("limits").unwrap().version(), current.version);
    let history = store.history("limits").await.unwrap();
    let versions = store.versions("limits").await.unwrap();
    assert_eq!((history.len(), versions[0]), (versions.len(), current.version));
    let first = store.at::<u32>("limits", 1).await.unwrap().unwrap();
    assert_eq!(first.value, 1);
    let diff = store.diff("limits", 1, 2).await.unwrap();
    assert_eq!(diff.changes.len(), 1);
    let other = ConfigStore::open(&fixture::connect(server).await, "other").await.unwrap();
    other.put("limits", &1).await.unwrap();
}

#[dual]
#[scenario]
async fn the_rights_of_a_writer_are_enough_and_no_wider_than_a_namespace() {
    let (server, redis) = stage("billing-writer").await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    follows(&store, &server).await;
    let put = store.put("region", "eu").await.unwrap();
    store.put_if("region", "us", Expect::Version(put)).await.unwrap();
    store.update("region", |region: String| region + "-1").await.unwrap();
    store.rollback("region", 1).await.unwrap();
    store.delete("region").await.unwrap();
    let commit = Commit::new().put("region", "eu").unwrap().delete("limits").operation("move");
    store.commit(commit).await.unwrap();
    let other = ConfigStore::open(&redis, "other").await.unwrap();
    let error = other.put("limits", &2).await.unwrap_err();
    assert_eq!(error.service().unwrap().kind(), ErrorKind::Permission);
    let error = other.fetch::<u32>("limits").await.unwrap_err();
    assert_eq!(error.service().unwrap().kind(), ErrorKind::Permission);
}

#[dual]
#[scenario]
async fn the_rights_of_a_reader_are_enough_and_change_nothing() {
    let (server, redis) = stage("billing-reader").await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    follows(&store, &server).await;
    let known = store.state().await.unwrap();
    for commit in [Commit::new().delete("limits"), Commit::new().put("region", "eu").unwrap()] {
        let error = store.commit(commit).await.unwrap_err();
        let kind = error.service().unwrap().kind();
        assert_eq!((kind, error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{error}");
    }
    let there = store.state().await.unwrap();
    assert_eq!(there, known);
    let mut cli = server.cli().unwrap();
    for command in
        ["DEL k", "UNLINK k", "EXPIRE k 1", "RENAME k k", "HSET k f v", "XADD k * f v", "XTRIM k MINID 9"]
    {
        let command = command.replace('k', "{cs:billing}:cur");
        let words = ["ACL", "DRYRUN", "billing-reader"].into_iter().chain(command.split(' '));
        let answer = cli.text(&words.collect::<Vec<_>>()).unwrap();
        assert!(answer.contains("no permissions"), "{command}: {answer}");
    }
    let other = ConfigStore::open(&redis, "other").await.unwrap();
    let error = other.fetch::<u32>("limits").await.unwrap_err();
    assert_eq!(error.service().unwrap().kind(), ErrorKind::Permission);
}
