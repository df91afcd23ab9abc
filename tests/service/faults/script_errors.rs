//! Whatever a script answers with may come after a write, unless the server did not run it.

use std::collections::HashMap;

use redis_service::{
    Error, ErrorKind, Outcome, Result, Script,
    protocol::{Command, RawPipeline},
    transaction::TransactionOptions,
    values::Overflow,
};
use redis_testkit::Options;

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, FaultRig, HOUR},
    scenario,
};

macro_rules! scripts {
    ($($source:expr),+ $(,)?) => { [$(Script::new($source)),+] };
}

/// Each of these counts, and fails in its own words.
static FAILING: [Script; 14] = scripts![
    "redis.call('INCR', KEYS[1]) return {err = 'limit exceeded'}",
    "redis.call('INCR', KEYS[1]) return redis.error_reply('Limit exceeded')",
    "redis.call('INCR', KEYS[1]) error({err = 'limit'})",
    "redis.call('INCR', KEYS[1]) error('limit')",
    "redis.call('INCR', KEYS[1]) return {err = ''}",
    "redis.call('INCR', KEYS[1]) return {err = '-LIMIT x'}",
    "redis.call('INCR', KEYS[1]) return {err = 'WrongType x'}",
    "redis.call('INCR', KEYS[1]) return {err = 'E-1 x'}",
    "redis.call('INCR', KEYS[1]) return {err = string.rep('A', 40) .. ' x'}",
    "redis.call('INCR', KEYS[1]) return {err = 'NOSCRIPT x'}",
    "redis.call('INCR', KEYS[1]) return {err = 'NOPERM x'}",
    "redis.call('INCR', KEYS[1]) return {err = 'BUSY x'}",
    "redis.call('INCR', KEYS[1]) return redis.pcall('OBJECT', 'NOPE')",
    "redis.call('INCR', KEYS[1]) error({err = 'NOSCRIPT No matching script. Please use EVAL.'})",
];

/// Each of these is refused before it runs.
static REFUSED: [Script; 3] = scripts!["return )", "#!lua flags=nonsense\nreturn 1", "#!nonsense\nreturn 1"];

fn assert_unknown(error: &Error, way: &str) {
    assert_eq!(error.outcome(), Outcome::Unknown, "{way}: {error}");
}

#[dual]
#[scenario]
async fn a_script_that_wrote_and_failed_is_unknown_whatever_its_words_and_runs_once() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    for script in &FAILING {
        rig.cli().call(&["FLUSHALL"]).unwrap();
        for runs in 1..=2 {
            let error = redis.script(script).key("alone").run::<i64>().await.unwrap_err();
            assert_unknown(&error, "alone");
            assert_eq!(rig.stored("alone"), Some(runs.to_string()));
        }

        let mut batch = redis.pipeline();
        let first = batch.script(script).key("batch").queue::<i64>();
        let second = batch.script(script).key("batch").queue::<i64>();
        let mut results = batch.run().await.unwrap();
        assert_unknown(&results.take(first).unwrap_err(), "in a batch");
        assert_unknown(&results.take(second).unwrap_err(), "in a batch, by its hash");
        assert_eq!(rig.stored("batch").as_deref(), Some("2"));

        let mut own = redis.dedicated().await.unwrap();
        let mut batch = own.batch().atomic();
        let handle = batch.script(script).key("own").queue::<i64>();
        let mut results = own.run(batch).await.unwrap();
        assert_unknown(&results.take(handle).unwrap_err(), "in a transaction on a connection of its own");
        assert_eq!(rig.stored("own").as_deref(), Some("1"));
    }
}

#[dual]
async fn write_and_fail(mut tx: Transaction) -> Result<()> {
    tx.queue().script(&FAILING[0]).key("key").queue::<i64>();
    Ok(())
}

