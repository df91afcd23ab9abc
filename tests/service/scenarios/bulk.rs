//! Many keys in one call: order, duplicates, missing keys and broken values.

use std::{collections::HashMap, time::Duration};

use redis_service::{ErrorKind, Expiry, Outcome, Ttl};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

#[dual]
#[scenario]
async fn values_keep_the_order_of_their_keys_duplicates_included() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    let values = redis.get_many::<i32>(&["b", "missing", "a", "b"]).await.unwrap();
    let values: Vec<_> = values.into_iter().map(Result::unwrap).collect();
    assert_eq!(values, [Some(2), None, Some(1), Some(2)]);
}

#[dual]
#[scenario]
async fn a_broken_value_spoils_only_its_own_place() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_many([("a", 1), ("c", 3)], HOUR).await.unwrap();
    redis.set_raw("b", "canary", HOUR).await.unwrap();
    let values = redis.get_many::<i32>(&["a", "b", "c"]).await.unwrap();
    assert_eq!(values[0].as_ref().unwrap(), &Some(1));
    assert_eq!(values[2].as_ref().unwrap(), &Some(3));
    let failed = values[1].as_ref().unwrap_err();
    assert_eq!((failed.key(), failed.error().kind()), ("b", ErrorKind::Deserialization));
    assert!(!format!("{failed} {failed:?}").contains("canary"));

    let error = redis.get_map::<_, i32>(&["a", "b", "c"]).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Deserialization, Some("b")));
}

#[dual]
#[scenario]
async fn no_keys_are_no_command() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let none: [&str; 0] = [];
    let before = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    let values = redis.get_many::<i32>(&none).await.unwrap();
    let map = redis.get_map::<_, i32>(&none).await.unwrap();
    let deleted = redis.delete_many(&none).await.unwrap();
    redis.set_many(Vec::<(&str, i32)>::new(), HOUR).await.unwrap();
    assert!(values.is_empty() && map.is_empty() && deleted == 0);
    let after = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    for command in ["mget", "unlink", "multi", "set"] {
        let calls = |stats: &str| stats.contains(&format!("cmdstat_{command}:"));
        assert_eq!(calls(&before), calls(&after), "{command}");
    }
}

#[dual]
#[scenario]
async fn a_map_holds_what_exists() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    let map = redis.get_map::<_, i32>(&["a", "missing", "b"]).await.unwrap();
    assert_eq!(map, HashMap::from([("a", 1), ("b", 2)]));
}

#[dual]
#[scenario]
async fn more_keys_than_fit_into_one_command() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let keys: Vec<_> = (0..10_000).map(|number| format!("key:{number}")).collect();
    redis.set_many(keys.iter().zip(0..10_000), HOUR).await.unwrap();
    let values = redis.get_many::<i32>(&keys).await.unwrap();
    assert!(values.into_iter().map(Result::unwrap).eq((0..10_000).map(Some)));
    let map = redis.get_map::<String, i32>(&keys).await.unwrap();
    assert_eq!(map.len(), 10_000);
    assert_eq!(map["key:9999"], 9_999);
    let deleted = redis.delete_many(&keys).await.unwrap();
    assert_eq!(deleted, 10_000);
}

#[dual]
#[scenario]
async fn every_key_is_set_with_its_expiry() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    for key in ["a", "b"] {
        let ttl = redis.ttl(key).await.unwrap();
        assert!(matches!(ttl, Ttl::Left(left) if left <= HOUR && left > HOUR / 2), "{ttl:?}");
    }
    redis.set_many([("c", 3)], Expiry::Never).await.unwrap();
    let ttl = redis.ttl("c").await.unwrap();
    assert_eq!(ttl, Ttl::Forever);
}

#[dual]
#[scenario]
async fn all_keys_are_set_or_none() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let error = redis.set_many([("a", 1), ("", 2)], HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));

    let mut cli = server.cli().unwrap();
    cli.call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::NotApplied));
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn deleting_counts_the_keys_that_there_were() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_many([("a", 1), ("b", 2), ("c", 3)], HOUR).await.unwrap();
    let deleted = redis.delete_many(&["a", "missing", "b", "a"]).await.unwrap();
    assert_eq!(deleted, 2);
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 1);
}

#[dual]
#[scenario]
async fn many_values_that_do_not_decode_are_reported_quickly() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_secs(60)).namespace("app");
    let keys: Vec<_> = (0..20_000).map(|number| format!("key:{number}")).collect();
    redis.set_many(keys.iter().map(|key| (key, 1)), HOUR).await.unwrap();
    let mut pipeline = redis.pipeline();
    let found = pipeline.get_many::<String>(&keys);
    let started = std::time::Instant::now();
    let mut results = pipeline.run().await.unwrap();
    let found = results.take(found).unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    for (found, key) in found.iter().zip(&keys) {
        assert_eq!(found.as_ref().unwrap_err().key(), key);
    }
}
