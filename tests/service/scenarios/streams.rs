//! Streams keep items in order, and groups deliver each of them until it is acknowledged.

use std::time::Duration;

use redis_service::{
    Error, ErrorKind, Expiry, Outcome,
    streams::{AddOptions, NewGroup, StreamEntry, StreamId, Trim},
};
use redis_testkit::{Direction, Scope};
use serde::{Deserialize, Serialize};

use crate::{
    dual,
    fixture::{self, FaultRig, HOUR, attempts},
    scenario,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    number: u32,
}

fn order(number: u32) -> Order {
    Order { number }
}

fn numbers(entries: Vec<StreamEntry<Order>>) -> Vec<u32> {
    entries.into_iter().map(|entry| entry.unwrap().value.number).collect()
}

#[dual]
#[scenario]
async fn items_are_in_the_order_of_their_ids() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let orders = redis.stream::<Order>("orders");
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(orders.add(&order(number)).await.unwrap());
    }
    assert!(ids.is_sorted() && ids[0] > StreamId::MIN);
    let len = orders.len().await.unwrap();
    assert_eq!(len, 5);
    let all = orders.range(.., None).await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.as_ref().unwrap().id).collect::<Vec<_>>(), ids);
    assert_eq!(numbers(all), [0, 1, 2, 3, 4]);
    for (found, expected) in [
        (orders.range(ids[1]..ids[3], None).await.unwrap(), &[1, 2][..]),
        (orders.range(ids[1].., 2).await.unwrap(), &[1, 2]),
        (orders.rev_range(..=ids[3], 2).await.unwrap(), &[3, 2]),
        (orders.rev_range(.., None).await.unwrap(), &[4, 3, 2, 1, 0]),
        (orders.read_after(ids[2], 9).await.unwrap(), &[3, 4]),
        (orders.read_after(StreamId::MIN, 1).await.unwrap(), &[0]),
        (orders.read_after(ids[4], 9).await.unwrap(), &[]),
    ] {
        assert_eq!(numbers(found), expected);
    }
    let deleted = orders.delete(&[ids[0], StreamId::new(1, 1)]).await.unwrap();
    let trimmed = orders.trim(Trim::before(ids[2])).await.unwrap();
    assert_eq!((deleted, trimmed), (1, 1));
    let info = orders.info().await.unwrap();
    assert_eq!((info.len, info.first, info.last), (3, Some(ids[2]), ids[4]));
    assert_eq!((info.added, info.last_deleted), (Some(5), Some(ids[0])));
    let nothing = redis.stream::<Order>("nothing").is_empty().await.unwrap();
    assert!(nothing);
}

#[dual]
#[scenario]
async fn an_item_is_added_with_options_and_once_for_its_operation() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let orders = redis.stream::<Order>("orders");
    let once = AddOptions::default().with_operation("order:1", HOUR);
    let first = orders.add_with(&order(1), &once).await.unwrap();
    let again = orders.add_with(&order(2), &once).await.unwrap();
    assert_eq!(first, again);
    let ours = StreamId::new(first.ms + 1_000, 7);
    let added = orders.add_with(&order(3), &AddOptions::default().with_id(ours)).await.unwrap();
    assert_eq!(added, ours);
    let error = orders.add_with(&order(4), &AddOptions::default().with_id(ours)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::NotApplied), "{error}");
    assert!(error.to_string().contains("not greater"), "{error}");
    let trimming = AddOptions::default().with_trim(Trim::to_length(1));
    orders.add_with(&order(5), &trimming).await.unwrap();
    let all = orders.range(.., None).await.unwrap();
    assert_eq!(numbers(all), [5]);
    let about = AddOptions::default().with_trim(Trim::to_length(1).about()).with_operation("order:6", HOUR);
    orders.add_with(&order(6), &about).await.unwrap();
    let all = orders.range(.., None).await.unwrap();
    assert_eq!(numbers(all), [5, 6]);
    let remembered = server.cli().unwrap().integer(&["PTTL", "once:{orders}:order%3A6"]).unwrap();
    assert!(remembered > 0);
}

