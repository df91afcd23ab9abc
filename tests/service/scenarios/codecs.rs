//! Codecs: every service reads what another writes, with any setting of either.

use std::collections::HashMap;

use redis_service::{ErrorKind, Expiry, Outcome, ServiceConfig, values::Codec};
use serde::{Deserialize, Serialize};

use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Page {
    title: String,
    lines: Vec<String>,
    rating: Option<f64>,
}

fn page() -> Page {
    Page { title: "Zoé".to_owned(), lines: vec!["the same line".to_owned(); 100], rating: Some(0.1) }
}

fn configs(url: &str) -> Vec<ServiceConfig> {
    let config = || fixture::config(url);
    vec![
        config(),
        config().with_codec(Codec::MessagePack),
        config().with_compression_threshold(256),
        config().with_codec(Codec::MessagePack).with_compression_threshold(0),
    ]
}

#[dual]
#[scenario]
async fn every_service_reads_what_every_other_has_written() {
    let server = fixture::server();
    let mut lengths = Vec::new();
    for config in configs(&server.url()) {
        let writer = RedisService::connect(config).await.unwrap();
        writer.set("page", &page(), HOUR).await.unwrap();
        writer.hash::<Page>("pages").set("1", &page()).await.unwrap();
        writer.set_struct("fields", &page(), HOUR).await.unwrap();
        writer.delete("list").await.unwrap();
        writer.list::<Page>("list").push_back(&page()).await.unwrap();
        for config in configs(&server.url()) {
            let reader = RedisService::connect(config).await.unwrap();
            let found = reader.get::<Page>("page").await.unwrap();
            assert_eq!(found, Some(page()));
            let found = reader.get_many::<Page>(&["page"]).await.unwrap();
            assert_eq!(found[0].as_ref().unwrap(), &Some(page()));
            let found = reader.hash::<Page>("pages").get_all().await.unwrap();
            assert_eq!(found["1"], page());
            let found = reader.get_struct::<Page>("fields").await.unwrap();
            assert_eq!(found, Some(page()));
            let found = reader.list::<Page>("list").range(0, -1).await.unwrap();
            assert_eq!(found, [page()]);
        }
        lengths.push(server.cli().unwrap().integer(&["STRLEN", "page"]).unwrap());
    }
    let [json, messagepack, compressed, both] = lengths[..] else { panic!("{lengths:?}") };
    assert!(messagepack < json && compressed < json / 4 && both < json / 4, "{lengths:?}");
}

#[dual]
#[scenario]
async fn json_is_bare_and_other_forms_are_recognised() {
    let server = fixture::server();
    let mut began = Vec::new();
    for config in configs(&server.url()) {
        let redis = RedisService::connect(config).await.unwrap();
        redis.set("page", &page(), HOUR).await.unwrap();
        let raw = redis.get_raw("page").await.unwrap().unwrap();
        began.push(raw[..2].to_vec());
    }
    assert_eq!(began, [&b"{\""[..], b"\xC1M", b"\xC1L", b"\xC1L"]);
}

#[dual]
#[scenario]
async fn a_counter_is_a_bare_integer_with_every_codec() {
    let server = fixture::server();
    for config in configs(&server.url()) {
        let redis = RedisService::connect(config).await.unwrap();
        redis.set("count", &41, Expiry::Never).await.unwrap();
        let count = redis.increment("count", 1).await.unwrap();
        assert_eq!(count, 42);
        let count = redis.get::<i64>("count").await.unwrap();
        assert_eq!(count, Some(42));
        redis.set_struct("hash", &std::collections::BTreeMap::from([("hits", 1)]), HOUR).await.unwrap();
        let count = redis.hash::<i64>("hash").increment("hits", 1).await.unwrap();
        assert_eq!(count, 2);
        redis.set_of::<u64>("set").add(&u64::MAX).await.unwrap();
    }
    assert_eq!(server.cli().unwrap().integer(&["SCARD", "set"]).unwrap(), 1);
}

