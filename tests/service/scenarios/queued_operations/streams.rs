use std::time::Duration;

use redis_service::{
    Batch, Expiry,
    streams::{AddOptions, NewGroup, StreamId, Trim},
};

use super::{NONE, ONE_BY_ONE, Taken, assert_alike, later, start};
use crate::{
    RedisService, dual,
    fixture::{HOUR, outcome_text},
    scenario,
};

/// An item of a stated id: the same in every run.
fn at(ms: u64) -> AddOptions {
    AddOptions::default().with_id(id(ms))
}

fn id(ms: u64) -> StreamId {
    StreamId::new(ms, 0)
}

calls! { on:
    on.stream::<u32>("stream").len();
    on.stream::<u32>("stream").is_empty();
    on.stream::<u32>("stream").range(.., None);
    on.stream::<u32>("stream").read_after(StreamId::MIN, 9);
    on.stream::<u32>("stream").trim(Trim::to_length(9));
    on.stream::<u32>("stream").info();
    on.stream::<u32>("stream").groups();
    on.stream::<u32>("stream").add_with(&1, &at(1));
    on.stream::<u32>("stream").add_with(&2, &at(2));
    on.stream::<u32>("stream").add_with(&3, &at(3).with_operation("three", HOUR));
    on.stream::<u32>("stream").add_with(&4, &at(4).with_operation("three", HOUR));
    on.stream::<u32>("stream").add_with(&5, &at(5).with_trim(Trim::to_length(3)));
    on.stream::<u32>("stream").add_with(&6, &at(6).with_trim(Trim::before(id(1)).about()));
    on.stream::<u32>("stream").add_with(&7, &at(2));
    on.stream::<String>("stream").add_with("canary", &at(7));
    on.stream::<u32>("stream").len();
    on.stream::<u32>("stream").is_empty();
    on.stream::<u32>("stream").range(.., None);
    on.stream::<u32>("stream").range_raw(id(3)..id(6), 1);
    on.stream::<u32>("stream").range(id(3)..id(6), 1);
    on.stream::<u32>("stream").range(id(6)..id(3), None);
    on.stream::<u32>("stream").range(.., 0);
    on.stream::<u32>("stream").rev_range(.., 2);
    on.stream::<u32>("stream").rev_range(id(9).., None);
    on.stream::<u32>("stream").read_after(id(3), 2);
    on.stream::<u32>("stream").read_after(id(3), 0);
    on.stream::<u32>("stream").delete(&[id(5), id(99)]);
    on.stream::<u32>("stream").delete(&[]);
    on.stream::<u32>("stream").trim(Trim::before(id(3)));
    on.stream::<u32>("stream").info();
    // Groups.
    on.stream::<u32>("stream").group("all").create(NewGroup::from_beginning());
    on.stream::<u32>("stream").group("all").create(NewGroup::from_end());
    on.stream::<u32>("stream").group("some").create(NewGroup::after(id(4)));
    on.stream::<u32>("nothing").group("all").create(NewGroup::from_end());
    on.stream::<u32>("nothing").group("all").destroy();
    on.stream::<u32>("new").group("all").create(NewGroup::from_end().with_stream());
    on.stream::<u32>("stream").group("none").read("c", 9);
    on.stream::<u32>("stream").group("none").pending();
    on.stream::<u32>("stream").group("none").pending_items(.., 9);
    on.stream::<u32>("stream").group("none").consumers();
    on.stream::<u32>("stream").group("none").claim_idle("c", Duration::ZERO, StreamId::MIN, 9);
    on.stream::<u32>("stream").group("none").move_to("other", id(1), "canary");
    on.stream::<u32>("stream").group("none").acknowledge(&[id(1)]);
    on.stream::<u32>("stream").group("none").remove_consumer("c");
    on.stream::<u32>("stream").group("none").destroy();
    on.stream::<u32>("stream").group("all").read("c", 2);
    on.stream::<u32>("stream").group("all").read("c", 0);
    on.stream::<u32>("stream").group("all").read("c", 9);
    on.stream::<u32>("stream").group("all").read("c", 9);
    on.stream::<u32>("stream").group("all").pending();
    on.stream::<u32>("stream").group("all").acknowledge(&[id(3), id(99)]);
    on.stream::<u32>("stream").group("all").acknowledge(&[]);
    on.stream::<u32>("stream").group("all").read_pending("c", StreamId::MIN, 9);
    on.stream::<u32>("stream").group("all").read_pending("c", id(6), 9);
    on.stream::<u32>("stream").group("all").read_pending("c", id(6), 0);
    on.stream::<u32>("stream").group("all").claim_idle("d", Duration::ZERO, StreamId::MIN, 1);
    on.stream::<u32>("stream").group("all").claim_idle("d", HOUR, StreamId::MIN, 9);
    on.stream::<u32>("stream").group("all").claim_idle("d", HOUR, StreamId::MIN, 0);
    on.stream::<u32>("stream").group("all").pending();
    on.stream::<u32>("stream").group("all").pending_items(id(99).., 9);
    on.stream::<u32>("stream").group("all").pending_items(.., 0);
    on.stream::<u32>("stream").group("all").pending_items_of("e", .., 9);
    on.stream::<u32>("stream").group("all").move_to("failed", id(99), "canary");
    on.stream::<u32>("stream").group("all").remove_consumer("c");
    on.stream::<u32>("stream").group("all").remove_consumer("c");
    on.stream::<u32>("stream").group("all").pending();
    on.stream::<u32>("stream").groups();
    on.stream::<u32>("stream").group("some").destroy();
    on.stream::<u32>("new").groups();
    // What is stored contains the times of deliveries.
    on.stream::<u32>("stream").group("all").destroy();
    // A key of another type.
    on.set("text", &1, Expiry::Never);
    on.stream::<u32>("text").add(&1);
    on.stream::<u32>("text").add_with(&1, &at(1));
    on.stream::<u32>("text").add_with(&1, &at(1).with_operation("x", HOUR));
    on.stream::<u32>("text").add_raw([("field", "canary")]);
    on.stream::<u32>("text").len();
    on.stream::<u32>("text").is_empty();
    on.stream::<u32>("text").range(.., None);
    on.stream::<u32>("text").range_raw(.., None);
    on.stream::<u32>("text").rev_range(.., None);
    on.stream::<u32>("text").read_after(id(1), 1);
    on.stream::<u32>("text").delete(&[id(1)]);
    on.stream::<u32>("text").trim(Trim::to_length(1));
    on.stream::<u32>("text").info();
    on.stream::<u32>("text").groups();
    on.stream::<u32>("text").group("g").create(NewGroup::from_end());
    on.stream::<u32>("text").group("g").destroy();
    on.stream::<u32>("text").group("g").read("c", 1);
    on.stream::<u32>("text").group("g").read_pending("c", id(1), 1);
    on.stream::<u32>("text").group("g").acknowledge(&[id(1)]);
    on.stream::<u32>("text").group("g").claim_idle("c", HOUR, StreamId::MIN, 1);
    on.stream::<u32>("text").group("g").pending();
    on.stream::<u32>("text").group("g").pending_items(.., 1);
    on.stream::<u32>("text").group("g").pending_items_of("c", .., 1);
    on.stream::<u32>("text").group("g").consumers();
    on.stream::<u32>("text").group("g").remove_consumer("c");
    on.stream::<u32>("text").group("g").move_to("failed", id(1), "canary");
    on.delete_many(&NONE);
    on.get::<u32>("text");
}

#[dual]
#[scenario]
async fn streams_and_their_groups() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    let refused =
        results.iter().filter(|result| result.contains("\"text\": ") && result.contains("WrongType"));
    assert_eq!(refused.count(), 26, "{results:#?}");
    let named = |text: &str| results.iter().filter(|result| result.contains(text)).count();
    assert_eq!(named("group \"all\": the group of the stream exists already"), 1, "{results:#?}");
    assert_eq!(named("group \"none\": there is no such stream or group"), 7, "{results:#?}");
    assert_eq!(named("there is no such stream ("), 2, "{results:#?}");
    assert_eq!(named("the id is not greater than the last id of the stream"), 1, "{results:#?}");
}
