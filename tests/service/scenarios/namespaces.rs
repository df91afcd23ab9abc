//! Namespaces keep their keys apart, and patterns keep to their namespace.

use redis_service::{
    ErrorKind, Key,
    values::{Namespace, Pattern},
};
use redis_testkit::Value;

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

#[dual]
#[scenario]
async fn the_same_key_in_two_namespaces_is_two_keys() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (one, two) = (redis.namespace("one"), redis.namespace("two"));
    one.set("key", &1, HOUR).await.unwrap();
    two.set("key", &2, HOUR).await.unwrap();
    one.namespace("below").set("key", &3, HOUR).await.unwrap();
    let found = one.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(1));
    let found = two.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
    let found = redis.get::<i32>("one:below:key").await.unwrap();
    assert_eq!(found, Some(3));
    let deleted = one.delete("key").await.unwrap();
    let left = two.exists("key").await.unwrap();
    assert!(deleted && left);
}

#[dual]
#[scenario]
async fn a_configured_namespace_prefixes_every_key() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_namespace("app");
    let redis = RedisService::connect(config).await.unwrap();
    redis.set(Key::new("user").part(1), "Ada", HOUR).await.unwrap();
    redis.set_many([("a", 1)], HOUR).await.unwrap();
    let mut cli = server.cli().unwrap();
    assert_eq!(cli.integer(&["EXISTS", "app:user:1", "app:a"]).unwrap(), 2);
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 2);
}

#[dual]
#[scenario]
async fn errors_name_the_key_without_its_namespace() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set_raw("key", "{", HOUR).await.unwrap();
    let error = redis.get::<i32>("key").await.unwrap_err();
    assert_eq!(error.key(), Some("key"));
}

#[dual]
#[scenario]
async fn an_invalid_namespace_is_refused_by_every_call() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("");
    let error = redis.get::<i32>("key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// The server is the oracle of what a glob matches.
#[test]
fn glob_characters_in_namespaces_and_literals_match_themselves_alone() {
    let server = fixture::server();
    let mut cli = server.cli().unwrap();
    let names = ["a", "a*", "a?", "[a]", "^a", "a\\", "a-z", "ab", "a:b", "*", "é*", "[^a]", "\\*"];
    for name in names {
        cli.call(&["SET", &format!("{name}:key"), "1"]).unwrap();
    }
    for name in names {
        let below = Namespace::root().below(name).pattern(&Pattern::new("*")).unwrap();
        let Value::Array(found) = cli.call(&[&b"KEYS"[..], &below[..]]).unwrap() else { panic!("no array") };
        let expected: Vec<_> =
            names.iter().filter(|other| format!("{other}:key").starts_with(&format!("{name}:"))).collect();
        assert_eq!(found.len(), expected.len(), "{name}");

        let literal = Pattern::literal(format!("{name}:key"));
        let Value::Array(found) = cli.call(&[&b"KEYS"[..], literal.as_bytes()]).unwrap() else {
            panic!("no array")
        };
        assert_eq!(found, [Value::Bulk(format!("{name}:key").into_bytes())], "{name}");
    }
}
