//! A consumer receives each item of its group until it is acknowledged, and is told what is missing.

use std::time::Duration;

use redis_service::{
    ErrorKind,
    streams::{Consume, Delivery, NewGroup, StreamEvent, StreamGap, StreamId, Trim},
};
use redis_testkit::Server;

use crate::{
    Consumer, RedisService, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

// Handlers: what they acknowledge, what fails, and how they end.
mod handlers;

/// Far longer than an event takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

const BRIEF: Duration = Duration::from_millis(50);

fn by(consumer: &str) -> Consume {
    Consume::by(consumer).create(NewGroup::from_beginning().with_stream()).claim_after(HOUR)
}

#[track_caller]
fn item(event: Option<StreamEvent<u32>>) -> Delivery<u32> {
    match event {
        Some(StreamEvent::Item(delivery)) => delivery,
        other => panic!("no item: {other:?}"),
    }
}

#[track_caller]
fn gap(event: Option<StreamEvent<u32>>) -> StreamGap {
    match event {
        Some(StreamEvent::Gap(gap)) => gap,
        other => panic!("no gap: {other:?}"),
    }
}

fn pending(server: &Server) -> i64 {
    let reply = server.cli().unwrap().call(&["XPENDING", "numbers", "group"]).unwrap();
    let redis_testkit::Value::Array(parts) = reply else { panic!("{reply:?}") };
    let redis_testkit::Value::Integer(count) = parts[0] else { panic!("{parts:?}") };
    count
}

/// Drops a consumer, and waits until the server has noticed: until then it may deliver items to it.
#[dual]
async fn ended(server: &Server, consumer: Consumer<u32>) {
    drop(consumer);
    eventually("its connection is closed", || fixture::connections(server) <= 1).await;
}

#[dual]
async fn add(redis: &RedisService, numbers: std::ops::Range<u32>) -> Vec<StreamId> {
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(redis.stream::<u32>("numbers").add(&number).await.unwrap());
    }
    ids
}

#[dual]
#[scenario]
async fn what_was_not_acknowledged_comes_again_and_before_new_items() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let group = redis.stream::<u32>("numbers").group("group");
    let ids = add(&redis, 0..3).await;
    let mut consumer = group.consume(by("one")).await.unwrap();
    for (number, id) in (0..3).zip(&ids) {
        let delivery = item(consumer.next_within(LIMIT).await);
        assert_eq!((delivery.value, delivery.id, delivery.deliveries), (number, *id, 1));
    }
    let acknowledged = consumer.acknowledge(ids[1]).await.unwrap();
    let again = consumer.acknowledge(ids[1]).await.unwrap();
    assert_eq!((acknowledged, again), (true, false));
    ended(&server, consumer).await;
    add(&redis, 3..4).await;
    let mut consumer = group.consume(by("one")).await.unwrap();
    for (number, deliveries) in [(0, 2), (2, 2), (3, 1)] {
        let delivery = item(consumer.next_within(LIMIT).await);
        assert_eq!((delivery.value, delivery.deliveries), (number, deliveries));
        consumer.acknowledge(delivery.id).await.unwrap();
    }
    let nothing = consumer.next_within(BRIEF).await;
    assert!(nothing.is_none() && !consumer.has_ended());
    assert_eq!(pending(&server), 0);
    add(&redis, 4..5).await;
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 4);
}

#[dual]
#[scenario]
async fn no_more_items_are_under_way_than_the_limit_says() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    add(&redis, 0..9).await;
    let group = redis.stream::<u32>("numbers").group("group");
    let mut consumer = group.consume(by("one").at_most(2)).await.unwrap();
    let first = item(consumer.next_within(LIMIT).await);
    let second = item(consumer.next_within(LIMIT).await);
    let none = consumer.next_within(BRIEF).await;
    assert!(none.is_none());
    assert_eq!(pending(&server), 2);
    drop(first);
    let third = item(consumer.next_within(LIMIT).await);
    assert_eq!((third.value, pending(&server)), (2, 3));
    drop((second, third));
    for number in 3..9 {
        let delivery = item(consumer.next_within(LIMIT).await);
        assert_eq!(delivery.value, number);
    }
}

