//! Commands without a method of their own, and dedicated connections for those that need one.

use std::{collections::HashMap, time::Duration};

use redis_service::{
    ErrorKind, Outcome,
    protocol::{Command, RawPipeline},
};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn any_command_can_be_sent_and_its_reply_read() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let added: i64 =
        redis.command("HSET").key("user:1").arg("name").arg("Ada").arg("age").arg(36).run().await.unwrap();
    assert_eq!(added, 2);
    let user: HashMap<String, String> = redis.command("HGETALL").key("user:1").run().await.unwrap();
    assert_eq!(user["name"], "Ada");
    assert_eq!(server.cli().unwrap().integer(&["EXISTS", "app:user:1"]).unwrap(), 1);
    let encoding: String = redis.command("OBJECT").arg("ENCODING").key("user:1").run().await.unwrap();
    assert_eq!(encoding, "listpack");
    let age: i64 = redis.command("HGET").key("user:1").arg("age").idempotent().run().await.unwrap();
    assert_eq!(age, 36);
    let missing: Option<String> = redis.command("GET").key("missing").run().await.unwrap();
    assert_eq!(missing, None);
}

#[dual]
#[scenario]
async fn a_reply_of_another_type_is_an_error_that_does_not_show_it() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("key", "canary", HOUR).await.unwrap();
    let error = redis.command("GET").key("key").run::<i64>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
    assert_eq!(error.operation(), Some("GET"));
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[dual]
#[scenario]
async fn an_integer_that_does_not_fit_is_an_error_and_no_other_number() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let ttl = redis.command("TTL").key("missing").run::<i64>().await.unwrap();
    assert_eq!(ttl, -2);
    let error = redis.command("TTL").key("missing").run::<u64>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
    assert_eq!(error.operation(), Some("TTL"));

    redis.command("MSET").key("a").arg(255).key("b").arg(256).run::<()>().await.unwrap();
    redis.command("RPUSH").key("list").arg(1).arg(-1).run::<()>().await.unwrap();
    redis.command("HSET").key("hash").arg("300").arg("1").run::<()>().await.unwrap();
    let range = || redis.command("LRANGE").key("list").arg(0).arg(-1);
    let listed = range().run::<Vec<i8>>().await.unwrap();
    assert_eq!(listed, [1, -1]);
    let hash = redis.command("HGETALL").key("hash").run::<HashMap<u16, u8>>().await.unwrap();
    assert_eq!(hash, HashMap::from([(300, 1)]));
    let mut pipeline = redis.pipeline();
    let queued = pipeline.command("TTL").key("missing").queue::<u8>();
    let mut results = pipeline.run().await.unwrap();
    for error in [
        range().run::<Vec<Option<u8>>>().await.unwrap_err(),
        redis.command("MGET").key("a").key("b").run::<(u8, u8)>().await.unwrap_err(),
        redis.command("HGETALL").key("hash").run::<HashMap<u8, u8>>().await.unwrap_err(),
        redis.command("EVAL").arg("return {{256}}").arg(0).run::<Vec<Vec<u8>>>().await.unwrap_err(),
        results.take(queued).unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Deserialization, Outcome::Applied),
            "{error}"
        );
    }
}

#[dual]
#[scenario]
async fn an_error_within_a_reply_is_not_lost() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let eval = || redis.command("EVAL").arg("return {1, {err='OOM canary'}}").arg(0);
    for error in [eval().run::<()>().await.unwrap_err(), eval().run::<Vec<i64>>().await.unwrap_err()] {
        // The script itself has run.
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Applied));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let each = eval().run::<Vec<redis_service::Result<i64>>>().await.unwrap();
    assert_eq!(each[0].as_ref().ok(), Some(&1));
    assert_eq!(each[1].as_ref().unwrap_err().kind(), ErrorKind::OutOfMemory);
}

#[dual]
#[scenario]
async fn what_the_server_refuses_is_not_echoed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let error = redis.command("NOSUCHCOMMAND").arg("canary").run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied));
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[dual]
#[scenario]
async fn commands_that_block_or_change_the_connection_are_refused_on_a_shared_one() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for name in ["WATCH", "MULTI", "SELECT", "SUBSCRIBE", "MONITOR", "AUTH", "SCRIPT DEBUG"] {
        let error = redis.command(name).arg("1").run::<()>().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied), "{name}");
    }
    let error = redis.command("BLPOP").key("queue").arg(1).run::<()>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let error = redis.command("BLPOP").key("queue").arg(0).run::<()>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[dual]
