//! The store's error answers the predicates and accessors of the service's error, with the same meaning.

#![cfg(feature = "blocking")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, time::Duration};

use redis_config_store::{ConfigStore, Expect, StoreError, StoreErrorKind, StoreOptions};
use redis_service::{Error, Expiry, RedisService, ServiceConfig};
use redis_testkit::{Options, Server};

/// Compares both errors by each of these methods, and names the methods. One that an error lacks does not compile.
macro_rules! shared_methods {
    ($($method:ident)*) => {
        const SHARED: &[&str] = &[$(stringify!($method)),*];

        fn compare(service: &Error) {
            let store = StoreError::from(service.clone());
            $(assert_eq!(service.$method(), store.$method(), "{}: {service:?}", stringify!($method));)*
        }
    };
}

shared_methods! {
    outcome operation code server_text server retry_after
    is_connection is_serialization is_deserialization is_operation is_unavailable is_timeout is_not_applied
}

/// Each error has a kind of its own; the store's names the key as the store does.
const OWN: [&str; 2] = ["kind", "key"];

#[test]
fn no_method_of_the_service_s_error_is_forgotten() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../redis-service/src/error.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let methods: Vec<_> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub fn ")?.split_once("(&self)").map(|(name, _)| name))
        .collect();
    assert!(methods.len() >= SHARED.len(), "{methods:?}");
    for method in methods {
        assert!(SHARED.contains(&method) || OWN.contains(&method), "the store's error has no `{method}`");
    }
}

#[test]
fn an_error_of_the_service_keeps_its_predicates() {
    let server = Server::start(Options::default()).unwrap();
    let config = ServiceConfig::from_url(&server.url()).unwrap().with_deadline(Duration::from_secs(5));
    let redis = RedisService::connect(config).unwrap();
    redis.set("text", "no number", Expiry::Never).unwrap();
    server.cli().unwrap().call(&["RPUSH", "list", "1"]).unwrap();

    compare(&ServiceConfig::from_url("nonsense").unwrap_err());
    compare(&redis.get::<u32>("text").unwrap_err());
    compare(&redis.get::<String>("list").unwrap_err());
    compare(&redis.set("map", &BTreeMap::from([((1, 2), 3)]), Expiry::Never).unwrap_err());
    compare(&redis.increment("text", 1).unwrap_err());
    drop(server);
    let unavailable = redis.get::<String>("text").unwrap_err();
    assert!(unavailable.is_unavailable() && unavailable.server().is_some(), "{unavailable:?}");
    compare(&unavailable);
    redis.close();
    let closed = redis.get::<String>("text").unwrap_err();
    compare(&closed);
    assert!(StoreError::from(closed).is_closed());
}

#[test]
fn an_error_of_the_store_is_under_the_predicate_of_its_kind() {
    let server = Server::start(Options::default()).unwrap();
    let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
    let check = |limit: &u32| if *limit > 9 { Err("too large".to_owned()) } else { Ok(()) };
    let options = StoreOptions::default().with_validator("limits", check);
    let store = ConfigStore::open_with(&redis, "billing", options).unwrap();
    let first = store.put("text", "no number").unwrap();

    let conflict = store.put_if("text", "another", Expect::Absent).unwrap_err();
    assert!(conflict.is_conflict() && conflict.is_operation() && conflict.is_not_applied());
    assert_eq!((conflict.key(), conflict.current()), (Some("text"), Some(first)));
    let refused = store.put("limits", &10).unwrap_err();
    assert!(refused.is_invalid() && refused.is_operation() && !refused.is_deserialization());
    let mistyped = store.fetch::<u32>("text").unwrap_err();
    assert!(mistyped.is_invalid() && mistyped.is_deserialization() && !mistyped.is_operation());
    let unencodable = store.put("map", &BTreeMap::from([((1, 2), 3)])).unwrap_err();
    assert!(unencodable.is_serialization() && !unencodable.is_operation());
    assert!(store.at::<String>("text", 7).unwrap_err().is_missing());
    let invalid = store.put("#reserved", &1).unwrap_err();
    assert!(invalid.kind() == StoreErrorKind::InvalidInput && invalid.is_operation());
    store.close();
    let closed = store.put("text", "another").unwrap_err();
    assert!(closed.is_closed() && closed.is_connection() && !closed.is_unavailable());
}
