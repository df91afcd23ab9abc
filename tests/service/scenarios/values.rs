//! A value comes back as it was stored, and a missing one differs from an empty one.

use std::collections::HashMap;

use redis_service::{ErrorKind, Expiry, Outcome};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    age: u32,
}

fn ada() -> User {
    User { name: "Ada".to_owned(), age: 36 }
}

#[dual]
#[scenario]
async fn a_value_comes_back_as_it_went_in() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("user:1", &ada(), HOUR).await.unwrap();
    let found: Option<User> = redis.get("user:1").await.unwrap();
    assert_eq!(found, Some(ada()));
    let missing: Option<User> = redis.get("user:2").await.unwrap();
    assert_eq!(missing, None);
}

#[dual]
#[scenario]
async fn null_is_a_value_and_not_a_missing_key() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("nothing", &None::<User>, HOUR).await.unwrap();
    let found: Option<Option<User>> = redis.get("nothing").await.unwrap();
    assert_eq!(found, Some(None));
    let found = redis.exists("nothing").await.unwrap();
    assert!(found);
}

#[dual]
#[scenario]
async fn falsy_values_are_hits() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("zero", &0, HOUR).await.unwrap();
    redis.set("empty", "", HOUR).await.unwrap();
    redis.set("false", &false, HOUR).await.unwrap();
    let found = redis.get_or("zero", 7).await.unwrap();
    assert_eq!(found, 0);
    let found = redis.get_or("empty", "default".to_owned()).await.unwrap();
    assert_eq!(found, "");
    let found = redis.get_or("false", true).await.unwrap();
    assert!(!found);
    let found = redis.get_or("missing", 7).await.unwrap();
    assert_eq!(found, 7);
}

#[dual]
#[scenario]
async fn an_integer_is_stored_bare() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("count", &41, Expiry::Never).await.unwrap();
    assert_eq!(server.cli().unwrap().integer(&["INCR", "count"]).unwrap(), 42);
    let found = redis.get::<i64>("count").await.unwrap();
    assert_eq!(found, Some(42));
}

#[dual]
#[scenario]
async fn a_value_of_another_type_is_an_error_that_names_key_and_type_and_not_the_value() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("user:1", "canary", HOUR).await.unwrap();
    let error = redis.get::<User>("user:1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deserialization);
    assert_eq!((error.operation(), error.key()), (Some("get"), Some("user:1")));
    assert_eq!(error.outcome(), Outcome::Applied);
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("User") && !shown.contains("canary"), "{shown}");

    let found: Option<String> = redis.get("user:1").await.unwrap();
    assert_eq!(found.as_deref(), Some("canary"), "the connection is fine, and so is the value");
}

#[dual]
#[scenario]
async fn an_error_says_where_in_a_value_it_is_without_what_is_data() {
    type Teams = HashMap<String, Vec<User>>;
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let stored = r#"{"canary":[{"name":"canary","age":36},{"name":"canary"}]}"#;
    redis.set_raw("teams", stored, HOUR).await.unwrap();
    redis.command("RPUSH").key("list").arg(stored).run::<()>().await.unwrap();
    redis.command("HSET").key("hash").arg("field").arg(stored).run::<()>().await.unwrap();
    redis.command("HSET").key("struct").arg("age").arg(36).run::<()>().await.unwrap();
    let many = redis.get_many::<Teams>(&["teams"]).await.unwrap().pop().unwrap().unwrap_err();
    for shown in [
        redis.get::<Teams>("teams").await.unwrap_err().to_string(),
        redis.list::<Teams>("list").pop_front().await.unwrap_err().to_string(),
        redis.hash::<Teams>("hash").get("field").await.unwrap_err().to_string(),
        many.to_string(),
    ] {
        assert!(
            shown.contains(r#"at "[?][1]""#) && shown.contains(r#"the field "age" is missing"#),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
    let error = redis.get_struct::<User>("struct").await.unwrap_err();
    assert!(error.to_string().contains(r#"the field "name" is missing"#), "{error}");
}

#[dual]
#[scenario]
async fn a_document_that_is_not_utf_8_does_not_decode_wherever_it_is_not() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for (document, place) in [(&b"[\"canary \xe9\"]"[..], 9), (b"[\"a\"], \xff", 7)] {
        redis.set_raw("text", document, HOUR).await.unwrap();
        for error in [
            redis.get::<Vec<String>>("text").await.unwrap_err(),
            redis.get::<IgnoredAny>("text").await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(&format!("byte {place}")) && !shown.contains("canary"), "{shown}");
        }
    }
}

#[dual]
#[scenario]
async fn a_key_of_another_type_is_an_error() {
    let server = fixture::server();
    server.cli().unwrap().call(&["LPUSH", "list", "a"]).unwrap();
    let redis = fixture::connect(&server).await;
    let error = redis.get::<String>("list").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::WrongType, Some("WRONGTYPE")));
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

#[dual]
#[scenario]
async fn bytes_are_stored_untouched() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let bytes: Vec<u8> = (0..=255).collect();
    redis.set_raw("bytes", &bytes, HOUR).await.unwrap();
    let found = redis.get_raw("bytes").await.unwrap();
    assert_eq!(found, Some(bytes));
    redis.set_raw("text", "\"not JSON", HOUR).await.unwrap();
    assert_eq!(server.cli().unwrap().text(&["GET", "text"]).unwrap(), "\"not JSON");
    let found = redis.get_raw("missing").await.unwrap();
    assert_eq!(found, None);
}

#[dual]
#[scenario]
async fn conditions_decide_whether_a_key_is_set() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let found = redis.set_if_present("key", &1, HOUR).await.unwrap();
    assert!(!found);
    let found = redis.set_if_absent("key", &2, HOUR).await.unwrap();
    assert!(found);
    let found = redis.set_if_absent("key", &3, HOUR).await.unwrap();
    assert!(!found);
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
    let found = redis.set_if_present("key", &4, HOUR).await.unwrap();
    assert!(found);
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(4));
}

#[dual]
#[scenario]
async fn replacing_and_taking_hand_back_what_was_there() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let found = redis.replace("key", &1, HOUR).await.unwrap();
    assert_eq!(found, None);
    let found = redis.replace("key", &2, HOUR).await.unwrap();
    assert_eq!(found, Some(1));
    let found = redis.take::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
    let found = redis.take::<i32>("key").await.unwrap();
    assert_eq!(found, None);
}

#[dual]
#[scenario]
async fn an_old_value_that_does_not_decode_does_not_undo_the_replacement() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("key", "text", HOUR).await.unwrap();
    let error = redis.replace("key", &2, HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
}

#[dual]
#[scenario]
async fn large_values_come_back_whole() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let large = "x".repeat(5 * 1024 * 1024);
    redis.set("large", &large, HOUR).await.unwrap();
    let found: Option<String> = redis.get("large").await.unwrap();
    assert!(found == Some(large));
}
