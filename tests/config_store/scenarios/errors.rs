//! An error of the store names the method that was called and the caller's key, whatever the store asked Redis.

use std::time::Duration;

use redis_config_store::{Commit, Expect, StoreError, StoreErrorKind, StoreOptions, Watch, read::ReadPolicy};
use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Options, Server};

use crate::{ConfigStore, RedisService, dual, fixture, fixture::impatient, scenario};

/// The error of each method of one key, by its name.
#[dual]
async fn errors_of_a_key(store: &ConfigStore) -> Vec<(&'static str, StoreError)> {
    let one = Commit::new().put("limits", &1).unwrap();
    Vec::from([
        ("fetch", store.fetch::<u32>("limits").await.unwrap_err()),
        ("fetch_with", store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap_err()),
        ("entry", store.entry("limits").await.unwrap_err()),
        ("put", store.put("limits", &1).await.unwrap_err()),
        ("put_if", store.put_if("limits", &1, Expect::Absent).await.unwrap_err()),
        ("delete", store.delete("limits").await.unwrap_err()),
        ("delete_if", store.delete_if("limits", Expect::Number(1)).await.unwrap_err()),
        ("update", store.update("limits", |rps: u32| rps).await.unwrap_err()),
        ("commit", store.commit(one).await.unwrap_err()),
        ("history", store.history("limits").await.unwrap_err()),
        ("versions", store.versions("limits").await.unwrap_err()),
        ("at", store.at::<u32>("limits", 1).await.unwrap_err()),
        ("entry_at", store.entry_at("limits", 1).await.unwrap_err()),
        ("diff", store.diff("limits", 1, 2).await.unwrap_err()),
        ("rollback", store.rollback("limits", 1).await.unwrap_err()),
    ])
}

/// The error of each method of no single key.
#[dual]
async fn other_errors(store: &ConfigStore) -> Vec<(&'static str, StoreError)> {
    let two = Commit::new().put("a", &1).unwrap().put("b", &1).unwrap();
    Vec::from([("state", store.state().await.unwrap_err()), ("commit", store.commit(two).await.unwrap_err())])
}

/// Checks that each error names its method and its key, and nothing that the store uses for it.
#[dual]
async fn are_named(store: &ConfigStore, kind: StoreErrorKind) -> Vec<StoreError> {
    let mut of_a_key = errors_of_a_key(store).await;
    if kind == StoreErrorKind::Closed {
        // While Redis is only unavailable, it begins without a value.
        of_a_key.push(("live", store.live::<u32>("limits").await.unwrap_err()));
    }
    let others = other_errors(store).await;
    let of_a_key = of_a_key.into_iter().map(|(method, error)| (method, Some("limits"), error));
    let all = of_a_key.chain(others.into_iter().map(|(method, error)| (method, None, error)));
    let named = all.map(|(method, key, error)| {
        assert_eq!((error.operation(), error.key(), error.kind()), (Some(method), key, kind), "{error}");
        let begins = key.map_or_else(|| format!("{method}: "), |key| format!("{method} {key:?}: "));
        let text = error.to_string();
        assert!(text.starts_with(&begins), "{text}");
        for internal in ["{cs:", "script \"", "HMGET \"", "sync"] {
            assert!(!text.contains(internal), "{text}");
        }
        error
    });
    named.collect()
}

#[dual]
async fn open(server: &Server) -> ConfigStore {
    let redis = RedisService::connect(impatient(&server.url())).await.unwrap();
    ConfigStore::open(&redis, "billing").await.unwrap()
}

#[dual]
#[scenario]
async fn an_unreachable_server_is_an_error_of_the_method_and_the_key() {
    let server = fixture::server();
    let address = server.address().to_string();
    let store = open(&server).await;
    drop(server);
    for error in are_named(&store, StoreErrorKind::Service).await {
        assert!(error.is_unavailable(), "{error}");
        let outcome = error.service().unwrap().outcome();
        assert_eq!((error.server(), error.outcome()), (Some(&*address), outcome));
        assert!(error.to_string().ends_with(&format!("{outcome}, server {address})")), "{error}");
    }
}

#[dual]
#[scenario]
async fn a_closed_service_is_an_error_of_the_method_and_the_key() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    redis.close().await;
    for error in are_named(&store, StoreErrorKind::Closed).await {
        assert!(error.to_string().contains(" was closed (closed"), "{error}");
    }
    store.close();
    are_named(&store, StoreErrorKind::Closed).await;
    let error = store.watch(Watch::all()).await.unwrap_err();
    assert_eq!(error.operation(), Some("watch"));
}

#[dual]
#[scenario]
async fn a_missing_right_names_the_command_that_needs_it() {
    let rules = "~* +@all -hmget -evalsha";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(impatient(&server.url_as("app", "secret"))).await.unwrap();
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.to_string().starts_with("fetch \"limits\": HMGET: "), "{error}");
    let written = store.put("limits", &1).await.unwrap_err();
    assert!(
        written.to_string().starts_with("put \"limits\": EVALSHA, or a command in the script: "),
        "{written}"
    );
    for error in [error, written] {
        let kind = error.service().unwrap().kind();
        assert_eq!((kind, error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{error}");
    }
}

#[dual]
#[scenario]
async fn what_the_store_refuses_itself_is_an_error_of_the_method_and_the_key() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let check = |rps: &u32| if *rps > 9 { Err("too large".to_owned()) } else { Ok(()) };
    let options = StoreOptions::default().with_validator("limits", check);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    let refused = store.put("limits", &10).await.unwrap_err();
    assert_eq!(refused.to_string(), "put \"limits\": too large (invalid)");
    let missing = store.update("other", |rps: u32| rps).await.unwrap_err();
    assert_eq!(missing.to_string(), "update \"other\": does not exist (missing)");
    store.put("limits", &1).await.unwrap();
    let conflict = store.put_if("limits", &2, Expect::Absent).await.unwrap_err();
    assert_eq!(conflict.to_string(), "put_if \"limits\": exists already (conflict, at version 1)");
    let both = Commit::new().put("a", &1).unwrap().put_if("limits", &2, Expect::Absent).unwrap();
    let conflict = store.commit(both).await.unwrap_err();
    assert_eq!(conflict.to_string(), "commit \"limits\": exists already (conflict, at version 1)");
    let reserved = store.fetch::<u32>("#epoch").await.unwrap_err();
    assert_eq!(reserved.to_string(), "fetch \"#epoch\": a key must not begin with # (invalid input)");
    let long = store.fetch::<u32>(&"canary".repeat(100)).await.unwrap_err();
    assert_eq!(long.to_string(), "fetch: a key must have 1 to 512 bytes (invalid input)");
    let error = ConfigStore::open(&redis, "a{b").await.unwrap_err();
    assert_eq!((error.operation(), error.kind()), (Some("open"), StoreErrorKind::InvalidInput));
    let live = store.live::<u32>("limits").await.unwrap();
    let stale = live.load_within(Duration::ZERO).unwrap_err();
    assert_eq!((stale.operation(), stale.key()), (Some("load_within"), Some("limits")));
}