#[scenario]
async fn a_blocking_command_waits_as_long_as_asked_and_loses_nothing() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_response_timeout(Duration::from_millis(500));
    let redis = RedisService::connect(config).await.unwrap().with_deadline(Duration::from_millis(700));
    let mut dedicated = redis.dedicated().await.unwrap();
    let address = server.address();
    let pusher = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1_200));
        let pushing = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(&mut &pushing, b"RPUSH queue job\r\n").unwrap();
        pushing
    });
    let popped: Option<(String, String)> =
        dedicated.command("BLPOP").key("queue").arg(5).run().await.unwrap();
    assert_eq!(popped, Some(("queue".to_owned(), "job".to_owned())));
    pusher.join().unwrap();

    let nothing: Option<(String, String)> =
        dedicated.command("BLPOP").key("queue").arg(0.1).run().await.unwrap();
    assert_eq!(nothing, None);
}

#[dual]
#[scenario]
async fn a_watched_key_that_changes_is_a_conflict() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    let mut transaction = RawPipeline::new().atomic();
    transaction.push(Command::new("SET").arg("key").arg("ours"));

    dedicated.command("WATCH").key("key").run::<()>().await.unwrap();
    server.cli().unwrap().call(&["SET", "key", "theirs"]).unwrap();
    let error = dedicated.pipeline(&transaction).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied));
    let found = redis.get_raw("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"theirs"[..]));

    dedicated.command("WATCH").key("key").run::<()>().await.unwrap();
    dedicated.pipeline(&transaction).await.unwrap();
    let found = redis.get_raw("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"ours"[..]));
}

#[dual]
#[scenario]
async fn a_dedicated_connection_that_broke_says_so_for_ever() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    dedicated.command("PING").run::<String>().await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    let error = dedicated.command("PING").run::<String>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let error = dedicated.command("PING").run::<String>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
}

#[dual]
#[scenario]
async fn a_dedicated_connection_is_closed_when_it_is_dropped() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = fixture::connections(&server);
    let dedicated = redis.dedicated().await.unwrap();
    assert_eq!(fixture::connections(&server), before + 1);
    drop(dedicated);
    eventually("the connection is closed", || fixture::connections(&server) <= before).await;
    redis.close().await;
    let error = redis.dedicated().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[dual]
#[scenario]
async fn a_pipeline_is_refused_what_would_put_replies_out_of_step() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    let two_replies = Command::new("SUBSCRIBE").arg("a").arg("b");
    let no_reply = Command::new("CLIENT").arg("REPLY").arg("OFF");
    for command in [two_replies, no_reply, Command::new("REPLCONF").arg("ACK").arg(0)] {
        let mut pipeline = RawPipeline::new();
        pipeline.push(command);
        let error = dedicated.pipeline(&pipeline).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied));
    }
    let echo: String = dedicated.command("ECHO").arg("in step").run().await.unwrap();
    assert_eq!(echo, "in step");
}

#[dual]
#[scenario]
async fn a_pipeline_that_blocks_has_its_block_time() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_response_timeout(Duration::from_millis(300));
    let redis = RedisService::connect(config).await.unwrap();
    let mut dedicated = redis.dedicated().await.unwrap();
    let mut pipeline = RawPipeline::new();
    pipeline.push(Command::new("BLPOP").arg("nothing").arg(0.5));
    let replies = dedicated.pipeline(&pipeline).await.unwrap();
    assert!(replies[0].is_ok());
}

/// The id of the connection that answers.
#[dual]
async fn connection(redis: &RedisService) -> i64 {
    redis.command("CLIENT").arg("ID").run().await.unwrap()
}