#[dual]
#[scenario]
async fn a_consumer_ends_at_once_when_it_or_its_service_is_closed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let group = redis.stream::<u32>("numbers").group("group");
    let mut closed = group.consume(by("one")).await.unwrap();
    let closer = closed.closer();
    let mut of_service = group.consume(by("two")).await.unwrap();
    closer.clone().close();
    let end = closed.next_event().await;
    assert!(end.is_none() && closed.has_ended());
    redis.close().await;
    let end = of_service.next_event().await;
    assert!(end.is_none());
    let error = group.consume(by("three")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    eventually("no connection is left", || fixture::connections(&server) == 0).await;
}

#[dual]
#[scenario]
async fn a_group_that_is_missing_is_told_by_name_or_created() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let group = redis.stream::<u32>("numbers").group("group");
    let error = group.consume(Consume::by("one")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.key()),
        (ErrorKind::Operation, Some("NOGROUP"), Some("numbers"))
    );
    assert!(error.to_string().starts_with("consume \"numbers\": group \"group\": there is no"), "{error}");
    for options in [Consume::by(""), Consume::by("n".repeat(5_000)), by("one").dead_letters("", 1)] {
        let error = group.consume(options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    redis.set("text", &1, HOUR).await.unwrap();
    let error = redis.stream::<u32>("text").group("group").consume(by("one")).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some("text")), "{error}");

    let mut consumer = group.consume(by("one").heartbeat(BRIEF)).await.unwrap();
    server.cli().unwrap().call(&["DEL", "numbers"]).unwrap();
    let event = consumer.next_within(LIMIT).await;
    let Some(StreamEvent::Interrupted(error)) = event else { panic!("{event:?}") };
    assert_eq!(error.kind(), ErrorKind::Operation, "{error}");
    add(&redis, 0..1).await;
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 0);
}

#[dual]
#[scenario]
async fn an_item_that_another_consumer_left_behind_is_taken_over() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let group = redis.stream::<u32>("numbers").group("group");
    add(&redis, 0..3).await;
    let mut dead = group.consume(by("dead")).await.unwrap();
    for number in 0..3 {
        let delivery = item(dead.next_within(LIMIT).await);
        assert_eq!(delivery.value, number);
    }
    dead.close();
    let options = by("heir").claim_after(BRIEF).heartbeat(BRIEF);
    let mut heir = group.consume(options).await.unwrap();
    for number in 0..3 {
        let delivery = item(heir.next_within(LIMIT).await);
        assert_eq!((delivery.value, delivery.deliveries), (number, 2));
        heir.acknowledge(delivery.id).await.unwrap();
    }
    assert_eq!(pending(&server), 0);
}

#[dual]
#[scenario]
async fn what_is_deleted_or_delivered_too_often_is_told() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let group = redis.stream::<u32>("numbers").group("group");
    group.create(NewGroup::from_beginning().with_stream()).await.unwrap();
    let ids = add(&redis, 0..3).await;
    group.read("one", 9).await.unwrap();
    group.read_pending("one", ids[1], 9).await.unwrap();
    redis.stream::<u32>("numbers").delete(&[ids[0]]).await.unwrap();
    let mut consumer = group.consume(by("one").dead_letters("failed", 2)).await.unwrap();
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!((delivery.value, delivery.deliveries), (1, 2));
    let event = consumer.next_within(LIMIT).await;
    let Some(StreamEvent::Moved(moved)) = event else { panic!("{event:?}") };
    assert_eq!((moved.id, moved.deliveries), (ids[2], 2));
    let event = consumer.next_within(LIMIT).await;
    let Some(StreamEvent::Lost(lost)) = event else { panic!("{event:?}") };
    assert_eq!((lost, pending(&server)), (vec![ids[0]], 1));
    let failed = redis.stream::<u32>("failed").range(.., None).await.unwrap();
    assert_eq!(failed[0].as_ref().unwrap().value, 2);
    // The handler of this one reports the failure itself.
    let moved = consumer.fail(&delivery, "no").await.unwrap();
    assert!(moved);
    let failed = redis.stream::<u32>("failed").range(.., None).await.unwrap();
    assert_eq!(failed[1].as_ref().unwrap().failure.as_ref().unwrap().reason, "no");
}

