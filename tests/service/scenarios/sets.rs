//! Sets hold each member once, for every type.

use redis_service::{ErrorKind, Outcome};
use serde::{Deserialize, Serialize};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

#[dual]
#[scenario]
async fn a_member_is_there_once() {
    let server = fixture::server();
    let points = fixture::connect(&server).await.set_of::<Point>("points");
    let (here, there) = (Point { x: 0, y: 0 }, Point { x: 1, y: 2 });
    let new = points.add(&here).await.unwrap();
    assert!(new);
    let new = points.add(&here).await.unwrap();
    assert!(!new);
    let found = points.contains(&here).await.unwrap();
    assert!(found);
    let found = points.contains(&there).await.unwrap();
    assert!(!found);
    let new = points.add_many([&here, &there, &there]).await.unwrap();
    assert_eq!(new, 1);
    let mut members = points.members().await.unwrap();
    members.sort_unstable_by_key(|point| point.x);
    assert_eq!(members, [here.clone(), there.clone()]);
    let removed = points.remove(&here).await.unwrap();
    assert!(removed);
    let removed = points.remove(&here).await.unwrap();
    assert!(!removed);
    let some = points.random().await.unwrap();
    assert_eq!(some.as_ref(), Some(&there));
    let members = points.len().await.unwrap();
    assert_eq!(members, 1);
    let some = points.pop().await.unwrap();
    assert_eq!(some, Some(there));
    let empty = points.is_empty().await.unwrap();
    assert!(empty);
    let (popped, random) = (points.pop().await.unwrap(), points.random().await.unwrap());
    assert_eq!((popped, random), (None, None));
    let members = points.members().await.unwrap();
    assert!(members.is_empty());
}

#[dual]
#[scenario]
async fn text_is_a_member_in_any_form() {
    let server = fixture::server();
    let tags = fixture::connect(&server).await.set_of::<String>("tags");
    let owned = vec!["a".to_owned(), "b".to_owned()];
    tags.add_many(&owned).await.unwrap();
    let new = tags.add_many(["b", "c"]).await.unwrap();
    assert_eq!(new, 1);
    let found = tags.contains("c").await.unwrap();
    assert!(found);
    let removed = tags.remove_many(["a", "b", "missing"]).await.unwrap();
    assert_eq!(removed, 2);
}

#[dual]
#[scenario]
async fn nothing_is_no_command() {
    let server = fixture::server();
    let set = fixture::connect(&server).await.set_of::<i32>("set");
    let none: [&i32; 0] = [];
    let new = set.add_many(none).await.unwrap();
    let removed = set.remove_many(none).await.unwrap();
    assert_eq!((new, removed), (0, 0));
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    assert!(!stats.contains("cmdstat_sadd:") && !stats.contains("cmdstat_srem:"));
}

#[dual]
#[scenario]
async fn a_member_of_another_type_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_of::<String>("set").add("canary").await.unwrap();
    let set = redis.set_of::<i32>("set");
    for error in
        [set.members().await.unwrap_err(), set.random().await.unwrap_err(), set.pop().await.unwrap_err()]
    {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        assert_eq!(error.key(), Some("set"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let members = set.len().await.unwrap();
    assert_eq!(members, 0, "what was popped is gone");
}

#[dual]
#[scenario]
async fn a_key_that_holds_no_set_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    for (key, kind) in [("text", ErrorKind::WrongType), ("", ErrorKind::InvalidInput)] {
        let set = redis.set_of::<i32>(key);
        let errors = [
            set.add(&1).await.unwrap_err(),
            set.add_many(&[1]).await.unwrap_err(),
            set.remove(&1).await.unwrap_err(),
            set.remove_many(&[1]).await.unwrap_err(),
            set.contains(&1).await.unwrap_err(),
            set.members().await.unwrap_err(),
            set.len().await.unwrap_err(),
            set.is_empty().await.unwrap_err(),
            set.random().await.unwrap_err(),
            set.pop().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
            assert_eq!(error.key().unwrap_or_default(), key, "{error}");
        }
    }
}
