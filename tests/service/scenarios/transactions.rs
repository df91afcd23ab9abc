//! Transactions: what was read is unchanged when the writes run, or nothing is written.

// Closures that fail with errors of their own.
mod own_errors;
// Reads within a transaction, and calls that are not possible there.
mod reads;

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

use redis_service::{
    ErrorKind, Expiry, Outcome, Result, Ttl, batch::BatchHandle, config::RetryPolicy,
    transaction::TransactionOptions,
};
use redis_testkit::Server;

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

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
async fn what_is_read_decides_what_is_written() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set("stock", &2, HOUR).await.unwrap();
    for left in [Some(1), Some(0), None] {
        let taken = redis.transaction(&["stock"], take_one).await.unwrap();
        assert_eq!(taken, left);
    }
    let stock = server.cli().unwrap().text(&["GET", "app:stock"]).unwrap();
    assert_eq!(stock, "0");
}

#[dual]
async fn look_around(mut tx: Transaction) -> Result<(bool, Ttl, Vec<u8>, Vec<String>)> {
    let seen = (
        tx.exists("key").await?,
        tx.ttl("key").await?,
        tx.get_raw("key").await?.unwrap_or_default(),
        tx.command("LRANGE").key("list").arg(0).arg(-1).run().await?,
    );
    tx.queue().delete("key");
    tx.queue().clear();
    Ok(seen)
}

#[dual]
async fn write_at_once(mut tx: Transaction) -> Result<i64> {
    tx.command("INCR").key("key").run().await
}

#[dual]
#[scenario]
async fn everything_can_be_read_and_nothing_written_at_once() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set_raw("key", "7", Expiry::Never).await.unwrap();
    server.cli().unwrap().call(&["RPUSH", "app:list", "a", "b"]).unwrap();
    let seen = redis.transaction(&["key", "list"], look_around).await.unwrap();
    assert_eq!(seen, (true, Ttl::Forever, b"7".to_vec(), vec!["a".to_owned(), "b".to_owned()]));
    let error = redis.transaction(&["key"], write_at_once).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("INCR")));
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(7));
}

#[dual]
async fn increment(mut tx: Transaction, key: &str) -> Result<()> {
    let count: u32 = tx.get(key).await?.unwrap_or(0);
    tx.queue().set(key, &(count + 1), HOUR);
    Ok(())
}

#[dual]
async fn increments(redis: RedisService) {
    let key = "count".to_owned();
    for _ in 0..25 {
        let options = TransactionOptions::default().with_attempts(1_000);
        let (_, mut results) =
            redis.transaction_with(options, &[&key], |tx| increment(tx, &key)).await.unwrap();
        results.check().unwrap();
    }
}

#[dual]
#[scenario]
async fn nothing_is_lost_among_eight_at_once() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_secs(60));
    for finished in concurrently!(8, increments(redis.clone())) {
        finished.unwrap();
    }
    let count = redis.get::<u32>("count").await.unwrap();
    assert_eq!(count, Some(200));
}

/// Increments, and loses the race against another client this number of times.
#[dual]
async fn increment_overtaken(
    mut tx: Transaction,
    server: &Server,
    times: u32,
    runs: &AtomicU32,
) -> Result<u32> {
    let run = runs.fetch_add(1, Relaxed) + 1;
    let count: u32 = tx.get("count").await?.unwrap_or(0);
    if run <= times {
        server.cli().unwrap().call(&["SET", "count", &(count + 100).to_string()]).unwrap();
    }
    tx.queue().set("count", &(count + 1), HOUR);
    Ok(count + 1)
}

