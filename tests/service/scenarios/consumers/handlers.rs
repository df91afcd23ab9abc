use std::sync::{Arc, Mutex, mpsc};

use redis_service::streams::{NewGroup, StreamEvent, Trim};

use super::{BRIEF, add, by, pending};
use crate::{
    dual,
    fixture::{self, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn items_are_acknowledged_once_the_handler_has_succeeded() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (handled, handles) = mpsc::channel();
    let options = by("one").claim_after(BRIEF).heartbeat(BRIEF).dead_letters("failed", 3);
    let consumer = redis.stream::<u32>("numbers").group("group").consume(options).await.unwrap();
    let handle = consumer.on_item(move |delivery| {
        handled.send((delivery.value, delivery.deliveries)).unwrap();
        match (delivery.value, delivery.deliveries) {
            (1, 1) => Err("try again".to_owned()),
            (2, _) => Err(format!("never: attempt {}", delivery.deliveries)),
            (3, _) => std::panic::resume_unwind(Box::new("on purpose")),
            _ => Ok(()),
        }
    });
    let ids = add(&redis, 0..5).await;
    redis.stream::<u32>("numbers").add_raw([("text", "canary")]).await.unwrap();
    eventually("all items are settled", || {
        server.cli().unwrap().integer(&["XLEN", "failed"]).unwrap() == 3 && pending(&server) == 0
    })
    .await;
    handle.close().await;
    let mut calls: Vec<_> = handles.iter().collect();
    calls.sort_unstable();
    assert_eq!(calls, [(0, 1), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3), (4, 1)]);
    let entries = redis.stream::<u32>("failed").range(.., None).await.unwrap();
    let mut reasons = Vec::new();
    for entry in entries {
        let failure = match entry {
            Ok(item) => item.failure.unwrap(),
            Err(invalid) => invalid.failure.unwrap(),
        };
        assert_eq!((failure.group.as_str(), failure.deliveries), ("group", 3));
        reasons.push((failure.id, failure.reason));
    }
    reasons.sort_unstable();
    assert_eq!(reasons[0], (ids[2], "never: attempt 3".to_owned()));
    assert_eq!(reasons[1], (ids[3], "the handler panicked".to_owned()));
    assert!(reasons[2].1.contains("no field \"v\"") && !reasons[2].1.contains("canary"), "{reasons:?}");
}

#[dual]
#[scenario]
async fn a_handler_of_events_receives_all_of_them_and_acknowledges_what_it_accepts() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let stream = redis.stream::<u32>("numbers");
    let ids = add(&redis, 0..3).await;
    stream.group("group").create(NewGroup::from_beginning()).await.unwrap();
    stream.group("group").read("one", 1).await.unwrap();
    stream.trim(Trim::before(ids[2])).await.unwrap();
    stream.add_raw([("text", "canary")]).await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tells = Arc::clone(&told);
    let consumer = stream.group("group").consume(by("one").heartbeat(BRIEF)).await.unwrap();
    let handle = consumer.on_event(move |event| {
        let (what, result) = match event {
            StreamEvent::Item(delivery) => (format!("item {}", delivery.value), Err("not acknowledged")),
            StreamEvent::Invalid(_) => ("invalid".to_owned(), Ok(())),
            StreamEvent::Gap(gap) => (format!("gap {:?}", gap.missing), Err("no effect")),
            StreamEvent::Lost(lost) => (format!("lost {}", lost.len()), Ok(())),
            StreamEvent::Interrupted(_) => ("interrupted".to_owned(), Ok(())),
            other => (format!("{other:?}"), Ok(())),
        };
        tells.lock().unwrap().push(what);
        result
    });
    eventually("the invalid one is acknowledged", || {
        told.lock().unwrap().len() == 4 && pending(&server) == 1
    })
    .await;
    assert_eq!(*told.lock().unwrap(), ["gap Some(1)", "lost 1", "item 2", "invalid"]);
    server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    eventually("the interruption is told", || told.lock().unwrap().iter().any(|what| what == "interrupted"))
        .await;
    handle.close().await;
}

#[dual]
#[scenario]
async fn a_closed_handler_is_not_called_again_and_what_it_had_is_acknowledged() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let consumer = redis.stream::<u32>("numbers").group("group").consume(by("one")).await.unwrap();
    let handle = consumer.on_item(move |_| {
        *counted.lock().unwrap() += 1;
        std::thread::sleep(BRIEF);
        Ok::<(), String>(())
    });
    add(&redis, 0..5).await;
    eventually("the handler is called", || *calls.lock().unwrap() > 0).await;
    handle.close().await;
    let made = *calls.lock().unwrap();
    add(&redis, 5..9).await;
    eventually("its connection is closed", || fixture::connections(&server) <= 1).await;
    assert_eq!(*calls.lock().unwrap(), made);
    // What it read and was not called for is pending; what it was called for is not.
    let found = redis.stream::<u32>("numbers").group("group").pending_items(.., 99).await.unwrap();
    let groups = redis.stream::<u32>("numbers").groups().await.unwrap();
    let delivered = redis.stream::<u32>("numbers").range(..=groups[0].last_delivered, None).await.unwrap();
    assert_eq!(found.len() + made, delivered.len());
}
