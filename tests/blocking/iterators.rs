//! Types of the blocking API that implement `Iterator`.

use std::collections::BTreeSet;

use redis_config_store::Watch;
use redis_service::{
    Expiry,
    pubsub::Event,
    scan::FoundKey,
    streams::{Consume, NewGroup, StreamEvent},
};

use crate::fixture;

#[test]
fn a_subscription_is_an_iterator() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    let mut subscription = redis.subscribe::<u32>("numbers").unwrap();
    for number in 0..3 {
        redis.publish("numbers", &number).unwrap();
    }
    let heard: Vec<_> = subscription.by_ref().take(3).filter_map(Event::into_payload).collect();
    assert_eq!(heard, [0, 1, 2]);
    subscription.close();
    assert!(subscription.next().is_none());
}

#[test]
fn a_consumer_is_an_iterator() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    let stream = redis.stream::<u32>("numbers");
    for number in 0..3 {
        stream.add(&number).unwrap();
    }
    let options = Consume::by("one").create(NewGroup::from_beginning());
    let mut consumer = stream.group("group").consume(options).unwrap();
    let values: Vec<_> = consumer
        .by_ref()
        .take(3)
        .filter_map(|event| if let StreamEvent::Item(item) = event { Some(item.value) } else { None })
        .collect();
    assert_eq!(values, [0, 1, 2]);
    consumer.close();
    assert!(consumer.next().is_none());
}

#[test]
fn a_watcher_is_an_iterator() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    let store = redis_config_store::ConfigStore::open(&redis, "billing").unwrap();
    let mut watcher = store.watch(Watch::all()).unwrap();
    assert!(matches!(watcher.next(), Some(redis_config_store::WatchEvent::Initial(_))));
    store.put("limits", &1).unwrap();
    assert!(matches!(watcher.next(), Some(redis_config_store::WatchEvent::Change(_))));
    watcher.close();
    assert!(watcher.next().is_none());
}

#[test]
fn keys_are_an_iterator() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    redis.set_many([("key:1", 1), ("key:2", 2), ("other", 3)], Expiry::Never).unwrap();
    let keys: Result<BTreeSet<_>, _> = redis.keys("key:*").collect();
    let keys: Vec<_> = keys.unwrap().into_iter().map(FoundKey::into_bytes).collect();
    assert_eq!(keys, [b"key:1", b"key:2"]);
}
