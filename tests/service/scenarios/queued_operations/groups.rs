use redis_service::{Batch, ErrorKind, Outcome};
use redis_testkit::{Options, Server};

use super::{NONE, Taken, Way, later, start};
use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

/// Groups at the start, in the middle and at the end.
fn queue(on: &mut Batch) -> Vec<Taken> {
    vec![
        later(on.set_many([("a", 1), ("b", 2)], HOUR)),
        later(on.get::<u32>("a")),
        later(on.increment("n", 1)),
        later(on.set_many([("a", 3), ("c", 4)], HOUR)),
        later(on.get_many::<u32>(&["a", "b", "c"])),
        later(on.hash::<u32>("hash").set("f", &1)),
        later(on.increment("n", 1)),
        later(on.set_many([("d", 5)], HOUR)),
    ]
}

#[dual]
#[scenario]
async fn groups_stand_first_in_the_midst_and_last() {
    let (server, redis) = start().await;
    for way in Way::ALL {
        server.cli().unwrap().call(&["CONFIG", "RESETSTAT"]).unwrap();
        let redis = redis.namespace(&way.namespace());
        let results = way.run(&redis, queue).await.unwrap();
        let expected =
            ["()", "Some(1)", "1", "()", "[Ok(Some(3)), Ok(Some(2)), Ok(Some(4))]", "true", "2", "()"];
        assert_eq!(results, expected, "{way:?}");
        let found = redis.get::<u32>("d").await.unwrap();
        assert_eq!(found, Some(5));
        let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
        let steps = if let Way::Plain | Way::Dedicated = way { 3 } else { 1 };
        assert!(stats.contains(&format!("cmdstat_exec:calls={steps},")), "{way:?} {stats}");
    }
}

/// A server without memory refuses every command that may need some.
fn queue_full(on: &mut Batch) -> Vec<Taken> {
    vec![
        later(on.get::<u32>("there")),
        later(on.set_many([("a", 1), ("b", 2)], HOUR)),
        later(on.exists("a")),
        later(on.delete_many(&["there"])),
        later(on.set_many([("c", 3)], HOUR)),
        later(on.exists("there")),
    ]
}

#[dual]
#[scenario]
async fn a_group_that_is_refused_leaves_the_other_results_in_their_places() {
    let (server, redis) = start().await;
    for way in [Way::Plain, Way::Dedicated] {
        redis.set("there", &7, HOUR).await.unwrap();
        server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
        let results = way.run(&redis, queue_full).await.unwrap();
        server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
        let in_place = [&results[0], &results[2], &results[3], &results[5]];
        assert_eq!(in_place, ["Some(7)", "false", "1", "false"], "{way:?}");
        for refused in [&results[1], &results[4]] {
            assert!(refused.starts_with("set_many: ") && refused.contains("OutOfMemory"), "{refused}");
            assert!(refused.contains("outcome: NotApplied"), "{refused}");
        }
        assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
        // The connection is as it was.
        let count = redis.increment("n", 1).await.unwrap();
        let deleted = redis.delete("n").await.unwrap();
        assert_eq!((count, deleted), (1, true));
    }
}

#[dual]
async fn restricted(rules: &str) -> (Server, RedisService) {
    let server = Server::start(Options::default().with_user("app", "app", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "app"))).await.unwrap();
    (server, redis)
}

#[dual]
#[scenario]
async fn a_user_who_may_not_set_gets_the_error_in_place_of_the_group() {
    let (server, redis) = restricted("~* +@all -set").await;
    for way in [Way::Plain, Way::Dedicated] {
        let results = way.run(&redis, queue_full).await.unwrap();
        assert_eq!([&results[0], &results[2], &results[3]], ["None", "false", "0"], "{way:?}");
        for refused in [&results[1], &results[4]] {
            assert!(refused.starts_with("set_many: ") && refused.contains("Permission"), "{refused}");
            assert!(refused.contains("outcome: NotApplied"), "{refused}");
        }
    }
    for way in [Way::Atomic, Way::Transaction, Way::DedicatedAtomic] {
        let error = way.run(&redis, queue_full).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::NotApplied), "{way:?}");
    }
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn a_group_that_may_not_be_one_does_not_claim_that_nothing_happened() {
    let (server, redis) = restricted("~* +@all -multi -exec").await;
    for way in [Way::Plain, Way::Dedicated] {
        let results = way.run(&redis, queue_full).await.unwrap();
        let stored = server.cli().unwrap().integer(&["EXISTS", "a", "b"]).unwrap();
        assert!(results[1].starts_with("set_many: ") && results[1].contains("Permission"), "{}", results[1]);
        assert!(stored == 0 || !results[1].contains("outcome: NotApplied"), "{stored} {}", results[1]);
        assert_eq!(results[2], (stored > 0).to_string());
    }
}

