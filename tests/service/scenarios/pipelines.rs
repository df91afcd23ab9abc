//! Pipelines: one round trip for many commands, and a typed result in the place of each.

use std::{collections::HashMap, time::Duration};

use redis_service::{ErrorKind, Expiry, Key, Outcome, Script, Ttl};
use redis_testkit::{Direction, Proxy, Scope};
use serde::{Deserialize, Serialize};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct User {
    name: String,
}

static APPEND: Script = Script::new("return redis.call('APPEND', KEYS[1], ARGV[1])");

#[dual]
#[scenario]
async fn every_command_has_its_result_in_its_type() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let ada = User { name: "Ada".to_owned() };
    redis.set("list", &[1, 2], HOUR).await.unwrap();

    let mut pipeline = redis.pipeline();
    let set = pipeline.set("user:1", &ada, HOUR);
    let user = pipeline.get::<User>(Key::new("user").part(1));
    let missing = pipeline.get::<User>("user:2");
    let raw = pipeline.set_raw("raw", b"\xff", Expiry::Never);
    let bytes = pipeline.get_raw("raw");
    let absent = pipeline.set_if_absent("raw", &1, HOUR);
    let present = pipeline.set_if_present("user:1", &ada, Expiry::Keep);
    let exists = pipeline.exists("user:1");
    let ttls = vec![pipeline.ttl("user:1"), pipeline.ttl("raw"), pipeline.ttl("user:2")];
    let expires = pipeline.expire("raw", HOUR);
    let persisted = pipeline.persist("raw");
    let up = pipeline.increment("n", 5);
    let down = pipeline.decrement("n", 7);
    let taken = pipeline.take::<Vec<i32>>("list");
    let deleted = pipeline.delete("list");
    let length = pipeline.command("STRLEN").key("raw").queue::<u64>();
    let kept = pipeline.command("SET").key("n").arg(1).idempotent().queue::<String>();
    assert_eq!(pipeline.len(), 19);
    let mut results = pipeline.run().await.unwrap();

    results.take((set, raw)).unwrap();
    assert_eq!(results.take((user, missing)).unwrap(), (Some(ada), None));
    assert_eq!(results.take(bytes).unwrap().as_deref(), Some(&b"\xff"[..]));
    assert_eq!(
        results.take((absent, present, exists, expires, persisted)).unwrap(),
        (false, true, true, true, true)
    );
    let ttls = results.take(ttls).unwrap();
    assert!(matches!(ttls[..], [Ttl::Left(left), Ttl::Forever, Ttl::Missing] if left <= HOUR), "{ttls:?}");
    assert_eq!(results.take((up, down, taken, deleted)).unwrap(), (5, -2, Some(vec![1, 2]), false));
    assert_eq!(results.take((length, kept)).unwrap(), (1, "OK".to_owned()));
    results.check().unwrap();
}

#[dual]
#[scenario]
async fn a_command_that_fails_spoils_only_its_own_place() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set_raw("text", "canary", HOUR).await.unwrap();
    for atomic in [false, true] {
        let pipeline = redis.pipeline();
        let mut pipeline = if atomic { pipeline.atomic() } else { pipeline };
        let before = pipeline.increment("n", 1);
        let counted = pipeline.increment("text", 1);
        let decoded = pipeline.get::<User>("text");
        let odd = pipeline.command("GET").key("text").queue::<i64>();
        let script = pipeline.script(&APPEND).key("list").arg("x").queue::<i64>();
        let after = pipeline.increment("n", 1);
        server.cli().unwrap().call(&["RPUSH", "app:list", "x"]).unwrap();
        let mut results = pipeline.run().await.unwrap();

        let error = results.check().unwrap_err();
        assert_eq!((error.operation(), error.key()), (Some("increment"), Some("text")));
        for (error, kind, outcome, operation, key) in [
            (
                results.take(counted).unwrap_err(),
                ErrorKind::WrongType,
                Outcome::NotApplied,
                "increment",
                "text",
            ),
            (results.take(decoded).unwrap_err(), ErrorKind::Deserialization, Outcome::Applied, "get", "text"),
            (results.take(odd).unwrap_err(), ErrorKind::Deserialization, Outcome::Applied, "GET", "text"),
            (results.take(script).unwrap_err(), ErrorKind::WrongType, Outcome::Unknown, "script", "list"),
        ] {
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error}");
            assert_eq!((error.operation(), error.key()), (Some(operation), Some(key)));
            assert!(!format!("{error:?}").contains("canary"));
        }
        let (before, after) = results.take((before, after)).unwrap();
        assert_eq!(after, before + 1);
        results.check().unwrap();
    }
}