#[dual]
#[scenario]
async fn text_that_is_not_utf_8_breaks_no_connection() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = connection(&redis).await;
    // The server repeats it.
    let error = redis.command("NOSUCHCOMMAND").arg(&b"canary\xff"[..]).run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied));
    assert!(!format!("{error} {error:?}").contains("canary"));
    let status: String = redis.command("EVAL").arg("return {ok='\\255'}").arg(0).run().await.unwrap();
    assert_eq!(status, "?");
    let nested = redis.command("EVAL").arg("return {'\\255', {ok='\\255'}}").arg(0);
    let nested: Vec<Vec<u8>> = nested.run().await.unwrap();
    assert_eq!(nested, [&b"\xff"[..], b"?"]);
    let bytes: Vec<Vec<u8>> = redis.command("EVAL").arg("return {'\\255'}").arg(0).run().await.unwrap();
    assert_eq!(bytes, [b"\xff"]);
    let mut pipeline = redis.pipeline().atomic();
    let first = pipeline.command("EVAL").arg("return {err='\\255'}").arg(0).queue::<()>();
    let second = pipeline.increment("count", 1);
    let mut results = pipeline.run().await.unwrap();
    assert_eq!(results.take(first).unwrap_err().kind(), ErrorKind::Operation);
    assert_eq!(results.take(second).unwrap(), 1);
    let after = connection(&redis).await;
    assert_eq!(before, after);
}

#[dual]
#[scenario]
async fn no_caller_is_served_within_an_unfinished_transaction() {
    let server = Server::start(Options::default().with_config("rename-command", "EXEC \"\"")).unwrap();
    let redis = fixture::connect(&server).await;
    redis.set_raw("key", "value", HOUR).await.unwrap();
    let mut pipeline = redis.pipeline().atomic();
    pipeline.command("SET").key("key").arg("other").queue::<()>();
    let error = pipeline.run().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    let found = redis.get_raw("key").await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"value"[..]));
}

#[dual]
#[scenario]
async fn a_dedicated_connection_is_not_left_within_a_transaction() {
    let server = Server::start(Options::default().with_config("rename-command", "EXEC \"\"")).unwrap();
    let redis = fixture::connect(&server).await;
    for is_atomic in [true, false] {
        let mut dedicated = redis.dedicated().await.unwrap();
        let mut batch = if is_atomic { dedicated.batch().atomic() } else { dedicated.batch() };
        batch.set_many([("a", 1), ("b", 2)], HOUR);
        match dedicated.run(batch).await {
            Ok(mut results) => assert!(!is_atomic && results.check().is_err()),
            Err(error) => assert!(is_atomic && error.is_not_applied(), "{error}"),
        }
        let error = dedicated.command("GET").key("a").run::<Option<String>>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    }
    // A transaction that the caller began is the caller's to end.
    let mut dedicated = redis.dedicated().await.unwrap();
    let mut batch = dedicated.batch();
    batch.command("MULTI").queue::<()>();
    let queued = batch.command("SET").key("a").arg(1).queue::<String>();
    let mut results = dedicated.run(batch).await.unwrap();
    let queued = results.take(queued).unwrap();
    assert_eq!(queued, "QUEUED");
    dedicated.command("DISCARD").run::<()>().await.unwrap();
    dedicated.command("GET").key("a").run::<Option<String>>().await.unwrap();
}

#[dual]
#[scenario]
async fn a_key_that_may_have_arrived_elsewhere_is_said_to() {
    let (server, other) = (fixture::server(), fixture::server());
    let redis = fixture::connect(&server).await;
    redis.set_raw("key", "value", HOUR).await.unwrap();
    other.freeze().unwrap();
    let migrate = redis.command("MIGRATE").arg(other.host()).arg(other.port()).key("key").arg(0).arg(100);
    let error = migrate.run::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::Unknown), "{error}");
    other.thaw().unwrap();
}

/// The number of reads that the server has made from its clients.
fn reads(server: &Server) -> u64 {
    let stats = server.cli().unwrap().text(&["INFO", "stats"]).unwrap();
    let reads = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
    reads.unwrap().trim().parse().unwrap()
}

#[dual]
#[scenario]
async fn a_call_is_one_round_trip_once_there_is_a_connection() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", &1, HOUR).await.unwrap();
    let before = reads(&server);
    for number in 0..100 {
        redis.set("key", &number, HOUR).await.unwrap();
        let found = redis.get::<u32>("key").await.unwrap();
        assert_eq!(found, Some(number));
    }
    // The second look is a read as well, and it takes a connection.
    let reads = reads(&server) - before;
    assert!((200..=203).contains(&reads), "{reads}");
}
