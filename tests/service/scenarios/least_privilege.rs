//! The rights that the guide lists for a user are enough, and no wider than a namespace.

use std::{collections::HashMap, time::SystemTime};

use redis_service::{
    ErrorKind, Expiry, Result,
    streams::{AddOptions, Consume, NewGroup, StreamEvent, Trim},
    values::Overflow,
};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, HOUR},
    scenario,
};

const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The rules of the guide's `ACL SETUSER` after the password.
fn rules() -> String {
    let (_, rules) = OPERATIONS.split_once("ACL SETUSER shop on >… ").unwrap();
    let (rules, _) = rules.split_once("```").unwrap();
    rules.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[dual]
async fn increment(mut tx: Transaction) -> Result<()> {
    let count: u32 = tx.get("a").await?.unwrap_or(0);
    tx.queue().set("a", &(count + 1), HOUR);
    Ok(())
}

/// Adds items, handles one, and moves one away.
#[dual]
async fn consume(redis: &RedisService) {
    let stream = redis.stream::<i32>("stream");
    let once = AddOptions::default().with_operation("one", HOUR);
    stream.add_with(&1, &once).await.unwrap();
    stream.add(&2).await.unwrap();
    let group = stream.group("group");
    let options = Consume::by("one").create(NewGroup::from_beginning()).dead_letters("failed", 1);
    let mut consumer = group.consume(options).await.unwrap();
    for is_moved in [true, false] {
        let event = consumer.next_within(HOUR / 60).await;
        let Some(StreamEvent::Item(item)) = event else { panic!("{event:?}") };
        let settled = if is_moved {
            consumer.fail(&item, "no").await.unwrap()
        } else {
            consumer.acknowledge(item.id).await.unwrap()
        };
        assert!(settled);
    }
    stream.trim(Trim::to_length(1)).await.unwrap();
}

#[dual]
#[scenario]
async fn the_least_rights_are_enough() {
    for rules in [rules(), "resetkeys ~shop:* resetchannels &shop:* +@all -@dangerous".to_owned()] {
        let server = Server::start(Options::default().with_user("shop", "secret", rules)).unwrap();
        let config = fixture::config(&server.url_as("shop", "secret")).with_db(1);
        let all = RedisService::connect(config).await.unwrap();
        let redis = all.namespace("shop");
        redis.set("key", &1, HOUR).await.unwrap();
        redis.set_if_absent("key", &1, HOUR).await.unwrap();
        redis.set_if_present("key", &1, HOUR).await.unwrap();
        redis.replace("key", &1, HOUR).await.unwrap();
        redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
        redis.get::<i32>("key").await.unwrap();
        redis.get_map::<_, i32>(&["a", "b"]).await.unwrap();
        redis.exists("key").await.unwrap();
        redis.ttl("key").await.unwrap();
        redis.expire("key", HOUR).await.unwrap();
        redis.expire("key", Expiry::At(SystemTime::now() + HOUR)).await.unwrap();
        redis.persist("key").await.unwrap();
        redis.touch("key").await.unwrap();
        redis.increment("count", 1).await.unwrap();
        redis.decrement("count", 1).await.unwrap();
        redis.increment_with_expiry("rate", 1, HOUR).await.unwrap();
        redis.increment_float("float", 0.5).await.unwrap();
        redis.increment_within("count", 1, ..=9, Overflow::Saturate).await.unwrap();
        redis.increment_once("count", 1, "id", HOUR).await.unwrap();
        redis.hash::<i32>("hash").set("field", &1).await.unwrap();
        redis.set_struct("struct", &HashMap::from([("field", 1)]), HOUR).await.unwrap();
        redis.list::<i32>("list").push_back(&1).await.unwrap();
        redis.set_of::<i32>("set").add(&1).await.unwrap();
        redis.sorted_set::<i32>("sorted").add(&1, 1.0).await.unwrap();
        consume(&redis).await;
        let listing = redis.list_keys("*", 100).await.unwrap();
        assert!(!listing.keys.is_empty());
        redis.take::<i32>("key").await.unwrap();
        redis.delete("count").await.unwrap();
        redis.delete_many(&["a", "b"]).await.unwrap();
        redis.transaction(&["a"], increment).await.unwrap();
        redis.purge().await.unwrap();
        let subscription = redis.subscribe::<i32>("shop:news").await.unwrap();
        let heard = redis.publish("shop:news", &1).await.unwrap();
        assert_eq!(heard, 1);
        drop(subscription);
        let health = redis.health().await;
        assert!(health.is_reachable() && health.last_error.is_none());
        assert!(fixture::connections(&server) > 0, "and it has its name");

        let error = all.namespace("other").get::<i32>("key").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
    }
}
