//! Nothing that a consumer has not acknowledged is lost, and every delivery after the first says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use redis_service::{
    ErrorKind, Outcome, ServiceConfig,
    streams::{AddOptions, Consume, Delivery, NewGroup, StreamEvent},
};
use redis_testkit::{Direction, Options, Scope, Server};

use crate::{
    Consumer, ConsumerHandle, RedisService, dual,
    fixture::{self, FaultRig, HOUR, RESPONSE, answers_again, attempts, eventually},
    scenario,
};

/// Far longer than an event takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

const BRIEF: Duration = Duration::from_millis(50);

/// After which time an item is taken from a consumer that is gone.
const IDLE: Duration = Duration::from_millis(400);

fn by(consumer: &str) -> Consume {
    let group = NewGroup::from_beginning().with_stream();
    Consume::by(consumer).create(group).claim_after(HOUR).heartbeat(BRIEF)
}

/// A configuration with short timeouts.
fn config(server: &Server) -> ServiceConfig {
    fixture::config(&server.url()).with_response_timeout(RESPONSE).with_retry(attempts(5))
}

/// What handlers were called with: for each number, how often it had been delivered at each call.
type Calls = Arc<Mutex<BTreeMap<u32, Vec<u64>>>>;

fn count(calls: &Calls, delivery: &Delivery<u32>) {
    calls.lock().unwrap().entry(delivery.value).or_default().push(delivery.deliveries);
}

fn pending(server: &Server) -> Option<i64> {
    let reply = server.cli().ok()?.call(&["XPENDING", "numbers", "group"]).ok()?;
    let redis_testkit::Value::Array(parts) = reply else { return None };
    let redis_testkit::Value::Integer(count) = parts[0] else { return None };
    Some(count)
}

/// Waits until each of these numbers was handled, and none is pending. Checks that a number was delivered for the first
/// time once at most.
#[dual]
async fn assert_all_handled(server: &Server, calls: &Calls, numbers: u32) {
    eventually("all numbers are handled", || {
        calls.lock().unwrap().len() == numbers as usize && pending(server) == Some(0)
    })
    .await;
    for (number, deliveries) in &*calls.lock().unwrap() {
        let first = deliveries.iter().filter(|delivery| **delivery == 1).count();
        assert!(first <= 1, "{number}: {deliveries:?}");
        let different: BTreeSet<_> = deliveries.iter().collect();
        assert_eq!(different.len(), deliveries.len(), "{number}: {deliveries:?}");
    }
}

/// Adds each number once, through every failure.
#[dual]
async fn add(redis: &RedisService, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let once = AddOptions::default().with_operation(format!("number:{number}"), HOUR);
        let wait = fixture::Wait::until("the number is added");
        while redis.stream::<u32>("numbers").add_with(&number, &once).await.is_err() {
            wait.pause().await;
        }
    }
}

#[dual]
async fn next_item(consumer: &mut Consumer<u32>) -> Delivery<u32> {
    loop {
        match consumer.next_within(LIMIT).await {
            Some(StreamEvent::Item(delivery)) => return delivery,
            Some(StreamEvent::Interrupted(_)) => {}
            other => panic!("no item: {other:?}"),
        }
    }
}

/// Starts a consumer that counts its calls.
#[dual]
async fn start(redis: &RedisService, calls: &Calls) -> ConsumerHandle {
    let counted = Arc::clone(calls);
    let consumer = redis.stream::<u32>("numbers").group("group").consume(by("one")).await.unwrap();
    consumer.on_item(move |delivery| {
        count(&counted, &delivery);
        Ok::<(), String>(())
    })
}

#[dual]
#[scenario]
async fn a_server_that_is_killed_and_frozen_and_a_consumer_that_is_restarted_lose_nothing() {
    let server = Server::start(Options::default().with_persistence(true)).unwrap();
    let redis = RedisService::connect(config(&server)).await.unwrap();
    let calls = Calls::default();
    let mut handle = start(&redis, &calls).await;
    for round in 0..3 {
        add(&redis, round * 20..round * 20 + 10).await;
        server.kill().unwrap();
        server.restart().unwrap();
        answers_again(&redis).await;
        add(&redis, round * 20 + 10..round * 20 + 20).await;
        handle.close().await;
        handle = start(&redis, &calls).await;
        server.freeze().unwrap();
        crate::sleep(2 * RESPONSE).await;
        server.thaw().unwrap();
        answers_again(&redis).await;
    }
    assert_all_handled(&server, &calls, 60).await;
    handle.close().await;
}

