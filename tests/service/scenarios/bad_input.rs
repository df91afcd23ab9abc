//! Invalid arguments get a typed error before anything is sent.

use std::{collections::BTreeMap, time::Duration};

use redis_service::{Error, ErrorKind, Key, Outcome};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

fn is_refused(error: &Error) -> bool {
    (error.kind(), error.outcome()) == (ErrorKind::InvalidInput, Outcome::NotApplied)
}

#[dual]
#[scenario]
async fn invalid_keys_are_refused() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let fine = Key::new("fine");
    let long = "k".repeat(1 << 20);
    for key in [Key::new(""), Key::new("a").part(""), Key::new(&long)] {
        let errors = [
            redis.get::<i32>(&key).await.unwrap_err(),
            redis.get_raw(&key).await.unwrap_err(),
            redis.set(&key, &1, HOUR).await.unwrap_err(),
            redis.set_raw(&key, "1", HOUR).await.unwrap_err(),
            redis.set_if_absent(&key, &1, HOUR).await.unwrap_err(),
            redis.set_if_present(&key, &1, HOUR).await.unwrap_err(),
            redis.replace(&key, &1, HOUR).await.unwrap_err(),
            redis.take::<i32>(&key).await.unwrap_err(),
            redis.get_many::<i32>(&[&fine, &key]).await.unwrap_err(),
            redis.set_many([(&key, 1)], HOUR).await.unwrap_err(),
            redis.delete(&key).await.unwrap_err(),
            redis.exists(&key).await.unwrap_err(),
            redis.expire(&key, HOUR).await.unwrap_err(),
            redis.ttl(&key).await.unwrap_err(),
            redis.persist(&key).await.unwrap_err(),
            redis.touch(&key).await.unwrap_err(),
        ];
        for error in errors {
            assert!(is_refused(&error), "{error}");
        }
    }
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn keys_that_look_odd_are_keys() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for key in ["\0", "a\r\nSET b 1", "*?[]\\", "{}", ":", " ", "é", "\u{10ffff}"] {
        redis.set(key, key, HOUR).await.unwrap();
        let found: Option<String> = redis.get(key).await.unwrap();
        assert_eq!(found.as_deref(), Some(key));
    }
    redis.set(&b"\xff\xfe"[..], &1, HOUR).await.unwrap();
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 9);
}

#[dual]
#[scenario]
async fn values_above_the_maximum_are_refused() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_max_value_bytes(10);
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", "12345678", HOUR).await.unwrap();
    let errors = [
        redis.set("key", "123456789", HOUR).await.unwrap_err(),
        redis.set_raw("key", "12345678901", HOUR).await.unwrap_err(),
        redis.set_if_present("key", "123456789", HOUR).await.unwrap_err(),
        redis.set_many([("key", "123456789")], HOUR).await.unwrap_err(),
    ];
    for error in errors {
        assert!(is_refused(&error) && error.key() == Some("key"), "{error}");
    }
    let found: Option<String> = redis.get("key").await.unwrap();
    assert_eq!(found.as_deref(), Some("12345678"));
}

#[dual]
#[scenario]
async fn values_that_cannot_be_encoded_are_refused() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let unencodable = BTreeMap::from([((1, 2), "canary")]);
    let error = redis.set("key", &unencodable, HOUR).await.unwrap_err();
    assert!(error.is_serialization() && error.is_not_applied());
    assert!(!format!("{error} {error:?}").contains("canary"));
    let found = redis.exists("key").await.unwrap();
    assert!(!found);
}

#[dual]
#[scenario]
async fn values_nested_beyond_reason_do_not_decode() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    redis.set_raw("deep", deep, HOUR).await.unwrap();
    let error = redis.get::<serde_json::Value>("deep").await.unwrap_err();
    assert!(error.is_deserialization());
}

#[dual]
#[scenario]
async fn invalid_configurations_are_refused() {
    let fine = || fixture::config("redis://127.0.0.1:1");
    for config in [fine().with_pool_size(0), fine().with_response_timeout(Duration::ZERO)] {
        let error = RedisService::connect(config).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Config, Outcome::NotApplied));
    }
    for url in ["redis+sentinel://127.0.0.1:26379/mymaster", "redis+cluster://127.0.0.1:7000"] {
        let error = RedisService::connect(fixture::config(url)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{url}");
    }
}
