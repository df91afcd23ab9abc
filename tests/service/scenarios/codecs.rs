//! Codecs: every service reads what another writes, with any setting of either.

use redis_service::{ErrorKind, Expiry, Outcome, ServiceConfig, values::Codec};
use serde::{Deserialize, Serialize};

use crate::{
    RedisService, dual,
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