#[dual]
#[scenario]
async fn so_it_is_in_a_transaction_and_for_scripts_sent_as_commands() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let options = TransactionOptions::default();
    let ((), mut results) = redis.transaction_with(options, &["key"], write_and_fail).await.unwrap();
    assert_unknown(&results.check().unwrap_err(), "transaction_with");
    let error = redis.transaction(&["key"], write_and_fail).await.unwrap_err();
    assert_unknown(&error, "transaction");
    assert_eq!(rig.stored("key").as_deref(), Some("2"));

    let source = "redis.call('INCR', KEYS[1]) return {err = 'limit'}";
    let hash = rig.cli().text(&["SCRIPT", "LOAD", source]).unwrap();
    for (name, script) in [("EVAL", source), ("EVALSHA", hash.as_str())] {
        let error = redis.command(name).arg(script).arg(1).key("key").run::<()>().await.unwrap_err();
        assert_unknown(&error, name);
        let mut own = redis.dedicated().await.unwrap();
        let error = own.command(name).arg(script).arg(1).key("key").run::<()>().await.unwrap_err();
        assert_unknown(&error, name);
        let command = Command::new(name).arg(script).arg(1).key("key");
        let pipeline: RawPipeline = [command].into_iter().collect();
        let reply = own.pipeline(&pipeline).await.unwrap().pop().unwrap();
        assert_unknown(&reply.unwrap_err(), name);
    }
    assert_eq!(rig.stored("key").as_deref(), Some("8"));
}

#[dual]
#[scenario]
async fn a_script_that_the_server_did_not_run_is_not_applied() {
    let rig = FaultRig::with(Options::default().with_user("app", "secret", "~mine:* +@all -evalsha -eval"));
    let redis = rig.connect().await;
    for script in &REFUSED {
        let error = redis.script(script).key("key").run::<i64>().await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
        let mut batch = redis.pipeline();
        let handle = batch.script(script).key("key").queue::<i64>();
        let error = batch.run().await.unwrap().take(handle).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    }

    let url = rig.server.url_as("app", "secret");
    let app = RedisService::connect(fixture::config(&url)).await.unwrap();
    let error = denied(&app, "mine:key").await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{error}");
    rig.cli().call(&["ACL", "SETUSER", "app", "+evalsha", "+eval"]).unwrap();
    let error = denied(&app, "theirs").await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{error}");
    assert_eq!(rig.cli().integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
async fn denied(redis: &RedisService, key: &str) -> Error {
    redis.script(&FAILING[0]).key(key).run::<i64>().await.unwrap_err()
}

#[dual]
#[scenario]
async fn a_script_that_declares_its_flags_is_refused_before_it_runs_without_memory() {
    static DECLARES: Script = Script::new("#!lua\nreturn redis.call('SET', KEYS[1], 1)");
    static SWALLOWS: Script =
        Script::new("local error = redis.pcall('SET', KEYS[1], 1) redis.call('DEL', KEYS[2]) return error");
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    redis.set("old", &1, HOUR).await.unwrap();
    rig.cli().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = redis.script(&DECLARES).key("key").run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::NotApplied));
    let error = redis.script(&SWALLOWS).key("key").key("old").run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Unknown));
    assert_eq!(rig.stored("old"), None);
}

/// A right that is missing, and the data as it was.
#[dual]
async fn assert_refused(rig: &FaultRig, error: Error, missing: &str) {
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{missing}");
    let mut cli = rig.cli();
    assert_eq!(cli.text(&["GET", "count"]).unwrap(), "7", "{missing}");
    assert_eq!(cli.integer(&["PTTL", "count"]).unwrap(), -1, "{missing}");
    assert_eq!(cli.integer(&["HLEN", "struct"]).unwrap(), 1, "{missing}");
    assert_eq!(cli.text(&["HGET", "struct", "old"]).unwrap(), "1", "{missing}");
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 2, "{missing}");
}

