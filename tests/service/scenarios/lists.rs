//! Lists: order, both ends, and positions that do not exist.

use redis_service::{ErrorKind, Outcome, Ttl};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

#[dual]
#[scenario]
async fn values_are_in_the_order_in_which_they_were_pushed() {
    let server = fixture::server();
    let list = fixture::connect(&server).await.list::<i32>("list");
    let length = list.push_back(&2).await.unwrap();
    assert_eq!(length, 1);
    let length = list.push_front(&1).await.unwrap();
    assert_eq!(length, 2);
    let length = list.push_back_many(&[3, 4]).await.unwrap();
    assert_eq!(length, Some(4));
    let length = list.push_front_many(&[0, -1]).await.unwrap();
    assert_eq!(length, Some(6));
    for (start, stop, expected) in [
        (0, -1, &[-1, 0, 1, 2, 3, 4][..]),
        (0, 0, &[-1]),
        (-2, -1, &[3, 4]),
        (1, 2, &[0, 1]),
        (4, 99, &[3, 4]),
        (-99, 0, &[-1]),
        (3, 2, &[]),
        (99, 100, &[]),
        (i64::MIN, i64::MAX, &[-1, 0, 1, 2, 3, 4]),
    ] {
        let values = list.range(start, stop).await.unwrap();
        assert_eq!(values, expected, "{start} {stop}");
    }
    let length = list.len().await.unwrap();
    assert_eq!(length, 6);
}

#[dual]
#[scenario]
async fn values_are_taken_from_both_ends() {
    let server = fixture::server();
    let list = fixture::connect(&server).await.list::<String>("list");
    list.push_back_many(["a", "b", "c", "d", "e", "f"]).await.unwrap();
    let first = list.pop_front().await.unwrap();
    let last = list.pop_back().await.unwrap();
    assert_eq!((first.as_deref(), last.as_deref()), (Some("a"), Some("f")));
    let values = list.pop_front_many(2).await.unwrap();
    assert_eq!(values, ["b", "c"]);
    let values = list.pop_back_many(9).await.unwrap();
    assert_eq!(values, ["e", "d"]);
    let first = list.pop_front().await.unwrap();
    let last = list.pop_back().await.unwrap();
    assert_eq!((first, last), (None, None));
    let values = list.pop_front_many(2).await.unwrap();
    assert!(values.is_empty());
    let empty = list.is_empty().await.unwrap();
    assert!(empty);
}

#[dual]
#[scenario]
async fn places_are_read_written_and_trimmed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let list = redis.list::<i32>("list");
    list.push_back_many(&[1, 2, 3, 2, 1]).await.unwrap();
    let found = list.get(1).await.unwrap();
    assert_eq!(found, Some(2));
    let found = list.get(-1).await.unwrap();
    assert_eq!(found, Some(1));
    let found = list.get(5).await.unwrap();
    assert_eq!(found, None);
    list.set(-1, &9).await.unwrap();
    let removed = list.remove(-1, &2).await.unwrap();
    assert_eq!(removed, 1);
    let values = list.range(0, -1).await.unwrap();
    assert_eq!(values, [1, 2, 3, 9]);
    list.trim(1, -2).await.unwrap();
    let values = list.range(0, -1).await.unwrap();
    assert_eq!(values, [2, 3]);
    for (list, index) in [(&list, 2), (&redis.list("missing"), 0)] {
        let error = list.set(index, &0).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::NotApplied), "{error}");
    }
    let expires = redis.expire("list", HOUR).await.unwrap();
    let ttl = redis.ttl("list").await.unwrap();
    assert!(expires && matches!(ttl, Ttl::Left(_)));
    list.trim(1, 0).await.unwrap();
    let found = redis.exists("list").await.unwrap();
    assert!(!found, "a list without values is gone");
    let removed = list.remove(0, &2).await.unwrap();
    assert_eq!(removed, 0);
}

#[dual]
#[scenario]
async fn nothing_is_no_command() {
    let server = fixture::server();
    let list = fixture::connect(&server).await.list::<i32>("list");
    let none: [&i32; 0] = [];
    let front = list.push_front_many(none).await.unwrap();
    let back = list.push_back_many(none).await.unwrap();
    let values = [list.pop_front_many(0).await.unwrap(), list.pop_back_many(0).await.unwrap()].concat();
    assert!(front.is_none() && back.is_none() && values.is_empty());
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    for command in ["lpush", "rpush", "lpop", "rpop"] {
        assert!(!stats.contains(&format!("cmdstat_{command}:")), "{command}");
    }
}

#[dual]
#[scenario]
async fn a_value_of_another_type_is_an_error_and_what_was_popped_is_gone() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.list::<String>("list").push_back_many(["canary", "1"]).await.unwrap();
    let list = redis.list::<i32>("list");
    for error in [
        list.range(0, -1).await.unwrap_err(),
        list.get(0).await.unwrap_err(),
        list.pop_front().await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        assert_eq!(error.key(), Some("list"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let length = list.len().await.unwrap();
    assert_eq!(length, 1);
}

#[dual]
#[scenario]
async fn a_key_that_holds_no_list_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    for (key, kind) in [("text", ErrorKind::WrongType), ("", ErrorKind::InvalidInput)] {
        let list = redis.list::<i32>(key);
        let errors = [
            list.push_front(&1).await.unwrap_err(),
            list.push_back(&1).await.unwrap_err(),
            list.push_front_many(&[1]).await.unwrap_err(),
            list.push_back_many(&[1]).await.unwrap_err(),
            list.pop_front().await.unwrap_err(),
            list.pop_back().await.unwrap_err(),
            list.pop_front_many(1).await.unwrap_err(),
            list.pop_back_many(1).await.unwrap_err(),
            list.range(0, -1).await.unwrap_err(),
            list.len().await.unwrap_err(),
            list.is_empty().await.unwrap_err(),
            list.trim(0, 1).await.unwrap_err(),
            list.get(0).await.unwrap_err(),
            list.set(0, &1).await.unwrap_err(),
            list.remove(0, &1).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
            assert_eq!(error.key().unwrap_or_default(), key, "{error}");
        }
    }
}
