use redis_service::{ErrorKind, Outcome, Result};

use super::{NONE, start};
use crate::{RedisService, Transaction, dual, fixture::HOUR, scenario};

#[dual]
#[scenario]
async fn handles_of_another_batch_are_refused_even_where_nothing_was_sent() {
    let (_server, redis) = start().await;
    let (mut one, mut two) = (redis.pipeline(), redis.pipeline());
    let (group, empty) = (one.set_many([("a", 1), ("b", 2)], HOUR), one.delete_many(&NONE));
    two.increment("n", 1);
    two.set_many([("c", 3), ("d", 4)], HOUR);
    let mut results = two.run().await.unwrap();
    for error in [results.take(group).unwrap_err(), results.take(empty).map(drop).unwrap_err()] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    }
    results.check().unwrap();
}

#[dual]
#[scenario]
async fn handles_of_cleared_commands_are_void_and_later_ones_are_not() {
    let (_server, redis) = start().await;
    let mut own = redis.dedicated().await.unwrap();
    let mut batch = own.batch().atomic();
    let gone = batch.set_many([("a", 1)], HOUR);
    let invalid = batch.get::<u32>("");
    let script = batch.increment_with_expiry("n", 1, HOUR);
    batch.clear();
    assert!(batch.is_empty());
    // Its source goes along again.
    let again = batch.increment_with_expiry("n", 1, HOUR);
    // It is still a batch for a dedicated connection.
    let popped = batch.command("BLPOP").key("list").arg(1).queue::<Option<(String, String)>>();
    let mut results = own.run(batch).await.unwrap();
    let (again, popped) = results.take((again, popped)).unwrap();
    assert_eq!((again, popped), (1, None));
    for error in [
        results.take(gone).unwrap_err(),
        results.take(invalid).map(drop).unwrap_err(),
        results.take(script).map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let exists = redis.exists("a").await.unwrap();
    assert!(!exists);
}

#[dual]
#[scenario]
async fn a_dedicated_batch_blocks_where_it_stands_and_is_refused_elsewhere() {
    let (_server, redis) = start().await;
    let mut own = redis.dedicated().await.unwrap();
    let mut batch = own.batch();
    let pushed = batch.list::<String>("queue").push_back("job");
    let popped = batch.command("BLPOP").key("queue").arg(5).queue::<Option<(String, String)>>();
    let nothing = batch.command("BLPOP").key("queue").arg(0.1).queue::<Option<(String, String)>>();
    let behind = batch.increment("n", 1);
    let mut results = own.run(batch).await.unwrap();
    let (pushed, popped, nothing, behind) = results.take((pushed, popped, nothing, behind)).unwrap();
    assert_eq!((pushed, nothing, behind), (1, None, 1));
    assert_eq!(popped, Some(("queue".to_owned(), "\"job\"".to_owned())));

    // A batch for a dedicated connection does not run where other callers would wait for it.
    let mut pipeline = redis.pipeline();
    let mut batch = own.batch();
    batch.command("BLPOP").key("queue").arg(1).queue::<()>();
    *pipeline = batch;
    let error = pipeline.run().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied), "{error}");
}

#[dual]
async fn replace_queue(mut tx: Transaction, redis: RedisService) -> Result<()> {
    *tx.queue() = redis.dedicated().await?.batch();
    tx.queue().set("a", &1, HOUR);
    tx.queue().set("b", &1, HOUR);
    redis.set("watched", &1, HOUR).await
}

#[dual]
#[scenario]
async fn a_transaction_stays_atomic_when_its_queue_is_replaced() {
    let (server, redis) = start().await;
    let error = redis.transaction(&["watched"], |tx| replace_queue(tx, redis.clone())).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied), "{error}");
    assert_eq!(server.cli().unwrap().integer(&["EXISTS", "a", "b"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn a_plain_batch_that_meets_a_conflict_says_so_in_the_group_alone() {
    let (server, redis) = start().await;
    let mut own = redis.dedicated().await.unwrap();
    own.command("WATCH").key("watched").run::<()>().await.unwrap();
    server.cli().unwrap().call(&["SET", "watched", "1"]).unwrap();
    let mut batch = own.batch();
    let before = batch.increment("n", 1);
    let group = batch.set_many([("a", 1), ("b", 2)], HOUR);
    let behind = batch.increment("n", 1);
    let mut results = own.run(batch).await.unwrap();
    let error = results.take(group).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied), "{error}");
    let counts = results.take((before, behind)).unwrap();
    assert_eq!(counts, (1, 2));
    assert_eq!(server.cli().unwrap().integer(&["EXISTS", "a", "b"]).unwrap(), 0);

    own.command("WATCH").key("watched").run::<()>().await.unwrap();
    server.cli().unwrap().call(&["SET", "watched", "2"]).unwrap();
    let mut batch = own.batch().atomic();
    batch.set_many([("a", 1), ("b", 2)], HOUR);
    let error = own.run(batch).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, Some("pipeline")));
}