#[dual]
#[scenario]
async fn items_whose_delivery_is_lost_are_delivered_again_at_once() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let stream = redis.stream::<u32>("numbers");
    let mut consumer = stream.group("group").consume(by("one").heartbeat(HOUR)).await.unwrap();
    // It is past its first look at what is pending, and waits for new items.
    eventually("it waits", || rig.cli().text(&["CLIENT", "LIST"]).unwrap().contains("cmd=xreadgroup")).await;
    rig.proxy.black_hole(Scope::Existing);
    // Past the proxy, which swallows the delivery.
    rig.cli().call(&["XADD", "numbers", "*", "v", "7"]).unwrap();
    eventually("it is delivered", || pending(&rig.server) == Some(1)).await;
    rig.proxy.reset();
    let event = consumer.next_within(LIMIT).await;
    assert!(matches!(event, Some(StreamEvent::Interrupted(_))), "{event:?}");
    rig.proxy.heal().unwrap();
    let delivery = next_item(&mut consumer).await;
    assert_eq!((delivery.value, delivery.deliveries), (7, 2));
    let acknowledged = stream.group("group").acknowledge(&[delivery.id]).await.unwrap();
    assert_eq!(acknowledged, 1);
}

#[dual]
#[scenario]
async fn a_server_that_falls_silent_is_found_out_and_what_is_under_way_is_not_delivered_twice() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let stream = redis.stream::<u32>("numbers");
    let mut consumer = stream.group("group").consume(by("one")).await.unwrap();
    let mut held = Vec::new();
    for number in 0..3 {
        rig.cli().call(&["XADD", "numbers", "*", "v", &number.to_string()]).unwrap();
        let delivery = next_item(&mut consumer).await;
        // The server may have delivered it on the connection before.
        assert_eq!(delivery.value, number);
        held.push((delivery.deliveries, delivery));
        rig.proxy.black_hole(Scope::Existing);
        let event = consumer.next_within(LIMIT).await;
        assert!(matches!(event, Some(StreamEvent::Interrupted(_))), "{event:?}");
        rig.proxy.heal().unwrap();
    }
    rig.cli().call(&["XADD", "numbers", "*", "v", "3"]).unwrap();
    let delivery = next_item(&mut consumer).await;
    assert_eq!((delivery.value, held.len()), (3, 3));
    let items = stream.group("group").pending_items(.., 9).await.unwrap();
    held.push((delivery.deliveries, delivery));
    let delivered: Vec<_> = held.iter().map(|(deliveries, delivery)| (delivery.id, *deliveries)).collect();
    assert_eq!(items.iter().map(|item| (item.id, item.deliveries)).collect::<Vec<_>>(), delivered);
}

#[dual]
#[scenario]
async fn an_acknowledgement_whose_reply_is_lost_is_repeated() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let calls = Calls::default();
    let (counted, proxy) = (Arc::clone(&calls), Arc::clone(&rig.proxy));
    let consumer = redis.stream::<u32>("numbers").group("group").consume(by("one")).await.unwrap();
    let handle = consumer.on_item(move |delivery| {
        count(&counted, &delivery);
        // One attempt for each call: the handler's own repetition is what helps.
        proxy.cut_after(Direction::ToClient, 0, Scope::Existing);
        Ok::<(), String>(())
    });
    for number in 0..3 {
        rig.cli().call(&["XADD", "numbers", "*", "v", &number.to_string()]).unwrap();
    }
    assert_all_handled(&rig.server, &calls, 3).await;
    handle.close().await;
}

