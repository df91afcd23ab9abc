//! The layout of an older store: what its Python side wrote with SET and RPUSH is read, its reader reads what is written
//! here, and other keys are left alone.

use redis_config_legacy::LegacyOptions;
use redis_config_store::{Expect, StoreErrorKind};
use redis_testkit::{Options, Server, Value};
use serde::{Deserialize, Serialize};

use crate::{LegacyStore, RedisService, dual, fixture, scenario};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Limits {
    rps: u32,
}

#[dual]
async fn open(server: &Server, options: LegacyOptions) -> LegacyStore {
    let redis = fixture::connect(server).await;
    LegacyStore::open_with(&redis, "config:", options)
}

/// Reads a key as the older store's Python side does: version and value, with its own commands.
fn python(server: &Server, key: &str) -> Option<(i64, String)> {
    let mut cli = server.cli().unwrap();
    match &*cli.text(&["TYPE", key]).unwrap() {
        "none" => None,
        "string" => Some((1, cli.text(&["GET", key]).unwrap())),
        _ => Some((cli.integer(&["LLEN", key]).unwrap(), cli.text(&["LINDEX", key, "-1"]).unwrap())),
    }
}

fn list(server: &Server, key: &str) -> Vec<String> {
    let text = |item| match item {
        Value::Bulk(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    };
    match server.cli().unwrap().call(&["LRANGE", key, "0", "-1"]).unwrap() {
        Value::Array(items) => items.into_iter().map(text).collect(),
        other => panic!("{other:?}"),
    }
}

#[dual]
#[scenario]
async fn what_python_wrote_is_read() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = LegacyStore::open(&redis, "config:");
    assert_eq!(store.prefix(), "config:");
    let mut cli = server.cli().unwrap();
    let nothing = store.fetch::<Limits>("limits").await.unwrap();
    assert!(nothing.is_none());
    cli.call(&["SET", "config:limits", r#"{"rps": 100}"#]).unwrap();
    let first = store.fetch::<Limits>("limits").await.unwrap().unwrap();
    assert_eq!((first.value, first.version.number, first.version.revision), (Limits { rps: 100 }, 1, 0));
    cli.call(&["DEL", "config:limits"]).unwrap();
    for rps in [100, 200, 300] {
        cli.call(&["RPUSH", "config:limits", &format!(r#"{{"rps": {rps}}}"#)]).unwrap();
    }
    assert_eq!(store.cached_version("limits"), Some(first.version), "no command was sent");
    let third = store.fetch::<Limits>("limits").await.unwrap().unwrap();
    assert_eq!((third.value, third.version.number), (Limits { rps: 300 }, 3));
    assert_eq!(store.cached_version("limits"), Some(third.version));
    for number in 1..=3 {
        let read = store.at::<Limits>("limits", number).await.unwrap();
        assert_eq!(
            (u64::from(read.value.rps), read.version.number, read.version.revision),
            (number * 100, number, 0)
        );
    }
    let versions = store.versions("limits").await.unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| version.number).collect();
    assert_eq!(
        (numbers, versions[0], versions[2].digest),
        (vec![3, 2, 1], third.version, first.version.digest)
    );
    for missing in [0, 4, u64::MAX] {
        let error = store.at::<Limits>("limits", missing).await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (StoreErrorKind::Missing, Some("limits")), "{missing}");
    }
}

#[dual]
#[scenario]
async fn what_is_written_python_reads() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    for (rps, stored) in [(1, "string"), (2, "list"), (3, "list")] {
        let put = store.put("limits", &Limits { rps }).await.unwrap();
        assert_eq!((put.number, put.revision), (u64::from(rps), 0));
        assert_eq!(store.cached_version("limits"), Some(put));
        assert_eq!(server.cli().unwrap().text(&["TYPE", "config:limits"]).unwrap(), stored);
        let read = python(&server, "config:limits");
        assert_eq!(read, Some((rps.into(), format!(r#"{{"rps":{rps}}}"#))));
    }
    let again = store.put("limits", &Limits { rps: 3 }).await.unwrap();
    assert_eq!(again.number, 3, "the same value is no new version");
    assert_eq!(list(&server, "config:limits"), [r#"{"rps":1}"#, r#"{"rps":2}"#, r#"{"rps":3}"#]);
    let deleted = store.delete("limits").await.unwrap();
    assert_eq!((deleted, store.cached_version("limits")), (Some(again), None));
    let deleted = store.delete("limits").await.unwrap();
    assert_eq!((deleted, python(&server, "config:limits")), (None, None));
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
    let recreated = store.put("limits", &Limits { rps: 4 }).await.unwrap();
    assert_eq!((recreated.number, python(&server, "config:limits").unwrap().0), (1, 1));
}

#[dual]
#[scenario]
async fn the_newest_may_be_the_first() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default().with_newest_first()).await;
    let mut cli = server.cli().unwrap();
    cli.call(&["LPUSH", "config:limits", "1", "2", "3"]).unwrap();
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version.number), (3, 3));
    let first = store.at::<u32>("limits", 1).await.unwrap();
    assert_eq!(first.value, 1);
    store.put("limits", &4).await.unwrap();
    assert_eq!(list(&server, "config:limits"), ["4", "3", "2", "1"]);
    let versions = store.versions("limits").await.unwrap();
    assert_eq!((versions.len(), versions[1]), (4, read.version));
    store.put("other", &1).await.unwrap();
    store.put("other", &2).await.unwrap();
    assert_eq!(list(&server, "config:other"), ["2", "1"]);
}

#[dual]
#[scenario]
async fn a_failed_expectation_changes_nothing_and_returns_the_current_version() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    let first = store.put_if("limits", &1, Expect::Absent).await.unwrap();
    let second = store.put_if("limits", &2, first).await.unwrap();
    for stale in [Expect::Version(first), Expect::Absent, Expect::Number(1), Expect::Number(3)] {
        let put = store.put_if("limits", &3, stale).await.unwrap_err();
        let deleted = store.delete_if("limits", stale).await.unwrap_err();
        for error in [put, deleted] {
            assert_eq!(
                (error.kind(), error.current(), error.key()),
                (StoreErrorKind::Conflict, Some(second), Some("limits"))
            );
        }
    }
    // The same number with another value: the store notices that it was deleted and written again.
    let mut cli = server.cli().unwrap();
    cli.call(&["DEL", "config:limits"]).unwrap();
    cli.call(&["RPUSH", "config:limits", "7", "8"]).unwrap();
    let error = store.put_if("limits", &3, second).await.unwrap_err();
    assert_eq!((error.is_conflict(), error.current().unwrap().number), (true, 2));
    assert_eq!(list(&server, "config:limits"), ["7", "8"]);
    let error = store.put_if("other", &3, Expect::Number(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.current()), (StoreErrorKind::Conflict, None));
    let deleted = store.delete_if("limits", Expect::Number(2)).await.unwrap();
    assert_eq!(deleted.unwrap().number, 2);
    let error = store.update("limits", |limits: u32| limits + 1).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (StoreErrorKind::Missing, Some("limits")));
}

/// The key and its base, as Redis stores them.
fn dumps(server: &Server) -> [Value; 2] {
    ["config:limits", "{config:limits}#base"].map(|key| server.cli().unwrap().call(&["DUMP", key]).unwrap())
}

#[dual]
#[scenario]
async fn a_key_of_another_type_is_an_error_and_left_alone() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default().with_kept_versions()).await;
    let mut cli = server.cli().unwrap();
    for (kind, create) in [
        ("hash", &["HSET", "config:limits", "field", "1"][..]),
        ("set", &["SADD", "config:limits", "1"]),
        ("zset", &["ZADD", "config:limits", "1", "a"]),
        ("stream", &["XADD", "config:limits", "1-1", "a", "b"]),
        // Its base is one that no store wrote.
        ("base", &["SET", "{config:limits}#base", "text"]),
        ("base", &["HSET", "{config:limits}#base", "field", "1"]),
    ] {
        cli.call(&["FLUSHALL"]).unwrap();
        cli.call(create).unwrap();
        let before = dumps(&server);
        let errors = [
            store.fetch::<u32>("limits").await.unwrap_err(),
            store.at::<u32>("limits", 1).await.unwrap_err(),
            store.versions("limits").await.unwrap_err(),
            store.put("limits", &1).await.unwrap_err(),
            store.put_if("limits", &1, Expect::Absent).await.unwrap_err(),
            store.update("limits", |limits: u32| limits + 1).await.unwrap_err(),
            store.delete("limits").await.unwrap_err(),
            store.trim("limits", 1).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(
                (error.kind(), error.key()),
                (StoreErrorKind::Integrity, Some("limits")),
                "{kind}: {error}"
            );
            assert!(error.to_string().contains(kind), "{kind}: {error}");
        }
        assert_eq!(dumps(&server), before, "{kind}");
    }
}

