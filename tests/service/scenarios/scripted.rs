//! A service whose commands are answered from a script behaves as one with a server.

// The same call, once with a script and once with a server behind a proxy.
mod compared;
// Transactions, pipelines and scripts.
mod several;

use std::time::Duration;

use redis_service::{
    Degrade, ErrorKind, Expiry, Key, Outcome, Result, ServiceConfig,
    config::{BreakerConfig, RetryPolicy},
    testing::{Answer, Recorded, ScriptedServer},
};

use crate::{
    RedisService, dual,
    fixture::{CANARY, HOUR, Wait, assert_failed},
    scenario,
};

/// What services have: a function that holds a service, and decides by its errors.
#[dual]
async fn greet(redis: &RedisService, user: u64) -> Result<String> {
    let name: Option<String> = redis.get(Key::new("user").part(user)).await.unavailable_as_none()?;
    match redis.increment("visits", 1).await {
        // Counted or not: a repetition might count twice.
        Err(error) if error.outcome() == Outcome::Unknown => {}
        counted => drop(counted?),
    }
    Ok(name.map_or_else(|| "Hello!".to_owned(), |name| format!("Hello, {name}!")))
}

#[dual]
#[scenario]
async fn a_function_gets_the_answers_and_the_test_sees_its_commands() {
    let script = ScriptedServer::new()
        .on(["GET", "user:1"])
        .answer(Answer::json("Ada"))
        .on(["INCRBY", "visits", "1"])
        .answer(7);
    let (redis, recorded) = RedisService::scripted(script);
    let found = greet(&redis, 1).await.unwrap();
    assert_eq!(found, "Hello, Ada!");
    assert_eq!(recorded.lines(), ["GET user:1", "INCRBY visits 1"]);
    assert_eq!(recorded.commands()[0], [&b"GET"[..], b"user:1"]);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn a_read_whose_reply_is_lost_is_repeated_and_an_increment_is_not() {
    let script = ScriptedServer::new()
        .on(["GET", "user:1"])
        .times(2)
        .answer(Answer::lost())
        .on(["GET", "user:1"])
        .answer(Answer::json("Ada"))
        .on_command("INCRBY")
        .answer(Answer::lost());
    let (redis, recorded) = RedisService::scripted(script);
    let found = greet(&redis, 1).await.unwrap();
    assert_eq!(found, "Hello, Ada!");
    assert_eq!(recorded.lines(), ["GET user:1", "GET user:1", "GET user:1", "INCRBY visits 1"]);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn what_was_not_sent_is_repeated_and_not_recorded() {
    let script =
        ScriptedServer::new().on_command("INCRBY").answer(Answer::unsent()).on_command("INCRBY").answer(1);
    let (redis, recorded) = RedisService::scripted(script);
    let found = redis.increment("visits", 1).await.unwrap();
    assert_eq!(found, 1);
    assert_eq!(recorded.lines(), ["INCRBY visits 1"]);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn a_server_that_cannot_be_reached_degrades() {
    let script = || ScriptedServer::new().on_any().always().answer(Answer::unsent());
    let (redis, recorded) = RedisService::scripted(script());
    let name: Option<String> = redis.get("user:1").await.unavailable_as_none().unwrap();
    assert_eq!(name, None);
    let error = greet(&redis, 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Connection, Outcome::NotApplied);
    assert!(recorded.lines().is_empty());
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn time_runs_out_without_a_wait() {
    let config = ServiceConfig::default()
        .with_response_timeout(HOUR)
        .with_deadline(2 * HOUR)
        .with_retry(RetryPolicy::none());
    let script = ScriptedServer::new().config(config).on_any().always().answer(Answer::timeout());
    let (redis, recorded) = RedisService::scripted(script);
    let wait = Wait::until("the calls have failed");
    for _ in 0..3 {
        let error = redis.increment("visits", 1).await.unwrap_err();
        assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
        wait.check();
    }
    let error = redis.with_deadline(Duration::ZERO).increment("visits", 1).await.unwrap_err();
    assert_failed(&error, ErrorKind::Timeout, Outcome::NotApplied);
    assert_eq!(recorded.lines().len(), 3);
}

#[dual]
#[scenario]
async fn an_unexpected_command_is_an_error_that_shows_no_argument() {
    let script = ScriptedServer::new().on(["GET", "a"]).answer(None::<&str>).on(["DEL", "a"]).answer(1);
    let (redis, recorded) = RedisService::scripted(script);
    let found = redis.get::<u32>("a").await.unwrap();
    assert_eq!(found, None);
    let error = redis.set("a", CANARY, Expiry::Never).await.unwrap_err();
    assert_failed(&error, ErrorKind::Operation, Outcome::NotApplied);
    let expected = "set \"a\": no answer is scripted for SET with 2 arguments (operation, not applied)";
    assert_eq!(error.to_string(), expected);
    assert_eq!(recorded.unexpected(), [format!("SET a \"{CANARY}\"")]);

    let difference = difference(&recorded);
    assert!(difference.contains("DEL a (0 of 1)") && difference.contains("SET a"), "{difference}");
}

/// Returns the message of the panic with which the check fails.
fn difference(recorded: &Recorded) -> String {
    let recorded = std::panic::AssertUnwindSafe(recorded);
    let panic = std::panic::catch_unwind(|| recorded.assert_done()).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[dual]
#[scenario]
async fn errors_of_the_server_are_what_they_are_in_production() {
    let script = ScriptedServer::new()
        .on_command("SET")
        .answer(Answer::error("OOM command not allowed when used memory > 'maxmemory'."))
        .on_command("GET")
        .answer(Answer::error_of(ErrorKind::WrongType))
        .on_command("GET")
        .answer("not JSON")
        .on_command("GET")
        .always()
        .answer(5);
    let (redis, recorded) = RedisService::scripted(script);
    let kind = redis.set("a", &1, HOUR).await.unwrap_err().kind();
    assert_eq!(kind, ErrorKind::OutOfMemory);
    for kind in [ErrorKind::WrongType, ErrorKind::Deserialization, ErrorKind::Protocol] {
        let error = redis.get::<u32>("a").await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    // Redis never answers GET with an integer, so the connection counts as out of step, and the read is repeated.
    assert_eq!(recorded.lines().len(), 6);
}

#[dual]
#[scenario]
async fn the_configuration_of_the_script_is_that_of_the_service() {
    let config = ServiceConfig::default().with_namespace("app").with_db(3).with_password("secret");
    let script = ScriptedServer::new()
        .config(config)
        .in_order()
        .on(["PING"])
        .answer(Answer::status("PONG"))
        .on_match(|words| words.len() == 2 && words[1] == b"app:user:1")
        .answer(Answer::json(&36));
    let (redis, recorded) = RedisService::scripted(script);
    redis.ping().await.unwrap();
    let found = redis.get("user:1").await.unwrap();
    assert_eq!(found, Some(36));
    // Not the password of the login.
    assert_eq!(recorded.lines(), ["PING", "GET app:user:1"]);
    recorded.assert_done();
    redis.close().await;
    let found = redis.ping().await.unwrap_err().kind();
    assert_eq!(found, ErrorKind::Closed);
}

#[dual]
#[scenario]
async fn an_open_breaker_is_that_of_one_service() {
    let breaker = BreakerConfig::default().with_threshold(0.5, 2).with_open_for(HOUR, HOUR);
    let config = ServiceConfig::default().with_breaker(breaker).with_retry(RetryPolicy::none());
    let script = || ScriptedServer::new().config(config.clone()).on_any().always();
    let (broken, _) = RedisService::scripted(script().answer(Answer::lost()));
    for kind in [ErrorKind::Connection, ErrorKind::Connection, ErrorKind::CircuitOpen] {
        let found = broken.get::<u32>("a").await.unwrap_err().kind();
        assert_eq!(found, kind);
    }
    let (redis, _) = RedisService::scripted(script().answer(Answer::json(&1)));
    let found = redis.get("a").await.unwrap();
    assert_eq!(found, Some(1));
}

#[dual]
async fn count(redis: RedisService) -> i64 {
    redis.increment("visits", 1).await.unwrap()
}

#[dual]
#[scenario]
async fn callers_at_the_same_time_and_calls_without_end_get_their_own_answers() {
    let script = ScriptedServer::new().on_command("INCRBY").times(50).answer(1).on_prefix(["GET"]).always();
    let (redis, recorded) = RedisService::scripted(script.answer("5"));
    for finished in concurrently!(50, count(redis.clone())) {
        assert_eq!(finished.unwrap(), 1);
    }
    // The service checks now and then that its replies are in step.
    for _ in 0..3_000 {
        let found = redis.get("a").await.unwrap();
        assert_eq!(found, Some(5));
    }
    assert_eq!(recorded.lines().len(), 3_050);
    recorded.assert_done();
}

#[dual]
#[scenario]
async fn a_subscription_is_refused_at_once() {
    let (redis, recorded) = RedisService::scripted(ScriptedServer::new());
    let error = redis.subscribe::<String>("news").await.unwrap_err();
    assert!(error.to_string().contains("a subscription cannot be scripted"), "{error}");
    assert_eq!(recorded.unexpected(), ["SUBSCRIBE news"]);
}
