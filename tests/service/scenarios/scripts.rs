//! Scripts run once, whether the server knows them or not, with keys in the namespace and typed arguments.

use redis_service::{
    ErrorKind, Outcome, Script,
    protocol::{Command, RawPipeline},
};
use redis_testkit::{Direction, Proxy, Scope};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

static ADD: Script = Script::new(
    "local sum = 0
     for _, key in ipairs(KEYS) do sum = sum + (redis.call('GET', key) or 0) end
     for _, number in ipairs(ARGV) do sum = sum + number end
     redis.call('INCR', 'runs')
     return sum",
);

static SET: Script = Script::new("return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])");

static INCREMENT: Script = Script::new("return redis.call('INCR', KEYS[1])");

static WRITE_AND_FAIL: Script =
    Script::new("redis.call('SET', KEYS[1], 'written') return redis.call('INCR', KEYS[1])");

#[dual]
#[scenario]
async fn a_script_has_keys_below_the_namespace_and_arguments_of_any_kind() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    let sum: i64 = redis.script(&ADD).key("a").key("b").arg(3).arg("4").arg(&[5, 6][..]).run().await.unwrap();
    assert_eq!(sum, 21);
    let done: String = redis.script(&SET).key("user").value(&("Ada", 36)).arg(60_000).run().await.unwrap();
    assert_eq!(done, "OK");
    let found = redis.get::<(String, u8)>("user").await.unwrap();
    assert_eq!(found, Some(("Ada".to_owned(), 36)));
}

#[dual]
#[scenario]
async fn a_script_that_the_server_does_not_know_runs_exactly_once() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut cli = server.cli().unwrap();
    for runs in 1..=3 {
        cli.call(&["SCRIPT", "FLUSH"]).unwrap();
        let sum: i64 = redis.script(&ADD).arg(1).run().await.unwrap();
        assert_eq!((sum, cli.integer(&["INCRBY", "runs", "0"]).unwrap()), (1, runs));
    }
    let sum: i64 = redis.script(&ADD).arg(1).run().await.unwrap();
    assert_eq!(sum, 1);
    let stats = cli.text(&["INFO", "commandstats"]).unwrap();
    assert!(stats.contains("cmdstat_eval:calls=3,"), "{stats}");
}

#[dual]
#[scenario]
async fn a_script_that_fails_may_have_written() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let error = redis.script(&WRITE_AND_FAIL).key("key").run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!((error.operation(), error.key()), (Some("script"), Some("key")));
    let found = redis.get_raw("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"written"[..]));
    // Unless the policy forbids it: the key holds no number.
    let error = redis.script(&INCREMENT).key("key").run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let query = redis.script(&INCREMENT).key("key").failing_before_it_writes();
    let error = query.run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

#[dual]
#[scenario]
async fn a_script_that_is_said_to_fail_before_it_writes_is_believed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    server.cli().unwrap().text(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let call = || redis.script(&SET).key("key").arg("value").arg(60_000);
    let error = call().run::<String>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Unknown));
    let error = call().failing_before_it_writes().run::<String>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::NotApplied));
}

#[dual]
#[scenario]
async fn an_invalid_argument_is_never_sent_and_a_reply_of_another_type_is_an_error() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_max_value_bytes(10);
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.script(&ADD).key("").run::<i64>().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("script")));
    let error = redis.script(&SET).key("key").value("much too long").run::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let runs = redis.exists("runs").await.unwrap();
    assert!(!runs);

    let error = redis.script(&ADD).arg(1).run::<Vec<String>>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
}

#[dual]
#[scenario]
async fn after_a_lost_reply_only_an_idempotent_script_is_sent_again() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let _: i64 = redis.script(&ADD).run().await.unwrap();

    proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let error = redis.script(&ADD).run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(server.cli().unwrap().integer(&["INCRBY", "runs", "0"]).unwrap(), 2);

    // Lets the async service reconnect, so that the next lost reply is the script's.
    redis.ping().await.unwrap();
    proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let sum: i64 = redis.script(&ADD).arg(1).idempotent().run().await.unwrap();
    assert_eq!((sum, server.cli().unwrap().integer(&["INCRBY", "runs", "0"]).unwrap()), (1, 4));
}

#[dual]
#[scenario]
async fn any_reply_of_a_script_may_follow_a_write() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let select = Script::new("redis.call('SET', KEYS[1], 'written'); return redis.call('SELECT', 9999)");
    let error = redis.script(&select).key("a").run::<()>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let source = "redis.call('SET', KEYS[1], 'written'); return redis.call('INCR', KEYS[1])";
    let error = redis.command("EVAL").arg(source).arg(1).key("b").run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, Outcome::Unknown), "{error}");
    let mut pipeline = redis.pipeline();
    let handle = pipeline.command("EVAL").arg(source).arg(1).key("c").queue::<()>();
    let error = pipeline.run().await.unwrap().take(handle).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let mut own = redis.dedicated().await.unwrap();
    let error = own.command("EVAL").arg(source).arg(1).key("d").run::<()>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let script: RawPipeline = [Command::new("EVAL").arg(source).arg(1).arg("e")].into_iter().collect();
    let replies = own.pipeline(&script).await.unwrap();
    let error = replies.into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    for key in ["a", "b", "c", "d", "e"] {
        let found = redis.get_raw(key).await.unwrap();
        assert_eq!(found.as_deref(), Some(&b"written"[..]), "{key}");
    }
}