#[dual]
#[scenario]
async fn an_operation_whose_reply_is_lost_adds_one_item_and_another_add_is_not_sent_twice() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let orders = redis.stream::<Order>("orders");
    redis.ping().await.unwrap();
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let once = AddOptions::default().with_operation("order:1", HOUR);
    let id = orders.add_with(&order(1), &once).await.unwrap();
    let all = orders.range(.., None).await.unwrap();
    assert_eq!((all.len(), all[0].as_ref().unwrap().id), (1, id));

    redis.ping().await.unwrap();
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let error = orders.add(&order(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
    let len = orders.len().await.unwrap();
    assert_eq!(len, 2);
}

#[dual]
#[scenario]
async fn an_item_that_does_not_decode_is_told_with_its_id_and_fields() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let orders = redis.stream::<Order>("orders");
    orders.add(&order(1)).await.unwrap();
    let foreign = orders.add_raw([("user", "canary"), ("age", "7")]).await.unwrap();
    let other = redis.stream::<String>("orders").add("canary").await.unwrap();
    let extra = orders.add_raw([("v", r#"{"number":2}"#), ("trace", "abc")]).await.unwrap();
    let entries = orders.range(.., None).await.unwrap();
    assert_eq!(entries[3].as_ref().unwrap().value, order(2));
    for (entry, id, fields) in [(&entries[1], foreign, 2), (&entries[2], other, 1)] {
        let invalid = entry.as_ref().unwrap_err();
        assert_eq!((invalid.id, invalid.fields.len()), (id, fields));
        assert_eq!(invalid.error.kind(), ErrorKind::Deserialization);
        assert_eq!((invalid.error.operation(), invalid.error.key()), (Some("stream.range"), Some("orders")));
        assert!(!format!("{invalid} {invalid:?}").contains("canary"));
    }
    let raw = orders.range_raw(foreign..=extra, None).await.unwrap();
    assert_eq!(raw.len(), 3);
    assert_eq!(raw[0].1[0], (b"user".to_vec(), b"canary".to_vec()));
    assert_eq!(raw[2].1[0].0, b"v");
}

#[dual]
#[scenario]
async fn invalid_arguments_of_streams_are_refused_before_anything_is_sent() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (orders, long) = (redis.stream::<Order>("orders"), "n".repeat(5_000));
    let (one, id) = (order(1), StreamId::new(1, 1));
    let nothing: [(&str, &str); 0] = [];
    let options = |operation: &str, expiry| AddOptions::default().with_operation(operation, expiry);
    let errors: Vec<Error> = Vec::from([
        redis.stream::<Order>("").add(&one).await.unwrap_err(),
        orders.add_raw(nothing).await.unwrap_err(),
        orders.add_with(&one, &AddOptions::default().with_id(StreamId::MIN)).await.unwrap_err(),
        orders.add_with(&one, &options("", HOUR.into())).await.unwrap_err(),
        orders.add_with(&one, &options("x", Expiry::Never)).await.unwrap_err(),
        orders.group("").create(NewGroup::from_end()).await.unwrap_err(),
        orders.group(&long).destroy().await.unwrap_err(),
        orders.group("").acknowledge(&[]).await.unwrap_err(),
        orders.group("").pending().await.unwrap_err(),
        orders.group("").pending_items(.., 0).await.unwrap_err(),
        orders.group("").consumers().await.unwrap_err(),
        orders.group("g").read("", 0).await.unwrap_err(),
        orders.group("g").read_pending(&long, id, 1).await.unwrap_err(),
        orders.group("g").claim_idle("", HOUR, id, 1).await.unwrap_err(),
        orders.group("g").pending_items_of("", .., 1).await.unwrap_err(),
        orders.group("g").remove_consumer("").await.unwrap_err(),
        orders.group("g").move_to("", id, "no").await.unwrap_err(),
    ]);
    for error in errors {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::InvalidInput, Outcome::NotApplied),
            "{error}"
        );
        assert!(error.operation().is_some(), "{error}");
    }
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    assert!(!stats.contains("cmdstat_x"), "{stats}");
}

#[dual]
#[scenario]
async fn a_group_that_exists_or_does_not_is_told_by_name() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let billing = redis.stream::<Order>("orders").group("billing");
    let error = billing.create(NewGroup::from_beginning()).await.unwrap_err();
    assert!(error.to_string().contains("there is no such stream"), "{error}");
    let error = billing.read("c", 1).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.key()),
        (ErrorKind::Operation, Some("NOGROUP"), Some("orders"))
    );
    assert!(error.to_string().contains("group \"billing\": there is no such"), "{error}");
    billing.create(NewGroup::from_beginning().with_stream()).await.unwrap();
    let error = billing.create(NewGroup::from_beginning()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Operation, Some("BUSYGROUP")));
    assert!(error.to_string().contains("group \"billing\": the group of the stream exists"), "{error}");
    let groups = redis.stream::<Order>("orders").groups().await.unwrap();
    assert_eq!((groups.len(), groups[0].name.as_str(), groups[0].lag), (1, "billing", Some(0)));
    let destroyed = billing.destroy().await.unwrap();
    let again = billing.destroy().await.unwrap();
    assert_eq!((destroyed, again), (true, false));
}

