//! A watcher receives the state, then every change, in order and once, and nothing else.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use redis_config_store::{Commit, StoreOptions, Watch, WatchEvent, status::Notifications, watch::Change};
use redis_testkit::Server;

use crate::{
    ConfigStore, dual,
    fixture::{self, Wait, eventually},
    scenario,
};

#[dual]
async fn open(server: &Server) -> ConfigStore {
    let redis = fixture::connect(server).await;
    ConfigStore::open_with(&redis, "billing", StoreOptions::default()).await.unwrap()
}

fn change(event: Option<WatchEvent>) -> Change {
    match event {
        Some(WatchEvent::Change(change)) => change,
        other => panic!("{other:?}"),
    }
}

/// The keys of a change, with their numbers; 0 if they have no value.
fn numbers(change: &Change) -> Vec<(&str, u64)> {
    let number =
        |key: &redis_config_store::watch::KeyChange| key.value().map_or(0, |entry| entry.version().number);
    change.keys.iter().map(|key| (&*key.key, number(key))).collect()
}

#[dual]
#[scenario]
async fn one_initial_state_then_each_change_once_and_whole() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let writer = open(&server).await;
    writer.put("a", &1).await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    assert_eq!((state.revision(), state.len()), (1, 1));
    assert_eq!(state.get("a").unwrap().decode::<u32>().unwrap(), 1);
    for number in 2..=5 {
        let commit = Commit::new().put("a", &number).unwrap().put("b", &number).unwrap();
        writer.commit(commit).await.unwrap();
        let told = change(fixture::next_event(&mut watcher, "the next change").await);
        assert_eq!((told.revision, told.skipped), (number, 0));
        assert_eq!(numbers(&told), [("a", number), ("b", number - 1)]);
    }
    writer.delete("b").await.unwrap();
    let told = change(fixture::next_event(&mut watcher, "the next change").await);
    assert_eq!(numbers(&told), [("b", 0)]);
    assert!(told.keys[0].after.as_ref().unwrap().is_deletion());
    let status = store.status();
    assert!(status.is_fresh() && status.missed_hints == 0, "{status:?}");
    assert!(matches!(status.notifications, Notifications::Working), "{status:?}");
}

#[dual]
#[scenario]
async fn an_empty_namespace_is_an_initial_state_and_its_first_key_a_change() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let mut watcher = store.watch(Watch::key("limits").log()).await.unwrap();
    let event = watcher.next_event().await;
    let Some(WatchEvent::Initial(state)) = event else { panic!("{event:?}") };
    assert!(state.is_empty() && state.revision() == 0);
    open(&server).await.put("limits", &1).await.unwrap();
    let told = change(fixture::next_event(&mut watcher, "the next change").await);
    assert_eq!((told.revision, numbers(&told)), (1, vec![("limits", 1)]));
    assert!(told.keys[0].before.is_none());
}

#[dual]
#[scenario]
async fn filters_are_literal() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let writer = open(&server).await;
    let mut prefix = store.watch(Watch::prefix("a[b]*")).await.unwrap();
    let mut key = store.watch(Watch::key("a*")).await.unwrap();
    for watcher in [&mut prefix, &mut key] {
        watcher.next_event().await.unwrap();
    }
    for name in ["ab", "a", "a[b]", "aXb", "a[b]*c", "a*"] {
        writer.put(name, &1).await.unwrap();
    }
    let told = change(fixture::next_event(&mut prefix, "the next change").await);
    assert_eq!(numbers(&told), [("a[b]*c", 1)]);
    let told = change(fixture::next_event(&mut key, "the next change").await);
    assert_eq!(numbers(&told), [("a*", 1)]);
    writer.delete("a[b]*c").await.unwrap();
    let told = change(fixture::next_event(&mut prefix, "the next change").await);
    assert_eq!(numbers(&told), [("a[b]*c", 0)]);
}

#[dual]
#[scenario]
async fn a_burst_ends_on_the_last_value_with_the_number_skipped() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let writer = open(&server).await;
    let mut watcher = store.watch(Watch::key("limits")).await.unwrap();
    let mut log = store.watch(Watch::key("limits").log().buffer(16)).await.unwrap();
    watcher.next_event().await.unwrap();
    log.next_event().await.unwrap();
    for number in 1..=1000 {
        writer.put("limits", &number).await.unwrap();
    }
    let (mut seen, mut last) = (0, 0);
    while last < 1000 {
        let told = change(fixture::next_event(&mut watcher, "the next change").await);
        let number = told.keys[0].value().unwrap().version().number;
        assert!(number > last);
        assert_eq!(number, last + 1 + told.skipped);
        seen += 1 + told.skipped;
        last = number;
    }
    assert_eq!(seen, 1000);
    // A watcher of the log receives every change, however slow it is.
    for number in 1..=1000 {
        let told = change(fixture::next_event(&mut log, "the next change").await);
        assert_eq!((told.revision, told.skipped), (number, 0));
        assert_eq!(told.keys[0].value().unwrap().decode::<u64>().unwrap(), number);
        assert_eq!(told.keys[0].before.as_ref().map_or(0, |entry| entry.version().number), number - 1);
    }
}

