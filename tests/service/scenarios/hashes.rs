//! Hashes: typed fields, and structs as hashes.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use redis_service::{Error, ErrorKind, Expiry, Outcome, Ttl};
use serde::{Deserialize, Serialize};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

fn is(error: &Error, kind: ErrorKind) -> bool {
    (error.kind(), error.outcome()) == (kind, Outcome::NotApplied)
}

#[dual]
#[scenario]
async fn fields_come_back_as_they_went_in() {
    let server = fixture::server();
    let ages = fixture::connect(&server).await.hash::<u32>("ages");
    let found = ages.get("ada").await.unwrap();
    assert_eq!(found, None);
    let new = ages.set("ada", &36).await.unwrap();
    assert!(new);
    let new = ages.set("ada", &37).await.unwrap();
    assert!(!new);
    let set = ages.set_if_absent("ada", &38).await.unwrap();
    assert!(!set);
    let set = ages.set_if_absent("bob", &40).await.unwrap();
    assert!(set);
    let found = ages.get("ada").await.unwrap();
    assert_eq!(found, Some(37));
    let found = ages.exists("bob").await.unwrap();
    assert!(found);
    let all = ages.get_all().await.unwrap();
    assert_eq!(all, HashMap::from([("ada".to_owned(), 37), ("bob".to_owned(), 40)]));
    let mut names = ages.keys().await.unwrap();
    names.sort_unstable();
    assert_eq!(names, ["ada", "bob"]);
    let mut values = ages.values().await.unwrap();
    values.sort_unstable();
    assert_eq!(values, [37, 40]);
    let deleted = ages.delete("ada").await.unwrap();
    assert!(deleted);
    let deleted = ages.delete("ada").await.unwrap();
    assert!(!deleted);
    let fields = ages.len().await.unwrap();
    assert_eq!(fields, 1);
}

#[dual]
#[scenario]
async fn many_fields_at_once_keep_their_order_duplicates_included() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let names = redis.hash::<String>("names");
    let new = names.set_many([("a", "Ada"), ("b", "Bob")]).await.unwrap();
    assert_eq!(new, 2);
    let more = BTreeMap::from([("b".to_owned(), "Ben".to_owned()), ("c".to_owned(), "Cy".to_owned())]);
    let new = names.set_many(&more).await.unwrap();
    assert_eq!(new, 1);
    redis.command("HSET").key("names").arg("broken").arg("canary").run::<u64>().await.unwrap();
    let values = names.get_many(&["c", "missing", "broken", "a", "c"]).await.unwrap();
    let (broken, fine): (Vec<_>, Vec<_>) = values.into_iter().partition(Result::is_err);
    let fine: Vec<_> = fine.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        fine.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("Cy"), None, Some("Ada"), Some("Cy")]
    );
    let failed = broken[0].as_ref().unwrap_err();
    assert_eq!((failed.key(), failed.error().key()), ("broken", Some("names")));
    assert_eq!(
        (failed.error().kind(), failed.error().operation()),
        (ErrorKind::Deserialization, Some("hash.get_many"))
    );
    let shown = format!("{failed} {failed:?}");
    assert!(shown.contains("field \"broken\"") && !shown.contains("canary"), "{shown}");
    for error in [
        names.get_all().await.unwrap_err(),
        names.get("broken").await.unwrap_err(),
        names.values().await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.key()), (ErrorKind::Deserialization, Some("names")), "{error}");
    }
    let deleted = names.delete_many(&["a", "missing", "broken"]).await.unwrap();
    assert_eq!(deleted, 2);
}

#[dual]
#[scenario]
async fn a_field_counts_as_a_counter_does() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let hits = redis.hash::<i64>("hits");
    let count = hits.increment("home", 5).await.unwrap();
    assert_eq!(count, 5);
    let count = hits.increment("home", -7).await.unwrap();
    assert_eq!(count, -2);
    let found = hits.get("home").await.unwrap();
    assert_eq!(found, Some(-2));
    hits.set("most", &i64::MAX).await.unwrap();
    let error = hits.increment("most", 1).await.unwrap_err();
    assert!(is(&error, ErrorKind::Operation), "{error}");
    redis.hash::<String>("hits").set("text", "text").await.unwrap();
    let error = hits.increment("text", 1).await.unwrap_err();
    assert!(is(&error, ErrorKind::WrongType) && error.key() == Some("hits"), "{error}");
}