#[dual]
#[scenario]
async fn a_conflict_runs_the_closure_again_and_at_last_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let runs = AtomicU32::new(0);
    let count = redis.transaction(&["count"], |tx| increment_overtaken(tx, &server, 2, &runs)).await.unwrap();
    assert_eq!((count, runs.load(Relaxed)), (201, 3));

    let runs = AtomicU32::new(0);
    let error =
        redis.transaction(&["count"], |tx| increment_overtaken(tx, &server, 99, &runs)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), runs.load(Relaxed)),
        (ErrorKind::Conflict, Outcome::NotApplied, 10)
    );
    assert_eq!(error.operation(), Some("transaction"));

    let (once, runs) = (TransactionOptions::default().with_attempts(1), AtomicU32::new(0));
    let error = redis
        .transaction_with(once, &["count"], |tx| increment_overtaken(tx, &server, 99, &runs))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), runs.load(Relaxed)), (ErrorKind::Conflict, 1));

    let (many, runs) = (TransactionOptions::default().with_attempts(u32::MAX), AtomicU32::new(0));
    let (hurried, before) = (redis.with_deadline(Duration::from_millis(300)), Instant::now());
    let error = hurried
        .transaction_with(many, &["count"], |tx| increment_overtaken(tx, &server, 9_999, &runs))
        .await
        .unwrap_err();
    let took = before.elapsed();
    // A deadline that passes during the writes leaves their outcome unknown.
    assert!(error.kind() == ErrorKind::Timeout || error.is_not_applied(), "{error}");
    assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Timeout), "{error}");
    assert!(took < Duration::from_millis(400) && runs.load(Relaxed) > 1, "{took:?}");
}

#[dual]
async fn counted(mut tx: Transaction) -> Result<(BatchHandle<i64>, BatchHandle<Option<i64>>)> {
    Ok((tx.queue().increment("count", 3), tx.queue().take("count")))
}

#[dual]
#[scenario]
async fn the_results_of_what_was_queued_can_be_had() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = TransactionOptions::default();
    let (handles, mut results) = redis.transaction_with(options, &["count"], counted).await.unwrap();
    let taken = results.take(handles).unwrap();
    assert_eq!(taken, (3, Some(3)));
}

/// Reads, loses its connection the first time, before or after a second read, and writes.
#[dual]
async fn increment_cut_off(
    mut tx: Transaction,
    server: &Server,
    reads_on: bool,
    runs: &AtomicU32,
) -> Result<u32> {
    let count: u32 = tx.get("count").await?.unwrap_or(0);
    let run = runs.fetch_add(1, Relaxed) + 1;
    if run == 1 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    }
    if reads_on {
        tx.exists("count").await?;
    }
    tx.queue().set("count", &(count + 1), HOUR);
    Ok(count + 1)
}

#[dual]
#[scenario]
async fn a_connection_lost_between_watch_and_exec_is_never_a_success() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let runs = AtomicU32::new(0);
    let error =
        redis.transaction(&["count"], |tx| increment_cut_off(tx, &server, false, &runs)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), runs.load(Relaxed)),
        (ErrorKind::Connection, Outcome::Unknown, 1)
    );
    let count = redis.get::<u32>("count").await.unwrap();
    assert_eq!(count, None);
}

#[dual]
#[scenario]
async fn a_connection_lost_while_reading_is_replaced_and_everything_is_read_again() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let runs = AtomicU32::new(0);
    let count =
        redis.transaction(&["count"], |tx| increment_cut_off(tx, &server, true, &runs)).await.unwrap();
    assert_eq!((count, runs.load(Relaxed)), (1, 2));

    let config = fixture::config(&server.url()).with_retry(RetryPolicy::none());
    let redis = RedisService::connect(config).await.unwrap();
    let runs = AtomicU32::new(0);
    let error =
        redis.transaction(&["count"], |tx| increment_cut_off(tx, &server, true, &runs)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
    let count = server.cli().unwrap().text(&["GET", "count"]).unwrap();
    assert_eq!(count, "1");
}

#[dual]
async fn fail(mut tx: Transaction) -> Result<()> {
    tx.queue().set("written", &1, HOUR);
    let _: Option<u32> = tx.get("text").await?;
    Ok(())
}