#[dual]
#[scenario]
async fn what_a_dead_consumer_had_is_taken_over_by_another() {
    let server = fixture::server();
    let redis = RedisService::connect(config(&server)).await.unwrap();
    let dying = RedisService::connect(config(&server)).await.unwrap();
    let calls = Calls::default();
    let group = |redis: &RedisService| redis.stream::<u32>("numbers").group("group");
    // It never acknowledges, and dies half-way.
    let mut dead = group(&dying).consume(by("dead").at_most(10)).await.unwrap();
    let counted = Arc::clone(&calls);
    let heir = group(&redis).consume(by("heir").claim_after(IDLE)).await.unwrap();
    let handle = heir.on_item(move |delivery| {
        count(&counted, &delivery);
        Ok::<(), String>(())
    });
    add(&redis, 0..40).await;
    let first = dead.next_within(BRIEF).await;
    dying.close().await;
    drop((first, dead));
    add(&redis, 40..60).await;
    assert_all_handled(&server, &calls, 60).await;
    handle.close().await;
}

#[dual]
#[scenario]
async fn a_poison_item_ends_among_the_dead_letters_and_holds_up_no_other() {
    let server = fixture::server();
    let redis = RedisService::connect(config(&server)).await.unwrap();
    let calls = Calls::default();
    let options = |name| by(name).claim_after(IDLE).dead_letters("failed", 3);
    let mut handles = Vec::new();
    for name in ["one", "two"] {
        let counted = Arc::clone(&calls);
        let consumer = redis.stream::<u32>("numbers").group("group").consume(options(name)).await.unwrap();
        handles.push(consumer.on_item(move |delivery| {
            count(&counted, &delivery);
            if delivery.value % 10 == 0 { Err(format!("poison {}", delivery.value)) } else { Ok(()) }
        }));
    }
    add(&redis, 0..30).await;
    assert_all_handled(&server, &calls, 30).await;
    for handle in handles {
        handle.close().await;
    }
    let failed = redis.stream::<u32>("failed").range(.., None).await.unwrap();
    let mut told = Vec::new();
    for entry in failed {
        let item = entry.unwrap();
        let failure = item.failure.unwrap();
        assert_eq!((failure.deliveries, failure.reason), (3, format!("poison {}", item.value)));
        told.push(item.value);
    }
    told.sort_unstable();
    assert_eq!(told, [0, 10, 20]);
}

#[dual]
#[scenario]
async fn a_stream_of_dead_letters_that_cannot_be_written_holds_up_no_other_item() {
    let server = fixture::server();
    let redis = RedisService::connect(config(&server)).await.unwrap();
    server.cli().unwrap().call(&["SET", "failed", "text"]).unwrap();
    let group = redis.stream::<u32>("numbers").group("group");
    let mut dead = group.consume(by("dead")).await.unwrap();
    add(&redis, 0..1).await;
    let delivery = next_item(&mut dead).await;
    drop((delivery, dead));
    let mut consumer = group.consume(by("one").claim_after(IDLE).dead_letters("failed", 1)).await.unwrap();
    add(&redis, 1..2).await;
    let delivery = next_item(&mut consumer).await;
    assert_eq!(delivery.value, 1);
    server.cli().unwrap().call(&["DEL", "failed"]).unwrap();
    let event = consumer.next_within(LIMIT).await;
    let Some(StreamEvent::Moved(moved)) = event else { panic!("{event:?}") };
    assert_eq!(moved.deliveries, 1);
}

#[dual]
#[scenario]
async fn a_server_without_memory_still_delivers_and_acknowledges() {
    let server = fixture::server();
    let redis = RedisService::connect(config(&server)).await.unwrap();
    let group = redis.stream::<u32>("numbers").group("group");
    group.create(NewGroup::from_beginning().with_stream()).await.unwrap();
    add(&redis, 0..2).await;
    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let mut consumer = group.consume(by("one").dead_letters("failed", 1)).await.unwrap();
    let first = next_item(&mut consumer).await;
    let second = next_item(&mut consumer).await;
    let acknowledged = consumer.acknowledge(second.id).await.unwrap();
    assert!(acknowledged);
    let error = consumer.fail(&first, "no").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::NotApplied), "{error}");
    assert_eq!(pending(&server), Some(1));
    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    let moved = consumer.fail(&first, "no").await.unwrap();
    assert!(moved);
}