#[dual]
#[scenario]
async fn an_unknown_form_and_a_decompression_bomb_are_errors() {
    let server = fixture::server();
    let writer =
        RedisService::connect(fixture::config(&server.url()).with_compression_threshold(0)).await.unwrap();
    writer.set("bomb", &"x".repeat(100_000), HOUR).await.unwrap();
    let redis =
        RedisService::connect(fixture::config(&server.url()).with_max_value_bytes(1_000)).await.unwrap();
    redis.set_raw("unknown", b"\xC1\x7Fcanary", HOUR).await.unwrap();
    redis.set_raw("broken", b"\xC1Mcanary", HOUR).await.unwrap();
    for (key, reason) in [
        ("bomb", "100002 bytes decompressed, more than 1000"),
        ("unknown", "expected JSON, found an unknown form (C1 7F)"),
        ("broken", "MessagePack"),
    ] {
        let error = redis.get::<u64>(key).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Deserialization, Outcome::Applied),
            "{error}"
        );
        let shown = format!("{error} {error:?}");
        assert!(error.key() == Some(key) && shown.contains(reason) && !shown.contains("canary"), "{shown}");
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tree(Vec<Self>);

fn nested(depth: usize) -> Tree {
    (1..depth).fold(Tree::default(), |tree, _| Tree(vec![tree]))
}

#[derive(Serialize)]
struct Rates {
    rate: f64,
}

#[dual]
#[scenario]
async fn what_could_not_be_read_is_refused_and_leaves_what_was_there() {
    let server = fixture::server();
    for codec in [Codec::Json, Codec::MessagePack] {
        server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
        let redis = RedisService::connect(fixture::config(&server.url()).with_codec(codec)).await.unwrap();
        redis.set("tree", &nested(127), HOUR).await.unwrap();
        redis.list::<Tree>("list").push_back(&nested(1)).await.unwrap();
        redis.set_struct("struct", &HashMap::from([("tree", nested(1))]), HOUR).await.unwrap();
        let mut pipeline = redis.pipeline();
        let _ = pipeline.set("other", &1, HOUR);
        let _ = pipeline.set("tree", &nested(128), HOUR);
        let errors = [
            redis.set("tree", &nested(128), HOUR).await.unwrap_err(),
            redis.replace("tree", &nested(128), HOUR).await.unwrap_err(),
            redis.set_if_absent("new", &nested(128), HOUR).await.unwrap_err(),
            redis.set_many([("new", nested(1)), ("tree", nested(128))], HOUR).await.unwrap_err(),
            redis.list::<Tree>("list").push_back(&nested(128)).await.unwrap_err(),
            redis.hash::<Tree>("hash").set("field", &nested(128)).await.unwrap_err(),
            redis.set_struct("struct", &HashMap::from([("tree", nested(128))]), HOUR).await.unwrap_err(),
            redis.publish("channel", &nested(128)).await.unwrap_err(),
            pipeline.run().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Serialization, Outcome::NotApplied));
            assert!(error.to_string().contains("nested too deeply"), "{error}");
        }
        assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 3);
        let tree = redis.take::<Tree>("tree").await.unwrap();
        assert_eq!(tree, Some(nested(127)));
        let list = redis.list::<Tree>("list").range(0, -1).await.unwrap();
        assert_eq!(list, [nested(1)]);
    }
}

#[dual]
#[scenario]
async fn a_float_that_is_no_number_is_never_stored_as_null() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let config = fixture::config(&server.url()).with_codec(Codec::MessagePack);
    let packed = RedisService::connect(config).await.unwrap();
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let errors = [
            redis.set("float", &float, HOUR).await.unwrap_err(),
            redis.set("float", &vec![Some(float as f32)], HOUR).await.unwrap_err(),
            redis.set_struct("float", &Rates { rate: float }, HOUR).await.unwrap_err(),
            redis.set_of::<Vec<f64>>("float").add(&vec![float]).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Serialization, Outcome::NotApplied));
            assert!(error.to_string().contains("NaN"), "{error}");
        }
        for value in [vec![float], vec![1.0, float]] {
            let error = store.put("rates", &value).await.unwrap_err();
            assert_eq!(error.kind(), redis_config_store::StoreErrorKind::Serialization, "{error}");
        }
        let error = store.put("tree", &nested(128)).await.unwrap_err();
        assert_eq!(error.kind(), redis_config_store::StoreErrorKind::Serialization, "{error}");
        assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);

        packed.set("float", &vec![float], HOUR).await.unwrap();
        let found = packed.take::<Vec<f64>>("float").await.unwrap().unwrap();
        assert_eq!(found[0].to_bits(), float.to_bits());
    }
}
