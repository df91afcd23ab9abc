//! Another program writes to the store's keys: watchers receive the damage, and what becomes of it.

use std::time::Duration;

use redis_config_store::{StoreOptions, Watch, WatchEvent, status::Freshness, watch::ResetReason};
use redis_testkit::{Options, Server};

use super::harm::{KEYS, call, is_reset, joins_damaged, open, server, suffers};
use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, Wait, eventually, notifying_options},
    scenario,
};

#[dual]
#[scenario]
async fn a_log_with_foreign_records_is_reported() {
    suffers(|server| call(server, &["XADD", KEYS[1], "9-0", "key", "limits"]), ResetReason::Disagreement)
        .await;
}

#[dual]
#[scenario]
async fn keys_that_hold_something_else_are_reported() {
    suffers(|server| call(server, &["SET", KEYS[0], "text"]), ResetReason::Foreign).await;
}

#[dual]
#[scenario]
async fn a_field_that_is_no_entry_is_reported() {
    suffers(|server| call(server, &["HSET", KEYS[0], "limits", "4"]), ResetReason::Foreign).await;
}

/// Rewrites the value of a key in the hash, and leaves its version.
fn rewrite(server: &Server, from: &str, to: &str) {
    let stored = server.cli().unwrap().text(&["HGET", KEYS[0], "limits"]).unwrap();
    let head = stored.strip_suffix(from).unwrap();
    call(server, &["HSET", KEYS[0], "limits", &format!("{head}{to}")]);
}

#[dual]
#[scenario]
async fn a_value_rewritten_by_hand_is_reported_and_so_is_its_repair() {
    let (server, store) = suffers(|server| rewrite(server, "3", "4"), ResetReason::Foreign).await;
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let error = store.state().await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let mut watcher = joins_damaged(&store, Watch::all(), ResetReason::Foreign).await;
    rewrite(&server, "4", "3");
    let event = watcher.next_event().await;
    let Some(WatchEvent::Gap(gap)) = event else { panic!("{event:?}") };
    assert_eq!(gap.state.get("limits").unwrap().decode::<u32>().unwrap(), 3);
    assert!(store.status().is_fresh());
}

