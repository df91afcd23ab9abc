//! An older layout is taken over with its history: once and for all, or step by step while others still write it.

use redis_config_legacy::LegacyOptions;
use redis_config_store::StoreErrorKind;
use redis_testkit::{Inspector, Server};

use crate::{ConfigStore, LegacyStore, dual, fixture, scenario};

#[dual]
async fn open(server: &Server) -> (ConfigStore, LegacyStore) {
    let redis = fixture::connect(server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    (store, LegacyStore::open(&redis, "config:"))
}

/// Writes keys as Python does.
fn written(server: &Server) -> Inspector {
    let mut cli = server.cli().unwrap();
    cli.call(&["SET", "config:region", "\"eu\""]).unwrap();
    cli.call(&["RPUSH", "config:limits", "{\"rps\": 1}", "{\"rps\": 2}", "{\"rps\": 2}", "1e+16"]).unwrap();
    cli.call(&["HSET", "config:sessions", "a", "b"]).unwrap();
    cli
}

/// The bytes of the versions of a key, the newest first.
#[dual]
async fn history(store: &ConfigStore, key: &str) -> Vec<(u64, String)> {
    let entries = store.history(key).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    entries.iter().map(|entry| (entry.version().number, text(entry.bytes()))).collect()
}

#[dual]
#[scenario]
async fn every_version_comes_over_under_its_number_and_bytes_and_only_once() {
    let server = fixture::server();
    let (store, legacy) = open(&server).await;
    let mut cli = written(&server);
    let adopted = legacy.adopt_into(&store).await.unwrap();
    assert_eq!((adopted.keys, adopted.versions, &adopted.foreign[..]), (2, 5, &["sessions".to_owned()][..]));
    let expected = [(4, "1e+16"), (3, "{\"rps\": 2}"), (2, "{\"rps\": 2}"), (1, "{\"rps\": 1}")];
    let found = history(&store, "limits").await;
    assert_eq!(found, expected.map(|(number, text)| (number, text.to_owned())));
    let region = store.fetch::<String>("region").await.unwrap().unwrap();
    assert_eq!((&*region.value, region.version.number), ("eu", 1));
    assert_eq!(region.message, "version 1 of the older layout");
    assert_eq!(cli.integer(&["LLEN", "config:limits"]).unwrap(), 4, "nothing is taken away");

    let again = legacy.adopt_into(&store).await.unwrap();
    assert_eq!((again.keys, again.versions), (2, 0));
    // Python goes on; and a key that it deletes stays.
    cli.call(&["RPUSH", "config:limits", "5"]).unwrap();
    cli.call(&["SET", "config:new", "1"]).unwrap();
    cli.call(&["DEL", "config:region"]).unwrap();
    let later = legacy.adopt_into(&store).await.unwrap();
    assert_eq!((later.keys, later.versions), (2, 2));
    let limits = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((limits.value, limits.version.number), (5, 5));
    let region = store.fetch::<String>("region").await.unwrap();
    assert!(region.is_some());
}

#[dual]
async fn adopt(store: ConfigStore, legacy: LegacyStore) {
    legacy.adopt_into(&store).await.unwrap();
}

#[dual]
#[scenario]
async fn several_that_take_over_at_once_do_it_once() {
    let server = fixture::server();
    let (store, legacy) = open(&server).await;
    let mut cli = server.cli().unwrap();
    for number in 1..=50 {
        cli.call(&["RPUSH", "config:limits", &number.to_string()]).unwrap();
    }
    for finished in concurrently!(4, adopt(store.clone(), legacy.clone())) {
        finished.unwrap();
    }
    let found = history(&store, "limits").await;
    let expected: Vec<_> = (1..=50).rev().map(|number| (number, number.to_string())).collect();
    assert_eq!(found, expected);
}

#[dual]
#[scenario]
async fn more_than_a_page_of_versions_comes_over() {
    let server = fixture::server();
    let (store, legacy) = open(&server).await;
    let mut cli = server.cli().unwrap();
    for number in 1..=250 {
        cli.call(&["RPUSH", "config:limits", &number.to_string()]).unwrap();
    }
    let adopted = legacy.adopt_into(&store).await.unwrap();
    let limits = store.fetch::<u64>("limits").await.unwrap().unwrap();
    assert_eq!((adopted.versions, limits.value, limits.version.number), (250, 250, 250));
}

#[dual]
#[scenario]
async fn a_key_that_holds_another_history_is_not_overwritten() {
    let server = fixture::server();
    let (store, legacy) = open(&server).await;
    let mut cli = written(&server);
    let mine = store.put("limits", &7).await.unwrap();
    let error = legacy.adopt_into(&store).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.key(), error.current()),
        (StoreErrorKind::Conflict, Some("limits"), Some(mine))
    );
    store.delete("limits").await.unwrap();
    let error = legacy.adopt_into(&store).await.unwrap_err();
    assert_eq!((error.kind(), error.current()), (StoreErrorKind::Conflict, None));

    // Compacted after it was taken over.
    cli.call(&["RENAME", "config:limits", "config:more"]).unwrap();
    legacy.adopt_into(&store).await.unwrap();
    cli.call(&["LTRIM", "config:more", "-2", "-1"]).unwrap();
    let error = legacy.adopt_into(&store).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (StoreErrorKind::Conflict, Some("more")));
}

#[dual]
#[scenario]
async fn a_trimmed_history_begins_with_what_is_left() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (store, _) = open(&server).await;
    let options = LegacyOptions::default().with_kept_versions();
    let legacy = LegacyStore::open_with(&redis, "config:", options);
    for number in 1..=5 {
        legacy.put("limits", &number).await.unwrap();
    }
    legacy.trim("limits", 2).await.unwrap();
    legacy.adopt_into(&store).await.unwrap();
    legacy.put("limits", &6).await.unwrap();
    let adopted = legacy.adopt_into(&store).await.unwrap();
    assert_eq!(adopted.versions, 1);
    let found = history(&store, "limits").await;
    assert_eq!(found, [(3, "6"), (2, "5"), (1, "4")].map(|(number, text)| (number, text.to_owned())));
    let entries = store.history("limits").await.unwrap();
    assert_eq!(entries[0].message(), "version 6 of the older layout");
}
