use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use redis_service::{Error, ErrorKind, Expiry, Outcome, transaction::TransactionOptions};
use redis_testkit::Server;

use super::HOUR;
use crate::{Transaction, dual, fixture, scenario};

/// What a service says to its own callers.
#[derive(Debug)]
enum Refusal {
    TooFew(u32),
    Redis(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Redis(error)
    }
}

/// Queues before it decides: what is queued must not be done then.
#[dual]
async fn reserve(mut tx: Transaction, wanted: u32) -> Result<u32, Refusal> {
    tx.queue().increment("asked", 1);
    let stock: u32 = tx.get("stock").await?.unwrap_or(0);
    tx.queue().set("stock", &stock.saturating_sub(wanted), Expiry::Keep);
    if stock < wanted {
        return Err(Refusal::TooFew(stock));
    }
    Ok(stock - wanted)
}

#[dual]
#[scenario]
async fn a_closure_fails_with_an_error_of_its_own_and_nothing_is_written() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("stock", &3, HOUR).await.unwrap();
    let before = fixture::connections(&server);
    for _ in 0..3 {
        let refusal = redis.transaction(&["stock"], |tx| reserve(tx, 4)).await.unwrap_err();
        assert!(matches!(refusal, Refusal::TooFew(3)), "{refusal:?}");
        let options = TransactionOptions::default();
        let refused = redis.transaction_with(options, &["stock"], |tx| reserve(tx, 4)).await;
        assert!(matches!(refused, Err(Refusal::TooFew(3))));
    }
    let (stock, asked) = (redis.get::<u32>("stock").await.unwrap(), redis.exists("asked").await.unwrap());
    assert_eq!((stock, asked), (Some(3), false));
    let left = redis.transaction(&["stock"], |tx| reserve(tx, 2)).await.unwrap();
    let (stock, asked) = (redis.get::<u32>("stock").await.unwrap(), redis.get::<u32>("asked").await.unwrap());
    assert_eq!((left, stock, asked), (1, Some(1), Some(1)));
    assert_eq!(fixture::connections(&server), before, "and no connection is left");
    let health = redis.health().await;
    assert!(health.last_error.is_none(), "a refusal is no failure of the server");
}

#[dual]
#[scenario]
async fn errors_of_redis_come_back_as_the_callers_own() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("stock", "text", HOUR).await.unwrap();
    let failed = redis.transaction(&["stock"], |tx| reserve(tx, 1)).await;
    let Err(Refusal::Redis(error)) = failed else { panic!("{failed:?}") };
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Deserialization, Some("get")));
    let failed = redis.transaction(&[""], |tx| reserve(tx, 1)).await;
    let Err(Refusal::Redis(error)) = failed else { panic!("{failed:?}") };
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("transaction")));

    // A write that fails when it is run.
    server.cli().unwrap().call(&["SET", "stock", "3"]).unwrap();
    server.cli().unwrap().call(&["RPUSH", "asked", "x"]).unwrap();
    let failed = redis.transaction(&["stock"], |tx| reserve(tx, 1)).await;
    let Err(Refusal::Redis(error)) = failed else { panic!("{failed:?}") };
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, Outcome::Applied));

    redis.close().await;
    let failed = redis.transaction(&["stock"], |tx| reserve(tx, 1)).await;
    let Err(Refusal::Redis(error)) = failed else { panic!("{failed:?}") };
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[dual]
async fn reserve_cut_off(mut tx: Transaction, server: &Server, runs: &AtomicU32) -> Result<u32, Refusal> {
    let run = runs.fetch_add(1, Relaxed) + 1;
    tx.queue().increment("asked", 1);
    server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    match tx.get::<u32>("stock").await {
        Ok(stock) => Ok(stock.unwrap_or(0)),
        Err(_) => Err(Refusal::TooFew(run)),
    }
}

#[dual]
#[scenario]
async fn after_a_lost_connection_the_last_error_of_the_closure_is_the_calls() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let runs = AtomicU32::new(0);
    let done = redis.transaction(&["stock"], |tx| reserve_cut_off(tx, &server, &runs)).await;
    assert_eq!(runs.load(Relaxed), 3, "as often as the retry policy allows");
    assert!(matches!(done, Err(Refusal::TooFew(3))), "{done:?}");
    let asked = redis.exists("asked").await.unwrap();
    assert!(!asked);
}
