use redis_service::{
    ErrorKind, Expiry, Outcome, Result, Script,
    testing::{Answer, ScriptedServer},
};

use crate::{
    RedisService, Transaction, dual,
    fixture::{HOUR, assert_failed},
    scenario,
};

static ADD: Script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");

#[dual]
#[scenario]
async fn one_command_of_a_pipeline_fails() {
    let script = ScriptedServer::new()
        .on_prefix(["SET", "user:1"])
        .answer(Answer::ok())
        .on(["LPUSH", "visits", "1"])
        .answer(Answer::error_of(ErrorKind::WrongType))
        .on(["MGET", "a", "b"])
        .answer(Answer::array([Some("1"), None]));
    let (redis, recorded) = RedisService::scripted(script);
    let mut pipeline = redis.pipeline();
    let set = pipeline.set("user:1", "Ada", HOUR);
    let pushed = pipeline.command("LPUSH").key("visits").arg(1).queue::<i64>();
    let found = pipeline.get_many::<u32>(&["a", "b"]);
    let mut results = pipeline.run().await.unwrap();
    results.take(set).unwrap();
    let error = results.take(pushed).unwrap_err();
    assert_failed(&error, ErrorKind::WrongType, Outcome::NotApplied);
    let found: Vec<_> = results.take(found).unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [Some(1), None]);
    recorded.assert_done();
}

#[dual]
async fn take_one(mut tx: Transaction) -> Result<Option<u32>> {
    let stock: u32 = tx.get("stock").await?.unwrap_or(0);
    if stock == 0 {
        return Ok(None);
    }
    tx.queue().set("stock", &(stock - 1), Expiry::Keep);
    Ok(Some(stock - 1))
}

#[dual]
#[scenario]
async fn a_transaction_runs_again_after_a_conflict() {
    let script = ScriptedServer::new()
        .on(["GET", "stock"])
        .answer("3")
        .on(["GET", "stock"])
        .answer("2")
        .on_prefix(["SET", "stock"])
        .times(2)
        .answer(Answer::ok())
        .on(["EXEC"])
        .answer(Answer::nil());
    let (redis, recorded) = RedisService::scripted(script);
    let found = redis.transaction(&["stock"], take_one).await.unwrap();
    assert_eq!(found, Some(1));
    let commands = recorded.lines();
    assert_eq!(commands[..3], ["WATCH stock", "GET stock", "MULTI"]);
    let written: Vec<_> = commands.iter().filter(|line| line.starts_with("SET stock ")).collect();
    assert_eq!(written, ["SET stock 2 KEEPTTL", "SET stock 1 KEEPTTL"]);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn a_transaction_whose_result_is_lost_is_not_repeated() {
    let script = ScriptedServer::new()
        .on(["GET", "stock"])
        .answer("3")
        .on_prefix(["SET", "stock"])
        .answer(Answer::ok())
        .on(["EXEC"])
        .answer(Answer::lost());
    let (redis, recorded) = RedisService::scripted(script);
    let error = redis.transaction(&["stock"], take_one).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::Unknown);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn a_step_of_several_writes_is_refused_as_a_whole() {
    let script = || ScriptedServer::new().on_prefix(["SET", "a"]).answer(Answer::ok());
    let (redis, recorded) = RedisService::scripted(script().on_prefix(["SET", "b"]).answer(Answer::ok()));
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    assert_eq!((recorded.lines()[0].as_str(), recorded.lines()[3].as_str()), ("MULTI", "EXEC"));
    recorded.assert_done();

    let refused = Answer::error_of(ErrorKind::OutOfMemory);
    let (redis, _) = RedisService::scripted(script().on_prefix(["SET", "b"]).answer(refused));
    let error = redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::OutOfMemory, Outcome::NotApplied);

    let (redis, recorded) = RedisService::scripted(script());
    let error = redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap_err();
    assert_eq!(error.code(), Some("UNSCRIPTED"), "{error}");
    assert_eq!(recorded.unexpected().len(), 1);
}

#[dual]
#[scenario]
async fn a_script_is_sent_by_its_source_if_the_server_does_not_know_it() {
    let script = ScriptedServer::new()
        .on_script(&ADD)
        .answer(5)
        .on_script(&ADD)
        .answer(Answer::error_of(ErrorKind::NoScript))
        .on_script(&ADD)
        .answer(7)
        .on_script(&ADD)
        .answer(Answer::error("LIMIT reached"));
    let (redis, recorded) = RedisService::scripted(script);
    for sum in [5, 7] {
        let found: i64 = redis.script(&ADD).key("visits").arg(2).run().await.unwrap();
        assert_eq!(found, sum);
    }
    let error = redis.script(&ADD).key("visits").arg(2).run::<i64>().await.unwrap_err();
    assert_failed(&error, ErrorKind::Operation, Outcome::Unknown);
    let commands = recorded.commands();
    let names: Vec<_> = commands.iter().map(|words| words[0].as_slice()).collect();
    assert_eq!(names, [&b"EVALSHA"[..], b"EVALSHA", b"EVAL", b"EVALSHA"]);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn what_no_byte_was_sent_of_is_not_applied_on_a_connection_of_its_own_either() {
    let script = || ScriptedServer::new().on(["GET", "stock"]).times(3).answer("3");
    let script = script().on(["MULTI"]).times(3).answer(Answer::unsent()).on(["INCR", "a"]);
    let (redis, recorded) = RedisService::scripted(script.answer(Answer::unsent()));
    let mut connection = redis.dedicated().await.unwrap();
    let error = connection.command("INCR").key("a").run::<i64>().await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    let error = redis.transaction(&["stock"], take_one).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    assert!(recorded.lines().iter().all(|line| line == "WATCH stock" || line == "GET stock"));
}

#[dual]
#[scenario]
async fn a_dedicated_connection_may_block() {
    let script = ScriptedServer::new()
        .on(["BLPOP", "jobs", "5"])
        .answer(Answer::array(["jobs", "resize"]))
        .on(["BLPOP", "jobs", "5"])
        .answer(Answer::nil());
    let (redis, recorded) = RedisService::scripted(script);
    let mut connection = redis.dedicated().await.unwrap();
    for expected in [Some("resize"), None] {
        let job: Option<(String, String)> =
            connection.command("BLPOP").key("jobs").arg(5).run().await.unwrap();
        assert_eq!(job.as_ref().map(|(_, job)| job.as_str()), expected);
    }
    recorded.assert_done();
}
