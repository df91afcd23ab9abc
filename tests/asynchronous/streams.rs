//! Types of the async API that implement `Stream`.

use std::{
    collections::HashSet,
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

use futures_core::{FusedStream, Stream};
use redis_config_store::Watch;
use redis_service::{
    Expiry,
    streams::{Consume, NewGroup, StreamEvent},
};

use crate::fixture;

#[tokio::test]
async fn a_subscription_is_a_stream() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    for number in 0..3 {
        redis.publish("numbers", &number).await.unwrap();
        let event = poll_fn(|cx| Pin::new(&mut subscription).poll_next(cx)).await.unwrap();
        assert_eq!(event.into_payload(), Some(number));
    }
    subscription.close();
    let end = poll_fn(|cx| Pin::new(&mut subscription).poll_next(cx)).await;
    assert!(end.is_none());
}

#[tokio::test]
async fn a_consumer_is_a_stream() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let stream = redis.stream::<u32>("numbers");
    let options = Consume::by("one").create(NewGroup::from_end().with_stream());
    let mut consumer = stream.group("group").consume(options).await.unwrap();
    for number in 0..3 {
        stream.add(&number).await.unwrap();
        let event = poll_fn(|cx| Pin::new(&mut consumer).poll_next(cx)).await;
        let Some(StreamEvent::Item(item)) = event else { panic!("{event:?}") };
        assert_eq!(item.value, number);
    }
    consumer.close();
    let end = poll_fn(|cx| Pin::new(&mut consumer).poll_next(cx)).await;
    assert!(end.is_none());
}

#[tokio::test]
async fn a_watcher_is_a_stream() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let store = redis_config_store::AsyncConfigStore::open(&redis, "billing").await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = poll_fn(|cx| Pin::new(&mut watcher).poll_next(cx)).await;
    assert!(matches!(event, Some(redis_config_store::WatchEvent::Initial(_))), "{event:?}");
    store.put("limits", &1).await.unwrap();
    let event = poll_fn(|cx| Pin::new(&mut watcher).poll_next(cx)).await;
    assert!(matches!(event, Some(redis_config_store::WatchEvent::Change(_))), "{event:?}");
    watcher.close();
    let event = poll_fn(|cx| Pin::new(&mut watcher).poll_next(cx)).await;
    assert!(event.is_none());
}

#[tokio::test]
async fn keys_are_a_stream_and_none_is_lost_to_a_caller_who_gives_up() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for number in 0..100 {
        redis.set(format!("key:{number}"), &number, Expiry::Never).await.unwrap();
    }
    let mut keys = redis.keys("key:*");
    let given_up = {
        let mut next = pin!(keys.next());
        poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx).is_pending())).await
    };
    assert!(given_up);
    let mut found = HashSet::new();
    while let Some(key) = poll_fn(|cx| Pin::new(&mut keys).poll_next(cx)).await {
        found.insert(key.unwrap());
    }
    assert!(found.len() == 100 && keys.is_terminated());
}