#[dual]
#[scenario]
async fn an_item_that_does_not_decode_is_an_event_and_can_be_acknowledged_or_moved() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let texts = redis.stream::<String>("numbers");
    for _ in 0..2 {
        texts.add("canary").await.unwrap();
    }
    add(&redis, 0..1).await;
    let group = redis.stream::<u32>("numbers").group("group");
    let mut consumer = group.consume(by("one")).await.unwrap();
    for is_moved in [false, true] {
        let event = consumer.next_within(LIMIT).await;
        let Some(StreamEvent::Invalid(invalid)) = event else { panic!("{event:?}") };
        assert_eq!((invalid.value.id, invalid.value.error.kind()), (invalid.id, ErrorKind::Deserialization));
        assert!(!format!("{invalid:?} {}", invalid.value).contains("canary"), "{invalid:?}");
        let settled = if is_moved {
            group.move_to("failed", invalid.id, "of another type").await.unwrap()
        } else {
            consumer.acknowledge(invalid.id).await.unwrap()
        };
        assert!(settled);
    }
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 0);
    let raw = redis.stream::<u32>("failed").range_raw(.., None).await.unwrap();
    assert_eq!(raw[0].1[0], (b"v".to_vec(), b"\"canary\"".to_vec()));
}

#[dual]
#[scenario]
async fn a_stream_that_is_trimmed_below_a_consumer_is_a_gap() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let stream = redis.stream::<u32>("numbers");
    let group = stream.group("group");
    let ids = add(&redis, 0..3).await;
    let mut consumer = group.consume(by("one")).await.unwrap();
    for _ in 0..3 {
        let delivery = item(consumer.next_within(LIMIT).await);
        consumer.acknowledge(delivery.id).await.unwrap();
    }
    ended(&server, consumer).await;
    // What the group has read may go.
    let late = add(&redis, 3..9).await;
    stream.trim(Trim::before(late[0])).await.unwrap();
    let mut consumer = group.consume(by("one").at_most(2)).await.unwrap();
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 3);
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 4);
    ended(&server, consumer).await;
    drop(delivery);
    // Two items are removed unread.
    stream.trim(Trim::before(late[4])).await.unwrap();
    let mut consumer = group.consume(by("two")).await.unwrap();
    let told = gap(consumer.next_within(LIMIT).await);
    assert_eq!((told.missing, told.near), (Some(2), late[1]));
    for number in [7, 8] {
        let delivery = item(consumer.next_within(LIMIT).await);
        assert_eq!(delivery.value, number);
    }
    ended(&server, consumer).await;
    // It is told once, and not again by a later one.
    add(&redis, 9..10).await;
    let mut consumer = group.consume(by("three").heartbeat(BRIEF)).await.unwrap();
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 9);
    let nothing = consumer.next_within(4 * BRIEF).await;
    assert!(nothing.is_none(), "{nothing:?}");
    ended(&server, consumer).await;
    // All that was unread is removed, and one of two by its id.
    let gone = add(&redis, 10..12).await;
    stream.trim(Trim::to_length(0)).await.unwrap();
    let mut consumer = group.consume(by("four").heartbeat(BRIEF)).await.unwrap();
    let told = gap(consumer.next_within(LIMIT).await);
    assert_eq!(told.missing, Some(2));
    let nothing = consumer.next_within(4 * BRIEF).await;
    assert!(nothing.is_none(), "{nothing:?}");
    ended(&server, consumer).await;
    let unread = add(&redis, 12..14).await;
    stream.delete(&[unread[0]]).await.unwrap();
    let mut consumer = group.consume(by("five")).await.unwrap();
    gap(consumer.next_within(LIMIT).await);
    let delivery = item(consumer.next_within(LIMIT).await);
    assert_eq!(delivery.value, 13);
    assert!(ids.is_sorted() && gone.is_sorted());
}