#[dual]
#[scenario]
async fn a_value_that_does_not_decode_names_key_and_version_and_shows_nothing() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    server.cli().unwrap().call(&["RPUSH", "config:limits", "1", "\"canary\""]).unwrap();
    let fetched = store.fetch::<u32>("limits").await.unwrap_err();
    let at = store.at::<u32>("limits", 2).await.unwrap_err();
    let updated = store.update("limits", |limits: u32| limits + 1).await.unwrap_err();
    for error in [fetched, at, updated] {
        let version = error.current().map(|version| version.number);
        assert_eq!((error.kind(), error.key(), version), (StoreErrorKind::Invalid, Some("limits"), Some(2)));
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    let first = store.at::<u32>("limits", 1).await.unwrap();
    assert_eq!(first.value, 1);
}

#[dual]
#[scenario]
async fn values_are_bytes_to_redis_and_come_back_as_they_are() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    let big = 9_007_199_254_740_993_u64;
    store.put("big", &big).await.unwrap();
    store.put("big", &1.0).await.unwrap();
    store.put("big", "ü\0").await.unwrap();
    assert_eq!(list(&server, "config:big"), ["9007199254740993", "1.0", "\"ü\\u0000\""]);
    let read = store.at::<u64>("big", 1).await.unwrap();
    assert_eq!(read.value, big);
    // Python's value stays unchanged when it becomes the first of a list.
    let mut cli = server.cli().unwrap();
    cli.call(&[&b"SET"[..], b"config:raw", b"\xff\x00 1e+16 [ ]"]).unwrap();
    store.put("raw", &1).await.unwrap();
    let first = cli.call(&["LINDEX", "config:raw", "0"]).unwrap();
    assert!(matches!(&first, Value::Bulk(bytes) if bytes == b"\xff\x00 1e+16 [ ]"), "{first:?}");
}