#[dual]
#[scenario]
async fn empty_arguments_send_no_command_and_invalid_ones_are_refused() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let hash = redis.hash::<i32>("hash");
    let none: [&str; 0] = [];
    let before = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    let new = hash.set_many(Vec::<(&str, &i32)>::new()).await.unwrap();
    let deleted = hash.delete_many(&none).await.unwrap();
    let values = hash.get_many(&none).await.unwrap();
    let set = hash.expire_fields(&none, HOUR).await.unwrap();
    let ttls = hash.field_ttls(&none).await.unwrap();
    assert!(new == 0 && deleted == 0 && values.is_empty() && set.is_empty() && ttls.is_empty());
    for error in [
        hash.set("", &1).await.unwrap_err(),
        hash.set_if_absent("", &1).await.unwrap_err(),
        hash.set_many([("a", &1), ("", &2)]).await.unwrap_err(),
        hash.get("").await.unwrap_err(),
        hash.get_many(&["a", ""]).await.unwrap_err(),
        hash.delete("").await.unwrap_err(),
        hash.delete_many(&[""]).await.unwrap_err(),
        hash.exists("").await.unwrap_err(),
        hash.increment("", 1).await.unwrap_err(),
        hash.expire_fields(&[""], HOUR).await.unwrap_err(),
        hash.expire_fields(&["a"], Expiry::Never).await.unwrap_err(),
        hash.field_ttls(&[""]).await.unwrap_err(),
    ] {
        assert!(is(&error, ErrorKind::InvalidInput) && error.key() == Some("hash"), "{error}");
    }
    let error = redis.hash::<i32>("").len().await.unwrap_err();
    assert!(is(&error, ErrorKind::InvalidInput), "{error}");
    let error = redis
        .hash::<BTreeMap<(u8, u8), u8>>("hash")
        .set("f", &BTreeMap::from([((1, 2), 3)]))
        .await
        .unwrap_err();
    assert!(is(&error, ErrorKind::Serialization), "{error}");
    let after = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    let commands = |stats: &str| stats.lines().filter(|line| line.starts_with("cmdstat_h")).count();
    assert_eq!(commands(&before), commands(&after));
}

#[dual]
#[scenario]
async fn a_key_that_holds_no_hash_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    let hash = redis.hash::<i32>("text");
    for error in [
        hash.set("f", &1).await.unwrap_err(),
        hash.set_if_absent("f", &1).await.unwrap_err(),
        hash.set_many([("f", &1)]).await.unwrap_err(),
        hash.get("f").await.unwrap_err(),
        hash.get_many(&["f"]).await.unwrap_err(),
        hash.get_all().await.unwrap_err(),
        hash.delete("f").await.unwrap_err(),
        hash.delete_many(&["f"]).await.unwrap_err(),
        hash.exists("f").await.unwrap_err(),
        hash.increment("f", 1).await.unwrap_err(),
        hash.len().await.unwrap_err(),
        hash.is_empty().await.unwrap_err(),
        hash.keys().await.unwrap_err(),
        hash.values().await.unwrap_err(),
        redis.set_struct("text", &ada(), HOUR).await.unwrap_err(),
        redis.get_struct::<User>("text").await.unwrap_err(),
    ] {
        assert!(is(&error, ErrorKind::WrongType) && error.key() == Some("text"), "{error}");
    }
    let found = redis.get::<String>("text").await.unwrap();
    assert_eq!(found.as_deref(), Some("text"));
}

#[dual]
#[scenario]
async fn fields_expire_where_the_server_can_do_that_and_elsewhere_it_says_so() {
    let server = fixture::server();
    let hash = fixture::connect(&server).await.hash::<i32>("hash");
    hash.set_many([("a", &1), ("b", &2)]).await.unwrap();
    let set = hash.expire_fields(&["a", "missing"], HOUR).await;
    let ttls = hash.field_ttls(&["a", "b", "missing"]).await;
    if server.has_command("HPEXPIRE").unwrap() {
        assert_eq!(set.unwrap(), [true, false]);
        let ttls = ttls.unwrap();
        assert!(
            matches!(ttls[..], [Ttl::Left(left), Ttl::Forever, Ttl::Missing] if left <= HOUR),
            "{ttls:?}"
        );
    } else {
        for error in [set.unwrap_err(), ttls.unwrap_err()] {
            assert!(is(&error, ErrorKind::Unsupported) && error.key() == Some("hash"), "{error}");
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    visits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    address: Vec<String>,
}

fn ada() -> User {
    let address = vec!["St James's Square".to_owned(), "London".to_owned()];
    User { name: "Ada".to_owned(), visits: 3, nickname: Some("Countess".to_owned()), address }
}

#[dual]
#[scenario]
async fn a_struct_is_a_hash_with_its_expiry() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let found = redis.get_struct::<User>("user").await.unwrap();
    assert_eq!(found, None);
    redis.set_struct("user", &ada(), HOUR).await.unwrap();
    let found = redis.get_struct::<User>("user").await.unwrap();
    assert_eq!(found, Some(ada()));
    let ttl = redis.ttl("user").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(left) if left <= HOUR && left > HOUR / 2), "{ttl:?}");
    assert_eq!(server.cli().unwrap().text(&["HGET", "user", "name"]).unwrap(), "\"Ada\"");
    let visits = redis.hash::<u64>("user").increment("visits", 1).await.unwrap();
    assert_eq!(visits, 4, "its fields are those of a hash");
}

