use std::collections::HashMap;

use redis_service::{Batch, ErrorKind, Expiry, Key};

use super::{NONE, ONE_BY_ONE, Taken, Way, assert_alike, later, start};
use crate::{
    RedisService, dual,
    fixture::{HOUR, outcome_text},
    scenario,
};

calls! { on:
    on.set("a", &1, HOUR);
    on.set(Key::new("b").part(2), &2, Expiry::Never);
    on.exists("a");
    on.exists("missing");
    on.ttl("a");
    on.ttl("b:2");
    on.ttl("missing");
    on.expire("b:2", HOUR);
    on.expire("missing", HOUR);
    on.persist("a");
    on.persist("a");
    on.touch("a");
    on.touch("missing");
    on.delete("a");
    on.delete("a");
    // Many of them.
    on.set_many([("c", 3), ("d", 4)], HOUR);
    on.set_raw("text", "canary", HOUR);
    on.get_many::<u32>(&["d", "missing", "c", "d"]);
    on.get_many::<u32>(&["c", "text", "d"]);
    on.get_many::<u32>(&NONE);
    on.get_map::<_, u32>(&["c", "missing"]);
    on.get_map::<_, u32>(&["c", "text"]);
    on.get_map::<&str, u32>(&[]);
    on.set_many(Vec::<(&str, u32)>::new(), HOUR);
    on.set_many([("c", 5)], Expiry::Never);
    on.get::<u32>("c");
    on.delete_many(&["c", "missing", "c"]);
    on.delete_many(&NONE);
    on.get_many::<u32>(&["c", "d"]);
}

#[dual]
#[scenario]
async fn keys_and_many_of_them() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    let spoilt = results.iter().find(|result| result.starts_with("[Ok(Some(3)), Err(")).unwrap();
    assert!(spoilt.contains("\"get_many\"") && spoilt.contains("\"text\""), "{spoilt}");
    assert!(spoilt.ends_with("Ok(Some(4))]"), "{spoilt}");
    assert!(results.iter().any(|result| result.starts_with("get_map \"text\"")), "{results:#?}");
}

#[dual]
#[scenario]
async fn a_map_of_many_keys_holds_what_exists_for_keys_of_every_type() {
    let (_server, redis) = start().await;
    redis.set_many([("a", 1), ("b", 2)], HOUR).await.unwrap();
    let mut pipeline = redis.pipeline();
    let texts = pipeline.get_map::<String, u32>(&["a".to_owned(), "none".to_owned(), "b".to_owned()]);
    let keys = pipeline.get_map::<&[u8], u32>(&[b"b", b"a", b"b"]);
    let mut results = pipeline.run().await.unwrap();
    let (texts, keys) = results.take((texts, keys)).unwrap();
    assert_eq!(texts, HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
    assert_eq!(keys, HashMap::from([(&b"a"[..], 1), (&b"b"[..], 2)]));
}

/// Invalid calls, with the operation and the key that the error names.
type Refused = (fn(&mut Batch) -> Vec<Taken>, &'static str, Option<&'static str>);

const REFUSED: &[Refused] = &[
    (|on| vec![later(on.get::<u32>(""))], "get", None),
    (|on| vec![later(on.get_or("", 1_u32))], "get_or", None),
    (|on| vec![later(on.replace("key", &1_u32, std::time::Duration::ZERO))], "replace", Some("key")),
    (|on| vec![later(on.get_many::<u32>(&["a", ""]))], "get_many", None),
    (|on| vec![later(on.get_map::<_, u32>(&["a", ""]))], "get_map", None),
    (|on| vec![later(on.set_many([("a", 1), ("", 2)], HOUR))], "set_many", None),
    (|on| vec![later(on.delete_many(&["a", ""]))], "delete_many", None),
    (|on| vec![later(on.expire("key", Expiry::Never))], "expire", Some("key")),
    (|on| vec![later(on.touch(""))], "touch", None),
    (|on| vec![later(on.set_struct("key", &[1], HOUR))], "set_struct", Some("key")),
    (|on| vec![later(on.increment_float("key", f64::NAN))], "increment_float", Some("key")),
    (|on| vec![later(on.increment_once("key", 1, "", HOUR))], "increment_once", Some("key")),
    (
        |on| vec![later(on.increment_with_expiry("key", 1, Expiry::Never))],
        "increment_with_expiry",
        Some("key"),
    ),
    (|on| vec![later(on.hash::<u32>("key").get(""))], "hash.get", Some("key")),
    (|on| vec![later(on.hash::<u32>("").len())], "hash.len", None),
    (|on| vec![later(on.hash::<u32>("key").set_many([("a", &1), ("", &2)]))], "hash.set_many", Some("key")),
    (|on| vec![later(on.list::<u32>("").pop_front_many(0))], "list.pop_front_many", None),
    (|on| vec![later(on.list::<u32>("").push_back(&1))], "list.push_back", None),
    (|on| vec![later(on.set_of::<u32>("").members())], "set.members", None),
    (|on| vec![later(on.sorted_set::<u32>("key").add(&1, f64::NAN))], "sorted_set.add", Some("key")),
    (|on| vec![later(on.sorted_set::<u32>("").top(0))], "sorted_set.top", None),
];

#[dual]
#[scenario]
async fn invalid_arguments_are_refused_before_anything_is_sent() {
    let (server, redis) = start().await;
    let redis = redis.namespace("app");
    for (queue, operation, key) in REFUSED {
        for way in Way::ALL {
            let error = way.run(&redis, *queue).await.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Serialization),
                "{operation} {error}"
            );
            assert_eq!((error.operation(), error.key()), (Some(*operation), *key), "{way:?} {error}");
            assert!(error.is_not_applied() && error.server().is_none(), "{error}");
        }
        // No other command of the batch runs either.
        let mut pipeline = redis.pipeline();
        pipeline.set("before", &1, HOUR);
        queue(&mut pipeline);
        pipeline.set_many([("behind", 1)], HOUR);
        let error = pipeline.run().await.unwrap_err();
        assert_eq!(error.operation(), Some(*operation));
    }
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
}