#[dual]
#[scenario]
async fn versions_that_are_kept_never_fall_and_python_counts_what_is_left() {
    let server = fixture::server();
    for (options, key) in [
        (LegacyOptions::default().with_kept_versions(), "limits"),
        (LegacyOptions::default().with_kept_versions().with_newest_first(), "{billing}:limits"),
    ] {
        let store = open(&server, options).await;
        let redis_key = format!("config:{key}");
        for number in 1..=5 {
            store.put(key, &number).await.unwrap();
        }
        let trimmed = store.trim(key, 2).await.unwrap();
        assert_eq!((trimmed, list(&server, &redis_key).len()), (3, 2));
        let trimmed = store.trim(key, 2).await.unwrap();
        assert_eq!(trimmed, 0);
        let read = store.fetch::<u32>(key).await.unwrap().unwrap();
        assert_eq!((read.value, read.version.number), (5, 5));
        let read = store.at::<u32>(key, 4).await.unwrap();
        assert_eq!(read.value, 4);
        let error = store.at::<u32>(key, 3).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::TooOld);
        let numbers: Vec<_> =
            store.versions(key).await.unwrap().iter().map(|version| version.number).collect();
        assert_eq!(numbers, [5, 4]);
        let put = store.put_if(key, &6, read_version(&store, key)).await.unwrap();
        assert_eq!(put.number, 6);
        let deleted = store.delete(key).await.unwrap();
        assert_eq!((deleted, python(&server, &redis_key)), (Some(put), None));
        let error = store.at::<u32>(key, 6).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::TooOld);
        let recreated = store.put_if(key, &7, Expect::Absent).await.unwrap();
        // The number continues here, and starts again for a reader that counts the entries.
        assert_eq!((recreated.number, python(&server, &redis_key)), (7, Some((1, "7".to_owned()))));
        // A reader of the prefix does not see the base.
        let below = server.cli().unwrap().call(&["KEYS", "config:*"]).unwrap();
        assert!(!format!("{below:?}").contains("base"), "{below:?}");
    }
}