#[dual]
#[scenario]
async fn what_is_delivered_is_pending_until_it_is_acknowledged() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let orders = redis.stream::<Order>("orders");
    let group = orders.group("billing");
    group.create(NewGroup::from_beginning().with_stream()).await.unwrap();
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(orders.add(&order(number)).await.unwrap());
    }
    let first = group.read("one", 2).await.unwrap();
    let second = group.read("two", 9).await.unwrap();
    let nothing = group.read("one", 9).await.unwrap();
    assert_eq!((numbers(first), numbers(second), nothing.len()), (vec![0, 1], vec![2, 3], 0));
    let pending = group.pending().await.unwrap();
    assert_eq!((pending.count, pending.ids), (4, Some((ids[0], ids[3]))));
    assert_eq!(pending.consumers, [("one".to_owned(), 2), ("two".to_owned(), 2)]);

    let acknowledged = group.acknowledge(&[ids[0], ids[0], StreamId::new(1, 1)]).await.unwrap();
    assert_eq!(acknowledged, 1);
    let again = group.read_pending("one", StreamId::MIN, 9).await.unwrap();
    assert_eq!(numbers(again), [1]);
    let items = group.pending_items(.., 9).await.unwrap();
    let deliveries: Vec<_> = items.iter().map(|item| (item.consumer.as_str(), item.deliveries)).collect();
    assert_eq!(deliveries, [("one", 2), ("two", 1), ("two", 1)]);
    assert!(items.iter().all(|item| item.idle < HOUR));
    let of_two = group.pending_items_of("two", .., 9).await.unwrap();
    assert_eq!(of_two.iter().map(|item| item.id).collect::<Vec<_>>(), ids[2..]);

    let none = group.claim_idle("one", HOUR, StreamId::MIN, 9).await.unwrap();
    assert!(none.items.is_empty() && none.deleted.is_empty() && none.next.is_none());
    orders.delete(&[ids[2]]).await.unwrap();
    let page = group.claim_idle("one", Duration::ZERO, StreamId::MIN, 1).await.unwrap();
    assert_eq!(numbers(page.items), [1]);
    let rest = group.claim_idle("one", Duration::ZERO, page.next.unwrap(), 9).await.unwrap();
    assert_eq!((numbers(rest.items), rest.deleted, rest.next), (vec![3], vec![ids[2]], None));
    let consumers = group.consumers().await.unwrap();
    let having: Vec<_> =
        consumers.iter().map(|consumer| (consumer.name.as_str(), consumer.pending)).collect();
    assert_eq!(having, [("one", 2), ("two", 0)]);
    let lost = group.remove_consumer("one").await.unwrap();
    assert_eq!(lost, 2);
}

#[dual]
#[scenario]
async fn a_pending_item_is_moved_to_another_stream_with_the_reason() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (orders, failed) = (redis.stream::<Order>("orders"), redis.stream::<Order>("failed"));
    let group = orders.group("billing");
    group.create(NewGroup::from_beginning().with_stream()).await.unwrap();
    let id = orders.add(&order(1)).await.unwrap();
    let moved = group.move_to("failed", id, "not yet").await.unwrap();
    assert!(!moved, "it is not pending");
    group.read("one", 1).await.unwrap();
    let moved = group.move_to("failed", id, "the card was refused").await.unwrap();
    let again = group.move_to("failed", id, "the card was refused").await.unwrap();
    assert_eq!((moved, again), (true, false));
    let entries = failed.range(.., None).await.unwrap();
    let item = entries[0].as_ref().unwrap();
    let failure = item.failure.as_ref().unwrap();
    assert_eq!((entries.len(), &item.value), (1, &order(1)));
    assert_eq!((failure.id, failure.group.as_str(), failure.deliveries), (id, "billing", 1));
    assert_eq!(failure.reason, "the card was refused");
    let pending = group.pending().await.unwrap();
    assert_eq!(pending.count, 0);

    // What came from another stream, and fails again, has one failure.
    let retry = failed.group("retry");
    retry.create(NewGroup::from_beginning()).await.unwrap();
    let first = retry.read("one", 1).await.unwrap()[0].as_ref().unwrap().id;
    retry.move_to("buried", first, "again").await.unwrap();
    let buried = redis.stream::<Order>("buried").range(.., None).await.unwrap();
    let failure = buried[0].as_ref().unwrap().failure.as_ref().unwrap();
    assert_eq!((failure.id, failure.reason.as_str()), (first, "again"));
    let raw = redis.stream::<Order>("buried").range_raw(.., None).await.unwrap();
    assert_eq!(raw[0].1.len(), 5);

    redis.set("text", &1, HOUR).await.unwrap();
    orders.add(&order(2)).await.unwrap();
    let id = group.read("one", 1).await.unwrap()[0].as_ref().unwrap().id;
    let error = group.move_to("text", id, "no").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::WrongType, Outcome::NotApplied), "{error}");
    let pending = group.pending().await.unwrap();
    assert_eq!(pending.count, 1, "an item that cannot be moved stays");
}
