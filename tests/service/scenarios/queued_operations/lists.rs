use redis_service::{Batch, Expiry};

use super::{NONE, ONE_BY_ONE, Taken, assert_alike, later, start};
use crate::{RedisService, dual, fixture::outcome_text, scenario};

calls! { on:
    on.list::<u32>("list").len();
    on.list::<u32>("list").is_empty();
    on.list::<u32>("list").pop_front();
    on.list::<u32>("list").pop_back();
    on.list::<u32>("list").pop_front_many(2);
    on.list::<u32>("list").range(0, -1);
    on.list::<u32>("list").get(0);
    on.list::<u32>("list").push_back(&3);
    on.list::<u32>("list").push_front(&2);
    on.list::<u32>("list").push_front_many(&[1, 0]);
    on.list::<u32>("list").push_back_many(&[4, 5, 5, 6]);
    on.list::<u32>("list").push_front_many(&[]);
    on.list::<u32>("list").push_back_many(&[]);
    on.list::<u32>("list").len();
    on.list::<u32>("list").is_empty();
    on.list::<u32>("list").range(0, -1);
    on.list::<u32>("list").get(-1);
    on.list::<u32>("list").get(99);
    on.list::<u32>("list").set(0, &10);
    on.list::<u32>("list").set(99, &10);
    on.list::<u32>("list").remove(1, &5);
    on.list::<u32>("list").remove(0, &99);
    on.list::<u32>("list").trim(0, 5);
    on.list::<u32>("list").pop_front_many(0);
    on.list::<u32>("list").pop_back_many(0);
    on.list::<u32>("list").pop_front();
    on.list::<u32>("list").pop_back();
    on.list::<u32>("list").pop_front_many(2);
    on.list::<u32>("list").pop_back_many(1);
    on.list::<u32>("list").range(0, -1);
    // A value that does not decode.
    on.list::<String>("texts").push_back_many(["canary", "canary", "canary", "canary"]);
    on.list::<u32>("texts").range(0, -1);
    on.list::<u32>("texts").get(0);
    on.list::<u32>("texts").pop_front();
    on.list::<u32>("texts").pop_back();
    on.list::<u32>("texts").pop_back_many(1);
    on.list::<u32>("texts").len();
    // A key of another type.
    on.set("text", &1, Expiry::Never);
    on.list::<u32>("text").push_front(&1);
    on.list::<u32>("text").push_back(&1);
    on.list::<u32>("text").push_front_many(&[1]);
    on.list::<u32>("text").push_back_many(&[1]);
    on.list::<u32>("text").pop_front();
    on.list::<u32>("text").pop_back();
    on.list::<u32>("text").pop_front_many(1);
    on.list::<u32>("text").pop_back_many(1);
    on.list::<u32>("text").len();
    on.list::<u32>("text").is_empty();
    on.list::<u32>("text").range(0, 1);
    on.list::<u32>("text").get(0);
    on.list::<u32>("text").set(0, &1);
    on.list::<u32>("text").remove(0, &1);
    on.list::<u32>("text").trim(0, 1);
    on.delete_many(&NONE);
    on.get::<u32>("text");
}

#[dual]
#[scenario]
async fn lists_from_both_ends() {
    let (server, redis) = start().await;
    let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
    let results = assert_alike(&server, &redis, queue, asked).await;
    let refused =
        results.iter().filter(|result| result.contains("\"text\": ") && result.contains("WrongType"));
    assert_eq!(refused.count(), 15, "{results:#?}");
    for popped in ["list.pop_front", "list.pop_back", "list.pop_back_many", "list.range"] {
        let error =
            results.iter().find(|result| result.starts_with(&format!("{popped} \"texts\": "))).unwrap();
        assert!(error.contains("(deserialization, applied)"), "{error}");
    }
    assert!(
        results.iter().any(|result| result == "[10, 1, 2, 3, 4, 5]" || result == "[0, 1, 2, 3, 4, 5, 5, 6]")
    );
}
