use redis_service::{Batch, Expiry};
use serde::{Deserialize, Serialize};

use super::{ONE_BY_ONE, Taken, Way, assert_alike, later, start};
use crate::{
    RedisService, dual,
    fixture::{HOUR, outcome_text},
    scenario,
};

#[derive(Debug, Serialize, Deserialize)]
struct User {
    name: String,
    visits: u32,
}

fn ada() -> User {
    User { name: "Ada".to_owned(), visits: 3 }
}

calls! { on:
    on.get::<u32>("n");
    on.get_or("n", 7_u32);
    on.set("n", &1, HOUR);
    on.get::<u32>("n");
    on.get_or("n", 7_u32);
    on.set_if_absent("n", &2, HOUR);
    on.set_if_absent("other", &2, Expiry::Never);
    on.set_if_present("n", &3, Expiry::Keep);
    on.set_if_present("missing", &3, HOUR);
    on.replace("n", &4_u32, HOUR);
    on.replace("fresh", &5_u32, HOUR);
    on.set_raw("raw", b"\xff\x00", HOUR);
    on.get_raw("raw");
    on.get_raw("missing");
    on.take::<u32>("n");
    on.take::<u32>("n");
    // A value that does not decode.
    on.set_raw("text", "canary", HOUR);
    on.get::<u32>("text");
    on.get_or("text", 1_u32);
    on.replace("text", &9_u32, Expiry::Keep);
    on.get::<u32>("text");
    on.set_raw("text", "canary", HOUR);
    on.take::<u32>("text");
    on.exists("text");
    on.set_struct("struct", &ada(), HOUR);
    on.get_struct::<User>("struct");
    on.get_struct::<User>("missing");
    on.get_struct::<std::collections::BTreeMap<String, u32>>("struct");
    // A key of another type.
    on.get::<u32>("struct");
    on.get_or("struct", 1_u32);
    on.get_raw("struct");
    on.take::<u32>("struct");
    on.replace("struct", &1_u32, HOUR);
    on.get_struct::<User>("other");
    on.set_struct("other", &ada(), HOUR);
    on.get::<u32>("other");
    on.publish("channel", &1);
    on.publish_raw("channel", b"1");
}

#[dual]
#[scenario]
async fn values_and_structs_and_messages() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    let failed = |start: &str, end: &str| {
        assert!(
            results.iter().any(|result| result.starts_with(start) && result.contains(end)),
            "{start} {end}: {results:#?}"
        );
    };
    failed("take \"text\"", "(deserialization, applied)");
    failed("replace \"text\"", "(deserialization, applied)");
    failed("get_or \"text\"", "(deserialization, applied)");
    failed("get_struct \"struct\"", "(deserialization, applied)");
    failed("take \"struct\"", "(wrong type, not applied)");
    failed("set_struct \"other\"", "(wrong type, not applied)");
}

#[dual]
#[scenario]
async fn messages_are_heard_each_once_and_counted() {
    let (_server, redis) = start().await;
    for way in Way::ALL {
        let mut subscription = redis.subscribe_raw("channel").await.unwrap();
        let published = way.run(&redis, |batch| {
            vec![later(batch.publish("channel", &1)), later(batch.publish_raw("channel", b"\xff"))]
        });
        let published = published.await.unwrap();
        assert_eq!(published, ["1", "1"], "{way:?}");
        for payload in [&b"1"[..], b"\xff"] {
            let event = subscription.next_event().await.unwrap();
            assert_eq!(event.into_payload().as_deref(), Some(payload));
        }
        let refused = way.run(&redis, |batch| vec![later(batch.publish("", &1))]).await.unwrap_err();
        assert_eq!((refused.operation(), refused.is_not_applied()), (Some("publish"), true), "{way:?}");
        drop(subscription);
        crate::fixture::eventually("no subscriber is left", || listeners(&_server) == 0).await;
    }
}

fn listeners(server: &redis_testkit::Server) -> i64 {
    let listed = server.cli().unwrap().call(&["PUBSUB", "NUMSUB", "channel"]).unwrap();
    let redis_testkit::Value::Array(listed) = listed else { panic!("{listed:?}") };
    let redis_testkit::Value::Integer(count) = listed[1] else { panic!("{listed:?}") };
    count
}
