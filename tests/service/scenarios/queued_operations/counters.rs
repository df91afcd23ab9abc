use redis_service::{Batch, Expiry, Script, values::Overflow};

use super::{ONE_BY_ONE, Taken, Way, assert_alike, later, start};
use crate::{
    RedisService, dual,
    fixture::{HOUR, outcome_text},
    scenario,
};

calls! { on:
    on.increment("n", 5);
    on.decrement("n", 7);
    on.increment_float("float", 0.5);
    on.increment_float("float", -2.25);
    on.increment_with_expiry("hits", 1, HOUR);
    on.increment_with_expiry("hits", 2, HOUR);
    on.increment_within("stock", 7, ..=10, Overflow::Refuse);
    on.increment_within("stock", 7, ..=10, Overflow::Refuse);
    on.increment_within("stock", 7, ..=10, Overflow::Saturate);
    on.increment_within("stock", -99, 0..=10, Overflow::Saturate);
    on.increment_once("paid", 5, "order 1", HOUR);
    on.increment_once("paid", 5, "order 1", HOUR);
    on.increment_once("paid", 7, "order 2", HOUR);
    // Known to the server by now, and still in their places.
    on.increment_with_expiry("hits", 4, HOUR);
    on.set_struct("struct", &std::collections::BTreeMap::from([("a", 1)]), HOUR);
    on.set_struct("struct", &std::collections::BTreeMap::from([("b", 2)]), Expiry::Keep);
    on.get_struct::<std::collections::BTreeMap<String, u32>>("struct");
    // A value that is not a number.
    on.set_raw("text", "canary", HOUR);
    on.increment("text", 1);
    on.decrement("text", 1);
    on.increment_float("text", 1.0);
    on.increment_with_expiry("text", 1, HOUR);
    on.increment_within("text", 1, .., Overflow::Refuse);
    on.increment_once("text", 1, "order", HOUR);
    on.increment("struct", 1);
    on.increment_once("struct", 1, "order", HOUR);
    on.set_raw("most", i64::MAX.to_string(), HOUR);
    on.increment("most", 1);
    on.increment_within("most", 1, .., Overflow::Saturate);
    on.get_raw("most");
}

#[dual]
#[scenario]
async fn counters_and_their_scripts() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    assert_eq!(results[10..13], ["5", "5", "12"]);
    // The results do not depend on the scripts that the server knows.
    server.cli().unwrap().call(&["SCRIPT", "FLUSH"]).unwrap();
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    for way in Way::ALL {
        server.cli().unwrap().call(&["SCRIPT", "FLUSH"]).unwrap();
        let found = way.run(&redis.namespace(&way.namespace()), queue).await.unwrap();
        assert_eq!(found, asked, "{way:?}");
    }
}

static APPEND: Script = Script::new("return redis.call('APPEND', KEYS[1], ARGV[1])");

fn scripts(on: &mut Batch) -> Vec<Taken> {
    vec![
        later(on.script(&APPEND).key("text").arg("ab").queue::<i64>()),
        later(on.get_raw("text")),
        later(on.script(&APPEND).key("text").value(&7).idempotent().queue::<i64>()),
        later(on.increment_once("n", 1, "id", HOUR)),
        later(on.script(&APPEND).key("hash").arg("x").failing_before_it_writes().queue::<i64>()),
        later(on.script(&APPEND).key("hash").arg("x").queue::<i64>()),
        later(on.command("STRLEN").key("text").queue::<u64>()),
    ]
}

#[dual]
#[scenario]
async fn custom_scripts_run_in_their_places() {
    let (server, redis) = start().await;
    for way in Way::ALL {
        let redis = redis.namespace(&way.namespace());
        redis.hash::<u32>("hash").set("f", &1).await.unwrap();
        server.cli().unwrap().call(&["SCRIPT", "FLUSH"]).unwrap();
        let results = way.run(&redis, scripts).await.unwrap();
        assert_eq!(results[..4], ["2", "Some([97, 98])", "3", "1"], "{way:?}");
        assert!(
            results[4].starts_with("script \"hash\": ") && results[4].contains("NotApplied"),
            "{}",
            results[4]
        );
        assert!(
            results[5].starts_with("script \"hash\": ") && results[5].contains("Unknown"),
            "{}",
            results[5]
        );
        assert_eq!(results[6], "3");
    }
}
