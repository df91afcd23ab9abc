use redis_service::{Batch, values::Overflow};
use redis_testkit::Inspector;

use super::{NONE, Taken, Way, later, start};
use crate::{dual, fixture::HOUR, scenario};

/// Calls whose result is known without Redis.
fn queue(on: &mut Batch) -> Vec<Taken> {
    vec![
        later(on.get_many::<u32>(&NONE)),
        later(on.get_map::<&str, u32>(&NONE)),
        later(on.set_many(Vec::<(&str, u32)>::new(), HOUR)),
        later(on.delete_many(&NONE)),
        later(on.hash::<u32>("key").set_many(Vec::<(&str, &u32)>::new())),
        later(on.hash::<u32>("key").delete_many(&NONE)),
        later(on.hash::<u32>("key").get_many(&NONE)),
        later(on.hash::<u32>("key").expire_fields(&NONE, HOUR)),
        later(on.hash::<u32>("key").field_ttls(&NONE)),
        later(on.list::<u32>("key").push_front_many(&[])),
        later(on.list::<u32>("key").push_back_many(&[])),
        later(on.list::<u32>("key").pop_front_many(0)),
        later(on.list::<u32>("key").pop_back_many(0)),
        later(on.set_of::<u32>("key").add_many(&[])),
        later(on.set_of::<u32>("key").remove_many(&[])),
        later(on.sorted_set::<u32>("key").add_many(Vec::<(&u32, f64)>::new())),
        later(on.sorted_set::<u32>("key").remove_many(&[])),
        later(on.sorted_set::<u32>("key").top(0)),
        later(on.sorted_set::<u32>("key").range_by_score(.., 0)),
    ]
}

const DEFAULTS: [&str; 19] = [
    "[]", "{}", "()", "0", "0", "0", "[]", "[]", "[]", "None", "None", "[]", "[]", "0", "0", "0", "0", "[]",
    "[]",
];

/// The number of commands that the server has run, without this one.
fn processed(cli: &mut Inspector) -> u64 {
    let stats = cli.text(&["INFO", "stats"]).unwrap();
    let count = stats.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
    count.unwrap().trim().parse().unwrap()
}

#[dual]
#[scenario]
async fn a_batch_of_nothing_sends_nothing_and_gives_defaults() {
    let (server, redis) = start().await;
    redis.ping().await.unwrap();
    let mut own = redis.dedicated().await.unwrap();
    let mut cli = server.cli().unwrap();
    for atomic in [false, true] {
        let before = processed(&mut cli);
        let mut pipeline = if atomic { redis.pipeline().atomic() } else { redis.pipeline() };
        let queued = queue(&mut pipeline);
        assert!(pipeline.is_empty());
        let mut results = pipeline.run().await.unwrap();
        results.check().unwrap();
        let found: Vec<_> = queued.into_iter().map(|take| take(&mut results)).collect();
        assert_eq!(found, DEFAULTS);
        let mut batch = if atomic { own.batch().atomic() } else { own.batch() };
        let queued = queue(&mut batch);
        let mut results = own.run(batch).await.unwrap();
        let found: Vec<_> = queued.into_iter().map(|take| take(&mut results)).collect();
        assert_eq!(found, DEFAULTS);
        assert_eq!(processed(&mut cli), before + 1);
    }
    Way::Transaction.run(&redis, queue).await.unwrap();
    let stats = cli.text(&["INFO", "commandstats"]).unwrap();
    for command in ["multi", "exec", "watch"] {
        assert!(!stats.contains(&format!("cmdstat_{command}:")), "{stats}");
    }
}

/// Commands, with calls that send nothing before, between and after them.
fn queue_between(on: &mut Batch) -> Vec<Taken> {
    let mut queued = queue(on);
    queued.push(later(on.increment("n", 1)));
    queued.extend(queue(on));
    queued.push(later(on.set_many([("a", 1), ("b", 2)], HOUR)));
    queued.extend(queue(on));
    queued.push(later(on.increment_within("n", 1, .., Overflow::Refuse)));
    queued.extend(queue(on));
    queued
}

#[dual]
#[scenario]
async fn nothing_between_commands_shifts_no_result() {
    let (_server, redis) = start().await;
    for way in Way::ALL {
        let redis = redis.namespace(&way.namespace());
        let results = way.run(&redis, queue_between).await.unwrap();
        let some: Vec<_> =
            results.chunks(DEFAULTS.len() + 1).filter_map(|chunk| chunk.get(DEFAULTS.len())).collect();
        assert_eq!(some, ["1", "()", "BoundedIncrement { value: 2, applied: 1 }"], "{way:?}");
        for chunk in results.chunks(DEFAULTS.len() + 1) {
            assert_eq!(chunk[..DEFAULTS.len()], DEFAULTS, "{way:?}");
        }
    }
}
