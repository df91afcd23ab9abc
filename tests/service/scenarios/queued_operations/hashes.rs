use redis_service::{Batch, ErrorKind, Expiry, values::FailedValue};

use super::{NONE, ONE_BY_ONE, Taken, Way, assert_alike, later, start};
use crate::{
    RedisService, dual,
    fixture::{HOUR, outcome_text},
    scenario,
};

calls! { on:
    on.hash::<u32>("ages").len();
    on.hash::<u32>("ages").is_empty();
    on.hash::<u32>("ages").get("ada");
    on.hash::<u32>("ages").keys();
    on.hash::<u32>("ages").values();
    on.hash::<u32>("ages").get_all();
    on.hash::<u32>("ages").set("ada", &36);
    on.hash::<u32>("ages").set("ada", &37);
    on.hash::<u32>("ages").get_all();
    on.hash::<u32>("ages").keys();
    on.hash::<u32>("ages").values();
    on.hash::<u32>("ages").set_if_absent("ada", &1);
    on.hash::<u32>("ages").set_if_absent("bob", &40);
    on.hash::<u32>("ages").set_many([("bob", &41), ("cy", &5)]);
    on.hash::<u32>("ages").increment("cy", -7);
    on.hash::<i32>("ages").get_many(&["cy", "missing", "ada", "cy"]);
    on.hash::<u32>("ages").get_many(&["ada", "cy", "bob"]);
    on.hash::<u32>("ages").get_many(&NONE);
    on.hash::<u32>("ages").set_many(Vec::<(&str, &u32)>::new());
    on.hash::<u32>("ages").delete_many(&NONE);
    on.hash::<u32>("ages").expire_fields(&NONE, HOUR);
    on.hash::<u32>("ages").field_ttls(&NONE);
    on.hash::<u32>("ages").exists("cy");
    on.hash::<u32>("ages").get("cy");
    on.hash::<u32>("ages").get_all();
    on.hash::<u32>("ages").values();
    on.hash::<u32>("ages").delete("cy");
    on.hash::<u32>("ages").delete("cy");
    on.hash::<u32>("ages").delete_many(&["bob", "missing"]);
    on.hash::<u32>("ages").len();
    on.hash::<u32>("ages").is_empty();
    on.hash::<String>("names").set("ada", "Ada");
    on.hash::<String>("names").increment("ada", 1);
    // A key of another type.
    on.set("text", &1, Expiry::Never);
    on.hash::<u32>("text").set("f", &1);
    on.hash::<u32>("text").set_if_absent("f", &1);
    on.hash::<u32>("text").set_many([("f", &1)]);
    on.hash::<u32>("text").get("f");
    on.hash::<u32>("text").get_many(&["f"]);
    on.hash::<u32>("text").get_all();
    on.hash::<u32>("text").values();
    on.hash::<u32>("text").keys();
    on.hash::<u32>("text").len();
    on.hash::<u32>("text").is_empty();
    on.hash::<u32>("text").exists("f");
    on.hash::<u32>("text").increment("f", 1);
    on.hash::<u32>("text").delete("f");
    on.hash::<u32>("text").delete_many(&["f"]);
    on.get::<u32>("text");
}

#[dual]
#[scenario]
async fn hashes_and_their_fields() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    let refused =
        results.iter().filter(|result| result.contains("\"text\": ") && result.contains("WrongType"));
    assert_eq!(refused.count(), 14, "{results:#?}");
}

#[dual]
#[scenario]
async fn a_field_that_does_not_decode_is_named_in_its_place() {
    let (_server, redis) = start().await;
    let redis = redis.namespace("app");
    redis.hash::<String>("mixed").set_many([("text", "canary"), ("one", "1")]).await.unwrap();
    redis.hash::<u32>("mixed").set("two", &2).await.unwrap();
    let mut own = redis.dedicated().await.unwrap();
    let mut batch = own.batch();
    let many = batch.hash::<u32>("mixed").get_many(&["two", "text", "missing"]);
    let one = batch.hash::<u32>("mixed").get("text");
    let mut results = own.run(batch).await.unwrap();
    let many = results.take(many).unwrap();
    assert!(matches!(many[..], [Ok(Some(2)), Err(_), Ok(None)]), "{many:?}");
    let failed: &FailedValue = many[1].as_ref().unwrap_err();
    assert_eq!((failed.key(), failed.error().key()), ("text", Some("mixed")));
    assert_eq!(failed.error().operation(), Some("hash.get_many"));
    let error = results.take(one).unwrap_err();
    assert_eq!((error.operation(), error.key()), (Some("hash.get"), Some("mixed")));
    assert!(!format!("{failed} {failed:?} {error:?}").contains("canary"));
}

fn queue_expiry(on: &mut Batch) -> Vec<Taken> {
    let set = later(on.hash::<u32>("ages").expire_fields(&["ada", "missing"], HOUR));
    let ttls = later(on.hash::<u32>("ages").field_ttls(&["ada", "bob", "missing"]));
    vec![set, ttls]
}

#[dual]
#[scenario]
async fn fields_expire_where_the_server_can_do_that() {
    let (server, redis) = start().await;
    for way in Way::ALL {
        let redis = redis.namespace(&way.namespace());
        redis.hash::<u32>("ages").set_many([("ada", &1), ("bob", &2)]).await.unwrap();
        let ran = way.run(&redis, queue_expiry).await;
        if server.has_command("HPEXPIRE").unwrap() {
            assert_eq!(ran.unwrap(), ["[true, false]", "[Left, Forever, Missing]"], "{way:?}");
            continue;
        }
        match ran {
            Ok(results) => {
                for (result, operation) in results.iter().zip(["hash.expire_fields", "hash.field_ttls"]) {
                    assert!(result.starts_with(&format!("{operation} \"ages\": ")), "{result}");
                    assert!(result.contains("Unsupported"), "{result}");
                }
            }
            // Refused when it was queued on the server.
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{way:?} {error}"),
        }
    }
}