#[dual]
#[scenario]
async fn an_invalid_argument_is_refused_before_anything_is_sent() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_max_value_bytes(10);
    let redis = RedisService::connect(config).await.unwrap();
    let unencodable = HashMap::from([((1, 2), 3)]);
    for (fault, operation, kind) in [
        (0, "get", ErrorKind::InvalidInput),
        (1, "set", ErrorKind::InvalidInput),
        (2, "set", ErrorKind::InvalidInput),
        (3, "set", ErrorKind::Serialization),
        (4, "expire", ErrorKind::InvalidInput),
        (5, "BLPOP", ErrorKind::Unsupported),
        (6, "HGET", ErrorKind::InvalidInput),
        (7, "script", ErrorKind::InvalidInput),
    ] {
        let mut pipeline = redis.pipeline();
        pipeline.increment("n", 1);
        match fault {
            0 => drop(pipeline.get::<i32>("")),
            1 => drop(pipeline.set("key", "much too long", HOUR)),
            2 => drop(pipeline.set("key", &1, Duration::ZERO)),
            3 => drop(pipeline.set("key", &unencodable, HOUR)),
            4 => drop(pipeline.expire("key", Expiry::Never)),
            5 => drop(pipeline.command("BLPOP").key("key").arg(1).queue::<()>()),
            6 => drop(pipeline.command("HGET").key("").arg("field").queue::<()>()),
            _ => drop(pipeline.script(&APPEND).key("key").value("much too long").queue::<()>()),
        }
        pipeline.delete("");
        let error = pipeline.run().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
        assert_eq!(error.operation(), Some(operation), "{error}");
    }
    let counted = redis.exists("n").await.unwrap();
    assert!(!counted);
}

#[dual]
#[scenario]
async fn no_commands_are_no_round_trip_and_cleared_ones_are_not_sent() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut pipeline = redis.pipeline().atomic();
    assert!(pipeline.is_empty());
    let gone = pipeline.increment("n", 1);
    pipeline.get::<i32>("");
    pipeline.clear();
    assert!(pipeline.is_empty());
    let mut results = pipeline.run().await.unwrap();
    results.check().unwrap();
    let error = results.take(gone).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    assert!(!stats.contains("cmdstat_incrby:") && !stats.contains("cmdstat_exec:"), "{stats}");
}

#[dual]
#[scenario]
async fn a_handle_is_for_its_own_pipeline() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (mut one, mut two) = (redis.pipeline(), redis.pipeline());
    let first = one.increment("n", 1);
    two.increment("n", 1);
    let mut results = two.run().await.unwrap();
    let error = results.take(first).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[dual]
#[scenario]
async fn a_pipeline_is_one_transaction_if_asked_to_be() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut cli = server.cli().unwrap();
    let mut pipeline = redis.pipeline().atomic();
    let all: Vec<_> = (0..100).map(|_| pipeline.increment("n", 1)).collect();
    let mut results = pipeline.run().await.unwrap();
    assert_eq!(results.take(all).unwrap(), (1..=100).collect::<Vec<_>>());
    let stats = cli.text(&["INFO", "commandstats"]).unwrap();
    assert!(stats.contains("cmdstat_exec:calls=1,"), "{stats}");

    // The server refuses it when it is queued, and runs none of the commands.
    let mut pipeline = redis.pipeline().atomic();
    pipeline.increment("n", 1);
    pipeline.command("NOSUCHCOMMAND").queue::<()>();
    let error = pipeline.run().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied));
    assert_eq!(cli.text(&["GET", "n"]).unwrap(), "100");
}

#[dual]
#[scenario]
async fn scripts_run_in_their_place_whether_the_server_knows_them_or_not() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for atomic in [false, true] {
        server.cli().unwrap().call(&["SCRIPT", "FLUSH"]).unwrap();
        redis.delete("text").await.unwrap();
        let pipeline = redis.pipeline();
        let mut pipeline = if atomic { pipeline.atomic() } else { pipeline };
        let first = pipeline.script(&APPEND).key("text").arg("ab").queue::<i64>();
        let between = pipeline.get_raw("text");
        let second = pipeline.script(&APPEND).key("text").value(&7).idempotent().queue::<i64>();
        let after = pipeline.get_raw("text");
        let mut results = pipeline.run().await.unwrap();
        let (first, between, second, after) = results.take((first, between, second, after)).unwrap();
        assert_eq!((first, second), (2, 3));
        assert_eq!((between.unwrap(), after.unwrap()), (b"ab".to_vec(), b"ab7".to_vec()));
    }
}

#[dual]
#[scenario]
async fn after_a_lost_reply_a_pipeline_is_sent_again_only_if_none_of_it_does_harm() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();

    proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let mut pipeline = redis.pipeline();
    pipeline.set("key", &1, HOUR);
    let value = pipeline.get::<i32>("key");
    let value = pipeline.run().await.unwrap().take(value).unwrap();
    assert_eq!(value, Some(1));

    proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let mut pipeline = redis.pipeline();
    pipeline.get::<i32>("key");
    pipeline.increment("n", 1);
    let error = pipeline.run().await.unwrap_err();
    assert_eq!((error.outcome(), error.operation()), (Outcome::Unknown, Some("pipeline")), "{error}");
    assert_eq!(server.cli().unwrap().integer(&["INCRBY", "n", "0"]).unwrap(), 1);
}

#[dual]
#[scenario]
async fn ten_thousand_commands_are_one_pipeline() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut pipeline = redis.pipeline();
    let set: Vec<_> = (0..5_000).map(|n| pipeline.set(format!("key:{n}"), &n, HOUR)).collect();
    let got: Vec<_> = (0..5_000).map(|n| pipeline.get::<i32>(format!("key:{n}"))).collect();
    let mut results = pipeline.run().await.unwrap();
    results.take(set).unwrap();
    assert!(results.take(got).unwrap().into_iter().eq((0..5_000).map(Some)));
}