#[dual]
#[scenario]
async fn a_right_that_the_librarys_scripts_lack_is_told_before_anything_is_done() {
    let rig = FaultRig::with(Options::default().with_user("app", "secret", "~* +@all"));
    rig.cli().call(&["SET", "count", "7"]).unwrap();
    rig.cli().call(&["HSET", "struct", "old", "1"]).unwrap();
    let redis = RedisService::connect(fixture::config(&rig.server.url_as("app", "secret"))).await.unwrap();
    let fields = HashMap::from([("new", 2)]);
    for missing in ["get", "pttl", "pexpire", "incrby"] {
        let rule = format!("-{missing}");
        rig.cli().call(&["ACL", "SETUSER", "app", "+@all", &rule]).unwrap();
        for _ in 0..3 {
            let error = redis.increment_with_expiry("count", 1, HOUR).await.unwrap_err();
            assert_refused(&rig, error, missing).await;
            let mut batch = redis.pipeline();
            let handle = batch.increment_with_expiry("count", 1, HOUR);
            let error = batch.run().await.unwrap().take(handle).unwrap_err();
            assert_refused(&rig, error, missing).await;
        }
    }
    for missing in ["get", "set", "incrby"] {
        let rule = format!("-{missing}");
        rig.cli().call(&["ACL", "SETUSER", "app", "+@all", &rule]).unwrap();
        for _ in 0..3 {
            let error = redis.increment_once("count", 1, "id", HOUR).await.unwrap_err();
            assert_refused(&rig, error, missing).await;
        }
    }
    for missing in ["get", "incrby"] {
        let rule = format!("-{missing}");
        rig.cli().call(&["ACL", "SETUSER", "app", "+@all", &rule]).unwrap();
        let error = redis.increment_within("count", 1, ..=9, Overflow::Refuse).await.unwrap_err();
        assert_refused(&rig, error, missing).await;
    }
    rig.cli().call(&["ACL", "SETUSER", "app", "+@all", "-set"]).unwrap();
    let error = redis.increment_within("count", 5, ..=9, Overflow::Saturate).await.unwrap_err();
    assert_refused(&rig, error, "set").await;
    for missing in ["hkeys", "hset", "hdel", "pexpire"] {
        let rule = format!("-{missing}");
        rig.cli().call(&["ACL", "SETUSER", "app", "+@all", &rule]).unwrap();
        let error = redis.set_struct("struct", &fields, HOUR).await.unwrap_err();
        assert_refused(&rig, error, missing).await;
    }
    rig.cli().call(&["ACL", "SETUSER", "app", "+@all", "-persist"]).unwrap();
    let error = redis.set_struct("struct", &fields, redis_service::Expiry::Never).await.unwrap_err();
    assert_refused(&rig, error, "persist").await;

    // Rights to the keys, and not to what the operation is remembered by.
    rig.cli().call(&["ACL", "SETUSER", "app", "+@all", "resetkeys", "~count"]).unwrap();
    let error = redis.increment_once("count", 1, "id", HOUR).await.unwrap_err();
    assert_refused(&rig, error, "the second key").await;
    // Rights to write, and not to read.
    rig.cli().call(&["ACL", "SETUSER", "app", "resetkeys", "%W~*"]).unwrap();
    let error = redis.increment_with_expiry("count", 1, HOUR).await.unwrap_err();
    assert_refused(&rig, error, "reading").await;

    rig.cli().call(&["ACL", "SETUSER", "app", "allkeys"]).unwrap();
    let count = redis.increment_with_expiry("count", 1, HOUR).await.unwrap();
    assert_eq!(count, 8);
    let count = redis.increment_once("count", 1, "id", HOUR).await.unwrap();
    assert_eq!(count, 9);
    redis.set_struct("struct", &fields, HOUR).await.unwrap();
    let found: HashMap<String, i32> = redis.get_struct("struct").await.unwrap().unwrap();
    assert_eq!(found["new"], 2);
}

#[dual]
#[scenario]
async fn a_command_that_the_server_does_not_have_is_told_before_anything_is_done() {
    let rig = FaultRig::with(Options::default().with_config("rename-command", "PEXPIRE \"\""));
    let redis = rig.connect().await;
    let error = redis.increment_with_expiry("count", 1, HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied), "{error}");
    assert_eq!(rig.stored("count"), None);
}