#[dual]
async fn panic_midway(redis: RedisService) {
    redis.transaction(&["text"], give_up).await.unwrap();
}

#[dual]
async fn give_up(mut tx: Transaction) -> Result<()> {
    tx.queue().set("written", &1, HOUR);
    let text = tx.get_raw("text").await?;
    panic!("this panic is part of the test: {text:?}");
}

#[dual]
#[scenario]
async fn a_closure_that_ends_early_writes_nothing_and_leaves_no_watch_behind() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("text", "text", HOUR).await.unwrap();
    let before = fixture::connections(&server);
    let error = redis.transaction(&["text"], fail).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation(), error.key()),
        (ErrorKind::Deserialization, Some("get"), Some("text"))
    );
    let taken = redis.transaction(&["stock"], take_one).await.unwrap();
    assert_eq!(taken, None);
    for finished in concurrently!(1, panic_midway(redis.clone())) {
        assert!(finished.is_err());
    }
    eventually("the connection is closed", || fixture::connections(&server) <= before).await;
    let written = redis.exists("written").await.unwrap();
    assert!(!written);
}

#[dual]
async fn keep(mut tx: Transaction) -> Result<Transaction> {
    tx.queue().set("written", &1, HOUR);
    Ok(tx)
}

#[dual]
#[scenario]
async fn a_transaction_kept_beyond_its_closure_writes_nothing() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let error = redis.transaction(&["key"], keep).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    let written = redis.exists("written").await.unwrap();
    assert!(!written);
}

#[dual]
async fn write_wrongly(mut tx: Transaction) -> Result<()> {
    tx.queue().set("fine", &1, HOUR);
    tx.queue().increment("text", 1);
    Ok(())
}

#[dual]
async fn write_nonsense(mut tx: Transaction) -> Result<()> {
    tx.queue().set("fine", &2, HOUR);
    tx.queue().set("key", &1, Duration::ZERO);
    Ok(())
}

#[dual]
#[scenario]
async fn a_write_that_fails_is_an_error_and_an_invalid_one_is_not_sent() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("text", "text", HOUR).await.unwrap();
    let error = redis.transaction(&["text"], write_wrongly).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, Outcome::Applied));
    assert_eq!((error.operation(), error.key()), (Some("increment"), Some("text")));

    let error = redis.transaction(&["text"], write_nonsense).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    let error = redis.transaction(&["fine", ""], take_one).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    let fine = redis.get::<u32>("fine").await.unwrap();
    assert_eq!(fine, Some(1));
}

#[dual]
#[scenario]
async fn a_transaction_without_redis_fails_in_time() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_millis(500));
    server.kill().unwrap();
    let before = Instant::now();
    let error = redis.transaction(&["stock"], take_one).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_millis(600), "{:?}", before.elapsed());
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
    server.restart().unwrap();
    server.freeze().unwrap();
    let before = Instant::now();
    let error = redis.transaction(&["stock"], take_one).await.unwrap_err();
    let took = before.elapsed();
    server.thaw().unwrap();
    assert!(error.is_timeout() && error.is_not_applied(), "{error}");
    assert!(took < Duration::from_millis(600), "{took:?}");
    redis.close().await;
    let error = redis.transaction(&["stock"], take_one).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[dual]
async fn blame_another(mut tx: Transaction, server: &Server, another: &redis_service::Error) -> Result<()> {
    server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    match tx.get::<u32>("key").await {
        Ok(_) => Ok(()),
        Err(_) => Err(another.clone()),
    }
}

#[dual]
#[scenario]
async fn a_closure_cannot_hide_a_lost_connection() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_retry(RetryPolicy::default().with_attempts(1));
    let redis = RedisService::connect(config).await.unwrap();
    let another = redis.get::<u32>("").await.unwrap_err();
    let error = redis.transaction(&["key"], |tx| blame_another(tx, &server, &another)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let health = redis.health().await;
    assert_eq!(health.last_error.map(|last| last.error.kind()), Some(ErrorKind::Connection));
}
