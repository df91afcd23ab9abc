//! Text is read and written bare, as programs do that know no JSON, wherever typed values are.

use std::collections::{BTreeMap, HashMap};

use redis_service::{
    Outcome, Script, ServiceConfig,
    pubsub::Event,
    values::{Codec, Text},
};
use redis_testkit::{Inspector, Server, Value};
use serde::{Deserialize, Serialize};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

/// Text of which some is JSON as well.
const TEXTS: [&str; 9] = ["Ada", "", "Zoé 😀", "12", "null", r#""quoted""#, "{", "  a b\n", "true"];

/// Every way in which values are written.
fn configs(server: &Server) -> Vec<ServiceConfig> {
    let mut configs = Vec::new();
    for codec in [Codec::Json, Codec::MessagePack] {
        let config = fixture::config(&server.url()).with_codec(codec);
        configs.push(config.clone().with_compression_threshold(1));
        configs.push(config);
    }
    configs
}

fn is(cli: &mut Inspector, command: &[&str], expected: &str) {
    assert_eq!(cli.call(command).unwrap(), Value::Bulk(expected.as_bytes().to_vec()), "{command:?}");
}

#[dual]
#[scenario]
async fn others_read_what_is_written_here_and_the_other_way_round() {
    let server = fixture::server();
    let mut cli = server.cli().unwrap();
    for config in configs(&server) {
        let redis = RedisService::connect(config).await.unwrap();
        for text in TEXTS {
            cli.call(&["FLUSHALL"]).unwrap();
            let own = Text::from(text);
            redis.set("value", &own, HOUR).await.unwrap();
            is(&mut cli, &["GET", "value"], text);
            cli.call(&["SET", "theirs", text]).unwrap();
            let found = redis.get::<Text>("theirs").await.unwrap();
            assert_eq!(found, Some(own.clone()));
            let replaced = redis.replace("theirs", &own, HOUR).await.unwrap();
            assert_eq!(replaced, Some(own.clone()));
            let many = redis.get_map::<_, Text>(&["value", "theirs", "none"]).await.unwrap();
            assert_eq!(many, HashMap::from([("value", own.clone()), ("theirs", own.clone())]));

            let hash = redis.hash::<Text>("hash");
            hash.set("field", &own).await.unwrap();
            is(&mut cli, &["HGET", "hash", "field"], text);
            cli.call(&["HSET", "hash", "theirs", text]).unwrap();
            let all = hash.get_all().await.unwrap();
            assert_eq!(all["field"], text);
            assert_eq!(all["theirs"], text);

            let list = redis.list::<Text>("list");
            list.push_back(&own).await.unwrap();
            cli.call(&["RPUSH", "list", text]).unwrap();
            let found = list.range(0, -1).await.unwrap();
            assert_eq!(found, [text, text]);
            let found = list.remove(0, &own).await.unwrap();
            assert_eq!(found, 2);

            let set = redis.set_of::<Text>("set");
            cli.call(&["SADD", "set", text]).unwrap();
            let found = set.add(&own).await.unwrap();
            assert!(!found);
            let found = set.contains(&own).await.unwrap();
            assert!(found);

            let board = redis.sorted_set::<Text>("board");
            cli.call(&["ZADD", "board", "1", text]).unwrap();
            board.increment(&own, 2.0).await.unwrap();
            let found = board.top(9).await.unwrap();
            assert_eq!(found, [(own.clone(), 3.0)]);

            let mut batch = redis.pipeline();
            let first = batch.list::<Text>("queued").push_back(&own);
            let second = batch.get::<Text>("value");
            let mut results = batch.run().await.unwrap();
            assert_eq!((results.take(first).unwrap(), results.take(second).unwrap()), (1, Some(own.clone())));
            is(&mut cli, &["LINDEX", "queued", "0"], text);

            static ECHO: Script = Script::new("return ARGV[1]");
            let echoed: String = redis.script(&ECHO).key("value").value(&own).run().await.unwrap();
            assert_eq!(echoed, text);
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name(Text);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: Text,
    nickname: Option<Text>,
    visits: i64,
}

fn user(nickname: Option<&str>) -> User {
    User { name: Text::from("Ada"), nickname: nickname.map(Text::from), visits: 3 }
}

#[dual]
#[scenario]
async fn within_a_value_text_is_a_string_and_as_a_field_of_a_hash_it_is_bare() {
    let server = fixture::server();
    let mut cli = server.cli().unwrap();
    for config in configs(&server) {
        let redis = RedisService::connect(config.clone()).await.unwrap();
        redis.set("user", &user(Some("A")), HOUR).await.unwrap();
        let found = redis.get::<User>("user").await.unwrap();
        assert_eq!(found, Some(user(Some("A"))));
        let strings: BTreeMap<String, serde_json::Value> = redis.get("user").await.unwrap().unwrap();
        assert_eq!(strings["name"], "Ada");
        if config.codec == Codec::Json && config.compression_threshold.is_none() {
            is(&mut cli, &["GET", "user"], r#"{"name":"Ada","nickname":"A","visits":3}"#);
        }
        let texts: HashMap<Text, Vec<Text>> = HashMap::from([("a".into(), vec!["b".into()])]);
        redis.set("texts", &texts, HOUR).await.unwrap();
        let found = redis.get::<HashMap<Text, Vec<Text>>>("texts").await.unwrap();
        assert_eq!(found, Some(texts));

        redis.set("name", &Name("Ada".into()), HOUR).await.unwrap();
        is(&mut cli, &["GET", "name"], "Ada");
        let found = redis.get::<Name>("name").await.unwrap();
        assert_eq!(found, Some(Name("Ada".into())));
        redis.set("name", &Some(Text::from("Ada")), HOUR).await.unwrap();
        is(&mut cli, &["GET", "name"], "Ada");
        redis.set("none", &None::<Text>, HOUR).await.unwrap();
        let found = redis.get_many::<Option<Text>>(&["name", "none"]).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|value| value.unwrap().unwrap()).collect();
        assert_eq!(found, [Some(Text::from("Ada")), None]);
        let error = redis.set("name", &Some(Text::from("null")), HOUR).await.unwrap_err();
        assert!(error.is_serialization() && error.is_not_applied(), "{error}");

        redis.set_struct("struct", &user(Some("nothing")), HOUR).await.unwrap();
        is(&mut cli, &["HGET", "struct", "name"], "Ada");
        is(&mut cli, &["HGET", "struct", "nickname"], "nothing");
        is(&mut cli, &["HGET", "struct", "visits"], "3");
        let found = redis.get_struct::<User>("struct").await.unwrap();
        assert_eq!(found, Some(user(Some("nothing"))));
        cli.call(&["HDEL", "struct", "nickname"]).unwrap();
        cli.call(&["HSET", "struct", "name", "Ada"]).unwrap();
        let found = redis.get_struct::<User>("struct").await.unwrap();
        assert_eq!(found, Some(user(None)));
    }
}

#[dual]
#[scenario]
async fn other_forms_are_read_and_what_is_not_utf_8_is_not() {
    let server = fixture::server();
    let long = "x".repeat(1_000);
    for config in configs(&server) {
        let redis = RedisService::connect(config.clone()).await.unwrap();
        redis.set("string", &long, HOUR).await.unwrap();
        let found = redis.get::<Text>("string").await.unwrap().unwrap();
        let expected = if config.codec == Codec::Json { format!("\"{long}\"") } else { long.clone() };
        assert_eq!(found, *expected);
        redis.set_raw("bytes", b"\xFF\xFE", HOUR).await.unwrap();
        let error = redis.get::<Text>("bytes").await.unwrap_err();
        assert!(error.is_deserialization() && error.outcome() == Outcome::Applied, "{error}");
        redis.set("text", &Text::from("Ada"), HOUR).await.unwrap();
        let error = redis.get::<String>("text").await.unwrap_err();
        assert!(error.to_string().contains("read it as `Text`"), "{error}");
    }
}

#[dual]
#[scenario]
async fn payloads_are_bare_as_well() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut listening = redis.subscribe::<Text>("news").await.unwrap();
    server.cli().unwrap().call(&["PUBLISH", "news", "bare"]).unwrap();
    redis.publish("news", &Text::from("own")).await.unwrap();
    for expected in ["bare", "own"] {
        let event = listening.next_within(HOUR).await;
        let Some(Event::Message(message)) = event else { panic!("{event:?}") };
        assert_eq!(message.payload, expected);
    }
}