#[dual]
#[scenario]
async fn no_field_of_the_struct_before_remains() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_struct("user", &ada(), HOUR).await.unwrap();
    let anonymous = User { nickname: None, ..ada() };
    redis.set_struct("user", &anonymous, Expiry::Keep).await.unwrap();
    let found = redis.get_struct::<User>("user").await.unwrap();
    assert_eq!(found, Some(anonymous.clone()));
    let ttl = redis.ttl("user").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(_)), "{ttl:?}");
    redis.set_struct("user", &anonymous, Expiry::Never).await.unwrap();
    let ttl = redis.ttl("user").await.unwrap();
    assert_eq!(ttl, Ttl::Forever);
    let at = std::time::SystemTime::now() + HOUR;
    redis.set_struct("user", &anonymous, Expiry::at(at)).await.unwrap();
    let ttl = redis.ttl("user").await.unwrap();
    assert!(matches!(ttl, Ttl::Left(_)), "{ttl:?}");
    let found = redis.hash::<String>("user").exists("nickname").await.unwrap();
    assert!(!found);
}

#[dual]
#[scenario]
async fn a_map_of_many_fields_is_replaced_whole() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let entries = |range: std::ops::Range<u32>| -> BTreeMap<String, u32> {
        range.map(|number| (format!("field:{number}"), number)).collect()
    };
    redis.set_struct("map", &entries(0..10_000), HOUR).await.unwrap();
    redis.set_struct("map", &entries(5_000..15_000), HOUR).await.unwrap();
    let found: Option<BTreeMap<String, u32>> = redis.get_struct("map").await.unwrap();
    assert_eq!(found, Some(entries(5_000..15_000)));
}

#[dual]
#[scenario]
async fn a_struct_that_does_not_fit_is_an_error_and_changes_nothing() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_struct("user", &ada(), HOUR).await.unwrap();
    let error = redis.set_struct("user", &[1, 2], HOUR).await.unwrap_err();
    assert!(is(&error, ErrorKind::Serialization) && error.key() == Some("user"), "{error}");
    let empty = BTreeMap::<String, u8>::new();
    let error = redis.set_struct("user", &empty, HOUR).await.unwrap_err();
    assert!(is(&error, ErrorKind::InvalidInput), "{error}");
    let error = redis.set_struct("user", &ada(), Duration::ZERO).await.unwrap_err();
    assert!(is(&error, ErrorKind::InvalidInput), "{error}");
    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = redis.set_struct("user", &User { visits: 9, ..ada() }, HOUR).await.unwrap_err();
    assert!(is(&error, ErrorKind::OutOfMemory), "{error}");
    let found = redis.get_struct::<User>("user").await.unwrap();
    assert_eq!(found, Some(ada()));

    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    redis.hash::<String>("user").set("visits", "canary").await.unwrap();
    let error = redis.get_struct::<User>("user").await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Deserialization, Some("user")));
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("field \"visits\"") && !shown.contains("canary"), "{shown}");
}

#[dual]
#[scenario]
async fn handles_are_clones_of_one_another_and_know_their_namespace() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let hash = redis.namespace("app").hash::<i32>("hash");
    let again = hash.clone();
    drop(redis);
    hash.set("f", &1).await.unwrap();
    let found = again.get("f").await.unwrap();
    assert_eq!(found, Some(1));
    assert_eq!(server.cli().unwrap().integer(&["HLEN", "app:hash"]).unwrap(), 1);
    let empty = again.is_empty().await.unwrap();
    assert!(!empty);
}