fn read_version(store: &LegacyStore, key: &str) -> Expect {
    store.cached_version(key).unwrap().into()
}

#[dual]
#[scenario]
async fn trimming_is_refused_where_it_would_move_versions() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    store.put("limits", &1).await.unwrap();
    store.put("limits", &2).await.unwrap();
    let error = store.trim("limits", 1).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    let keeping = open(&server, LegacyOptions::default().with_kept_versions()).await;
    let error = keeping.trim("limits", 0).await.unwrap_err();
    assert_eq!((error.kind(), list(&server, "config:limits").len()), (StoreErrorKind::InvalidInput, 2));
    for refused in ["", "{a}#base"] {
        let error = store.put(refused, &1).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    }
}

#[dual]
#[scenario]
async fn an_expiry_outlives_the_second_version() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    let mut cli = server.cli().unwrap();
    cli.call(&["SET", "config:limits", "1", "EX", "1000"]).unwrap();
    store.put("limits", &2).await.unwrap();
    store.put("limits", &3).await.unwrap();
    let ttl = cli.integer(&["TTL", "config:limits"]).unwrap();
    assert!((900..=1000).contains(&ttl), "{ttl}");
}

#[dual]
#[scenario]
async fn a_prefix_is_literal_and_below_the_namespace_of_the_handle() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = LegacyStore::open_with(
        &redis.namespace("shop"),
        "a[b]*",
        LegacyOptions::default().with_kept_versions(),
    );
    store.put("limits", &1).await.unwrap();
    store.delete("limits").await.unwrap();
    store.put("limits", &2).await.unwrap();
    let mut cli = server.cli().unwrap();
    assert_eq!(cli.text(&["GET", "shop:a[b]*limits"]).unwrap(), "2");
    assert_eq!(cli.text(&["GET", "shop:{shop:a[b]*limits}#base"]).unwrap(), "1");
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 2);
}

#[dual]
#[scenario]
async fn few_rights_are_enough() {
    let rules = "~config:* +ping +evalsha +eval +@read +@write";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let store = LegacyStore::open(&redis, "config:");
    store.put("limits", &1).await.unwrap();
    store.update("limits", |limits: u32| limits + 1).await.unwrap();
    let versions = store.versions("limits").await.unwrap();
    assert_eq!(versions.len(), 2);
    store.delete("limits").await.unwrap();
}

#[dual]
#[scenario]
async fn a_closed_store_does_nothing_more() {
    let server = fixture::server();
    let store = open(&server, LegacyOptions::default()).await;
    store.close();
    let error = store.put("limits", &1).await.unwrap_err();
    assert_eq!(
        (error.kind(), server.cli().unwrap().integer(&["DBSIZE"]).unwrap()),
        (StoreErrorKind::Closed, 0)
    );
}