#[dual]
#[scenario]
async fn changes_during_damage_are_reported_as_well() {
    let server = server();
    let store = open(&server).await;
    store.put("a", &1).await.unwrap();
    store.put("b", &1).await.unwrap();
    let stored = |key| server.cli().unwrap().text(&["HGET", KEYS[0], key]).unwrap();
    let (first, second) = (stored("a"), stored("b"));
    for watch in [Watch::all(), Watch::all().log()] {
        let mut watcher = store.watch(watch).await.unwrap();
        watcher.next_event().await.unwrap();
        call(&server, &["HSET", KEYS[0], "a", &format!("{first}!")]);
        is_reset(&mut watcher, ResetReason::Foreign, &["a"]).await;
        call(&server, &["HSET", KEYS[0], "b", &format!("{second}!")]);
        is_reset(&mut watcher, ResetReason::Foreign, &["b"]).await;
        call(&server, &["HSET", KEYS[0], "b", &second]);
        is_reset(&mut watcher, ResetReason::Foreign, &["b"]).await;
        call(&server, &["HSET", KEYS[0], "a", &first]);
        let event = watcher.next_event().await;
        assert!(matches!(event, Some(WatchEvent::Gap(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_loss_that_lasts_is_reported_once_and_what_is_committed_meanwhile_as_well() {
    let server = server();
    let store = open(&server).await;
    store.put("a", &0).await.unwrap();
    store.put("b", &0).await.unwrap();
    for (all, other) in [(Watch::all(), Watch::key("b")), (Watch::all().log(), Watch::key("b").log())] {
        let mut all = store.watch(all).await.unwrap();
        let mut other = store.watch(other).await.unwrap();
        all.next_event().await.unwrap();
        other.next_event().await.unwrap();
        call(&server, &["HSET", KEYS[0], "mine", "text"]);
        is_reset(&mut all, ResetReason::Foreign, &[]).await;
        is_reset(&mut other, ResetReason::Foreign, &[]).await;
        for _ in 0..3 {
            let put = store.update("a", |number: u32| number + 1).await.unwrap();
            let event = all.next_event().await;
            let Some(WatchEvent::Gap(gap)) = event else { panic!("{event:?}") };
            assert_eq!(gap.state.get("a").unwrap().version(), put);
        }
        call(&server, &["HDEL", KEYS[0], "mine"]);
        eventually("the store is fresh", || store.status().is_fresh()).await;
        store.update("b", |number: u32| number + 1).await.unwrap();
        let event = other.next_event().await;
        assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_log_that_was_further_once_is_damaged_and_says_so() {
    let (server, store) =
        suffers(|server| call(server, &["XADD", KEYS[1], "9-0", "a", "b"]), ResetReason::Disagreement).await;
    call(&server, &["XDEL", KEYS[1], "9-0"]);
    let error = store.put("limits", &7).await.unwrap_err();
    assert!(error.is_integrity() && error.outcome() == redis_service::Outcome::NotApplied, "{error}");
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!(read.value, 3);
}

/// Writes the records of a log anew, as docs/config-store.md says. `XSETID` does not go back behind a deleted record.
const REWRITE: &str = "local records = redis.call('XRANGE', KEYS[1], '-', '+') redis.call('DEL', KEYS[1]) \
    for _, record in ipairs(records) do redis.call('XADD', KEYS[1], record[1], unpack(record[2])) end";

#[dual]
#[scenario]
async fn a_log_that_is_ahead_of_its_last_record_is_reported_and_so_is_its_repair() {
    let adds_and_deletes = |server: &Server| {
        let mut cli = server.cli().unwrap();
        for command in
            [&["MULTI"][..], &["XADD", KEYS[1], "9-0", "a", "b"], &["XDEL", KEYS[1], "9-0"], &["EXEC"]]
        {
            cli.call(command).unwrap();
        }
    };
    let harms = [adds_and_deletes, |server: &Server| call(server, &["XSETID", KEYS[1], "9-0"])];
    for harm in harms {
        let (server, store) = suffers(harm, ResetReason::Disagreement).await;
        let error = store.put("limits", &7).await.unwrap_err();
        assert!(error.is_integrity(), "{error}");
        let status = store.status();
        assert!(
            matches!(status.freshness, Freshness::Reset(ResetReason::Disagreement)),
            "{:?}",
            status.freshness
        );
        let mut watchers = Vec::new();
        for store in [store.clone(), open(&server).await] {
            watchers.push(joins_damaged(&store, Watch::all(), ResetReason::Disagreement).await);
            watchers.push(joins_damaged(&store, Watch::all().log(), ResetReason::Disagreement).await);
        }
        call(&server, &["EVAL", REWRITE, "1", KEYS[1]]);
        eventually("the store is fresh", || store.status().is_fresh()).await;
        store.put("limits", &4).await.unwrap();
        for watcher in &mut watchers {
            let event = fixture::next_event(watcher, "the commit").await;
            assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
        }
    }
}

#[dual]
#[scenario]
async fn a_log_without_its_last_record_is_no_loss() {
    for harm in [&["XDEL", KEYS[1], "2-0"][..], &["XTRIM", KEYS[1], "MAXLEN", "0"]] {
        let server = server();
        let store = open(&server).await;
        for number in 1..=2 {
            store.put("limits", &number).await.unwrap();
        }
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        watcher.next_event().await.unwrap();
        call(&server, harm);
        let syncs = store.status().syncs;
        eventually("the store has asked again", || store.status().syncs > syncs + 1).await;
        assert!(store.status().is_fresh() && store.status().last_reset.is_none(), "{:?}", store.status());
        store.put("limits", &3).await.unwrap();
        let event = fixture::next_event(&mut watcher, "the commit").await;
        assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_foreign_record_holds_up_no_watcher() {
    let server = server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let mut watchers = Vec::new();
    for _ in 0..2 {
        let mut watcher = store.watch(Watch::all().log().buffer(1)).await.unwrap();
        // A value put before that would be part of the initial state.
        watcher.next_event().await.unwrap();
        watchers.push(watcher);
    }
    for number in 1..=5 {
        store.put("limits", &number).await.unwrap();
    }
    eventually("the store has revision 5", || store.status().revision >= 5).await;
    call(&server, &["XADD", KEYS[1], "5-7", "x", "y"]);
    store.put("limits", &6).await.unwrap();
    for watcher in &mut watchers {
        let mut events = 0;
        loop {
            let event = fixture::next_event(watcher, "the reset").await;
            events += 1;
            assert!(events < 100, "no reset among {events} events");
            if let Some(WatchEvent::Reset(reset)) = event {
                assert_eq!((reset.reason, reset.after.revision()), (ResetReason::LogBroken, 6));
                break;
            }
        }
    }
}

#[dual]
#[scenario]
async fn a_removed_value_is_found_also_while_others_commit() {
    let options = notifying_options();
    let server = Server::start(options.with_user("app", "secret", "~* &* +@all -client|tracking")).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(10));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("a", &1).await.unwrap();
    let mut watcher = store.watch(Watch::key("a")).await.unwrap();
    watcher.next_event().await.unwrap();
    let live = store.live::<u32>("a").await.unwrap();
    call(&server, &["HDEL", KEYS[0], "a"]);
    let mut number = 0;
    let wait = Wait::until("the live value reports the damage");
    while live.status().problem.is_none() {
        number += 1;
        store.put("b", &number).await.unwrap();
        wait.pause().await;
    }
    is_reset(&mut watcher, ResetReason::Foreign, &["a"]).await;
}

#[dual]
#[scenario]
async fn a_slow_watcher_receives_what_was_changed_past_the_log() {
    let server = server();
    let store = open(&server).await;
    store.put("a", &0).await.unwrap();
    store.put("b", &0).await.unwrap();
    let mut prompt = store.watch(Watch::all()).await.unwrap();
    let mut slow = store.watch(Watch::all().log().buffer(2)).await.unwrap();
    slow.next_event().await.unwrap();
    for number in 1..=4 {
        store.put("b", &number).await.unwrap();
    }
    call(&server, &["HDEL", KEYS[0], "a"]);
    let mut events = 0;
    loop {
        let event = fixture::next_event(&mut prompt, "the reset").await;
        events += 1;
        assert!(events < 100, "no reset among {events} events");
        if matches!(event, Some(WatchEvent::Reset(_))) {
            break;
        }
    }
    for number in 1..=4 {
        let event = slow.next_event().await;
        let Some(WatchEvent::Change(change)) = event else { panic!("{event:?}") };
        assert_eq!(change.revision, 2 + number);
    }
    is_reset(&mut slow, ResetReason::Foreign, &["a"]).await;
}

#[dual]
#[scenario]
async fn values_that_are_removed_or_added_past_the_store_are_reported() {
    let server = server();
    let store = open(&server).await;
    store.put("a", &1).await.unwrap();
    store.put("b", &1).await.unwrap();
    let live = store.live::<u32>("a").await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    let stored = server.cli().unwrap().text(&["HGET", KEYS[0], "a"]).unwrap();
    call(&server, &["HDEL", KEYS[0], "a"]);
    is_reset(&mut watcher, ResetReason::Foreign, &["a"]).await;
    eventually("the live value reports damage", || {
        live.status().problem.is_some_and(|problem| problem.is_integrity())
    })
    .await;
    assert_eq!(live.load().unwrap().value, 1);
    assert_eq!(store.status().last_reset, Some(ResetReason::Foreign));
    call(&server, &["HSET", KEYS[0], "c", &stored]);
    is_reset(&mut watcher, ResetReason::Foreign, &["c"]).await;
}

#[dual]
#[scenario]
async fn a_put_of_what_is_no_longer_there_puts_it() {
    let (server, store) = suffers(|server| rewrite(server, "3", "33"), ResetReason::Foreign).await;
    let put = store.put("limits", &3).await.unwrap();
    assert_eq!(put.number, 4);
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version), (3, put));
    drop(server);
}

#[dual]
#[scenario]
async fn without_tracking_a_rewritten_value_is_found_after_a_hundred_intervals() {
    let server =
        Server::start(Options::default().with_user("app", "secret", "~* &* +@all -client|tracking")).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(10));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &3).await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    rewrite(&server, "3", "4");
    let event = watcher.next_event().await;
    let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!(reset.reason, ResetReason::Foreign);
}