#[dual]
#[scenario]
async fn no_event_follows_close() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let mut closed = store.watch(Watch::all()).await.unwrap();
    let mut ended = store.watch(Watch::all()).await.unwrap();
    closed.close();
    let event = closed.next_event().await;
    assert!(event.is_none());
    ended.next_event().await.unwrap();
    store.put("limits", &1).await.unwrap();
    store.close();
    let event = ended.next_event().await;
    assert!(event.is_none());
    let error = store.put("limits", &2).await.unwrap_err();
    assert_eq!(error.kind(), redis_config_store::StoreErrorKind::Closed);
    // The subscription's connection is gone.
    let channels = |server: &Server| {
        let reply = server.cli().unwrap().call(&["PUBSUB", "CHANNELS"]).unwrap();
        format!("{reply:?}")
    };
    eventually("no channel is subscribed to", || !channels(&server).contains("billing")).await;
}

#[dual]
#[scenario]
async fn closing_the_service_ends_its_watchers() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    redis.close().await;
    let event = watcher.next_event().await;
    assert!(event.is_none());
    let freshness = store.status().freshness;
    assert!(matches!(freshness, redis_config_store::status::Freshness::Fatal(_)), "{freshness:?}");
}

#[dual]
#[scenario]
async fn a_callback_is_called_until_it_is_closed_and_its_panics_stay_contained() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let (heard, hears) = mpsc::channel();
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let watcher = store.watch(Watch::all()).await.unwrap();
    let watching = watcher.on_change(move |event| {
        *counted.lock().unwrap() += 1;
        if let WatchEvent::Change(change) = event {
            heard.send(change.revision).unwrap();
            // Unlike panic!, it prints no message.
            if change.revision == 1 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        }
    });
    // A commit before the initial state would be part of it.
    eventually("the callback received the initial state", || *calls.lock().unwrap() > 0).await;
    let mut told = Vec::new();
    for number in [1, 2, 3] {
        store.put("limits", &number).await.unwrap();
        let wait = Wait::until("the callback received the change");
        while told.last() != Some(&number) {
            told.extend(hears.try_recv());
            wait.pause().await;
        }
    }
    assert_eq!(told, [1, 2, 3]);
    watching.close();
    store.put("limits", &4).await.unwrap();
    let mut other = store.watch(Watch::all()).await.unwrap();
    other.next_event().await.unwrap();
    assert_eq!(*calls.lock().unwrap(), 4);
}

#[dual]
#[scenario]
async fn a_watcher_that_begins_while_the_store_closes_sees_the_end() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await;
    for _ in 0..100 {
        let store = ConfigStore::open(&redis, "billing").await.unwrap();
        let closing = store.clone();
        let closed = std::thread::spawn(move || closing.close());
        match store.watch(Watch::all()).await {
            Ok(mut watcher) => while watcher.next_event().await.is_some() {},
            Err(error) => assert_eq!(error.kind(), redis_config_store::StoreErrorKind::Closed),
        }
        closed.join().unwrap();
    }
}

#[dual]
#[scenario]
async fn closing_waits_for_the_call_that_is_running() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let (told, tells) = mpsc::channel();
    let watcher = store.watch(Watch::all()).await.unwrap();
    let watching = watcher.on_change(move |_| {
        told.send("begun").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        told.send("ended").unwrap();
    });
    let mut heard = None;
    let wait = Wait::until("the callback has begun");
    while heard.is_none() {
        heard = tells.try_recv().ok();
        wait.pause().await;
    }
    watching.close();
    let heard: Vec<_> = heard.into_iter().chain(tells.try_iter()).collect();
    assert_eq!(heard, ["begun", "ended"]);
}

#[dual]
#[scenario]
async fn a_watcher_outlives_the_handle_that_made_it_and_nothing_outlives_both() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let writer = open(&server).await;
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    drop(store);
    watcher.next_event().await.unwrap();
    writer.put("limits", &1).await.unwrap();
    let told = change(fixture::next_event(&mut watcher, "the next change").await);
    assert_eq!(told.revision, 1);
    drop(watcher);
    let mut cli = server.cli().unwrap();
    let mut subscribers = || cli.text(&["CLIENT", "LIST", "TYPE", "pubsub"]).unwrap();
    eventually("no subscriber is left", || !subscribers().contains("name=redis-service")).await;
}