#[dual]
#[scenario]
async fn a_group_that_cannot_be_ended_passes_nothing_else_off_as_done() {
    let server = Server::start(Options::default().with_config("rename-command", "EXEC \"\"")).unwrap();
    let redis = fixture::connect(&server).await;
    server.cli().unwrap().call(&["SET", "there", "7"]).unwrap();
    let mut pipeline = redis.pipeline();
    let before = pipeline.get_raw("there");
    let group = pipeline.set_many([("a", 1)], HOUR);
    let behind = pipeline.get_raw("there");
    let deleted = pipeline.command("DEL").key("there").queue::<()>();
    let mut results = pipeline.run().await.unwrap();
    let before = results.take(before).unwrap();
    assert_eq!(before.as_deref(), Some(&b"7"[..]));
    let error = results.take(group).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unsupported, Some("set_many")), "{error}");
    let error = results.take(behind).unwrap_err();
    assert_eq!((error.outcome(), error.operation()), (Outcome::NotApplied, Some("get_raw")), "{error}");
    let error = results.take(deleted).unwrap_err();
    assert!(error.is_not_applied(), "{error}");
    // The connection left within the transaction serves no other caller.
    let there = redis.get_raw("there").await.unwrap();
    assert_eq!(there.as_deref(), Some(&b"7"[..]));
}

#[dual]
#[scenario]
async fn a_large_group_beside_others_is_sent_whole() {
    let (server, redis) = start().await;
    let entries = || (0..5_000).map(|number| (format!("key:{number}"), number));
    let mut pipeline = redis.pipeline();
    let first = pipeline.set_many(entries(), HOUR);
    let count = pipeline.increment("n", 1);
    let second = pipeline.set_many(entries().map(|(key, number)| (key, number + 1)), HOUR);
    let keys: Vec<_> = entries().map(|(key, _)| key).collect();
    let found = pipeline.get_map::<String, u32>(&keys);
    let mut results = pipeline.run().await.unwrap();
    results.take((first, second)).unwrap();
    let (count, found) = results.take((count, found)).unwrap();
    assert_eq!((count, found.len(), found["key:4999"]), (1, 5_000, 5_000));
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 5_001);
    let none = redis.get_many::<u32>(&NONE).await.unwrap();
    assert!(none.is_empty());
}

#[dual]
#[scenario]
async fn a_group_that_failed_is_reported_once() {
    let (server, redis) = start().await;
    let mut pipeline = redis.pipeline();
    let group = pipeline.set_many([("a", 1), ("b", 2), ("c", 3)], HOUR);
    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let mut results = pipeline.run().await.unwrap();
    let error = results.take(group).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    results.check().expect("every error was taken");
}

#[dual]
#[scenario]
async fn a_group_within_a_transaction_that_was_begun_by_name_moves_nothing_from_its_place() {
    let (_server, redis) = start().await;
    let mut own = redis.dedicated().await.unwrap();
    let mut batch = own.batch();
    batch.command("MULTI").queue::<()>();
    batch.get::<u32>("n");
    let first = batch.set_many([("a", 1)], HOUR);
    let second = batch.set_many([("b", 2)], HOUR);
    let found = batch.get::<u32>("a");
    let mut results = own.run(batch).await.unwrap();
    let error = results.take(first).unwrap_err();
    // Redis refuses the second MULTI and goes on; Valkey 9 gives the transaction up.
    let was_set = match (error.kind(), error.outcome()) {
        (ErrorKind::Protocol, Outcome::Unknown) => Some(1),
        (ErrorKind::Operation, Outcome::NotApplied) => None,
        other => panic!("{other:?}: {error}"),
    };
    let taken = results.take((second, found)).unwrap();
    assert_eq!(taken, ((), was_set));
}
