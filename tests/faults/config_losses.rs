//! Redis loses configuration, forks it, or restores an older one: each is told by name, within an interval, and in
//! the end whoever watches holds what Redis holds.

use std::time::Duration;

use redis_config_store::{Commit, Event, Freshness, ResetReason, StoreOptions, Watch};
use redis_testkit::{Options, Proxy, Server, Value};

use super::audience::Audience;
use crate::{ConfigStore, RedisService, Watcher, dual, fixture, scenario, sleep};

const INTERVAL: Duration = Duration::from_millis(300);

const KEYS: [&str; 2] = ["{cs:billing}:cur", "{cs:billing}:log"];

/// A server that announces nothing: what is found is found by looking.
fn server() -> Server {
    fixture::server()
}

#[dual]
async fn open(server: &Server) -> ConfigStore {
    let redis = fixture::connect(server).await;
    let options = StoreOptions::default().interval(INTERVAL).history(5);
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Both keys, as Redis keeps them.
fn dump(server: &Server) -> Vec<Vec<u8>> {
    let dump = |key: &&str| match server.cli().unwrap().call(&["DUMP", key]).unwrap() {
        Value::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    KEYS.iter().map(dump).collect()
}

/// Puts both keys back as they were, in one step.
fn restore(server: &Server, dump: &[Vec<u8>]) {
    let mut cli = server.cli().unwrap();
    cli.call(&["MULTI"]).unwrap();
    for (key, bytes) in KEYS.iter().zip(dump) {
        cli.call(&[b"RESTORE", key.as_bytes(), b"0", bytes, b"REPLACE"]).unwrap();
    }
    cli.call(&["EXEC"]).unwrap();
}

/// Has something done to a namespace of three commits, by `harm`, and looks at what watchers are told.
#[dual]
async fn suffers(harm: fn(&Server), reason: ResetReason) -> (Server, ConfigStore) {
    let server = server();
    let store = open(&server).await;
    for number in 1..=3 {
        store.put("limits", &number).await.unwrap();
    }
    let audience = Audience::join(&store).await;
    harm(&server);
    audience.is_told(&[reason]).await;
    // What is damaged cannot be read as a whole.
    let there = store.state().await.unwrap_or_default();
    audience.holds(&there).await;
    assert_eq!(store.status().last_reset, Some(reason));
    (server, store)
}

/// Begins to watch a namespace that is damaged, and is told so.
#[dual]
async fn joins_damaged(store: &ConfigStore, watch: Watch, damage: ResetReason) -> Watcher {
    let mut watcher = store.watch(watch).await.unwrap();
    let event = watcher.next_event().await;
    let Some(Event::Initial(state)) = event else { panic!("{event:?}") };
    let event = watcher.next_event().await;
    let Some(Event::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.before, reset.keys.len()), (damage, state, 0));
    watcher
}

fn call(server: &Server, command: &[&str]) {
    server.cli().unwrap().call(command).unwrap();
}

#[dual]
#[scenario]
async fn a_flush_is_told_and_so_is_what_comes_after() {
    let (_server, store) = suffers(|server| call(server, &["FLUSHALL"]), ResetReason::Emptied).await;
    let status = store.status();
    assert!(matches!(status.freshness, Freshness::Reset(ResetReason::Emptied)), "{status:?}");
    let live = store.live::<u32>("limits").await.unwrap();
    assert!(live.load().is_none());
    assert!(live.status().problem.unwrap().is_integrity());
    let mut watcher = joins_damaged(&store, Watch::all().log(), ResetReason::Emptied).await;
    let put = store.put("limits", &7).await.unwrap();
    assert_eq!(put.number, 1);
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(Event::Change(_))), "{event:?}");
    while live.load().is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(live.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_flushed_database_is_told() {
    suffers(|server| call(server, &["FLUSHDB"]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn deleted_keys_are_told() {
    suffers(|server| call(server, &["DEL", KEYS[0], KEYS[1]]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn keys_that_are_renamed_away_are_told() {
    let harm = |server: &Server| {
        let mut cli = server.cli().unwrap();
        cli.call(&["MULTI"]).unwrap();
        cli.call(&["RENAME", KEYS[0], "{cs:billing}:cur-away"]).unwrap();
        cli.call(&["RENAME", KEYS[1], "{cs:billing}:log-away"]).unwrap();
        cli.call(&["EXEC"]).unwrap();
    };
    suffers(harm, ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn keys_that_expire_are_told() {
    let harm = |server: &Server| {
        // Due when they are set to: both are gone at once, whenever anybody looks.
        let mut cli = server.cli().unwrap();
        cli.call(&["MULTI"]).unwrap();
        KEYS.iter().for_each(|key| drop(cli.call(&["PEXPIREAT", key, "1"]).unwrap()));
        cli.call(&["EXEC"]).unwrap();
    };
    suffers(harm, ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn an_expired_log_is_told() {
    suffers(|server| call(server, &["PEXPIRE", KEYS[1], "1"]), ResetReason::LogLost).await;
}

/// Announced by nothing at all.
#[dual]
#[scenario]
async fn a_database_that_is_swapped_for_an_empty_one_is_told() {
    suffers(|server| call(server, &["SWAPDB", "0", "1"]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn a_server_that_comes_back_empty_is_told() {
    let harm = |server: &Server| {
        server.kill().unwrap();
        server.restart().unwrap();
    };
    suffers(harm, ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn lost_values_are_told() {
    let (_server, store) =
        suffers(|server| call(server, &["UNLINK", KEYS[0]]), ResetReason::ValuesLost).await;
    let error = store.put("limits", &4).await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let status = store.status();
    assert!(matches!(status.freshness, Freshness::Reset(ResetReason::ValuesLost)), "{status:?}");
}

#[dual]
#[scenario]
async fn expired_values_are_told() {
    suffers(|server| call(server, &["PEXPIRE", KEYS[0], "1"]), ResetReason::ValuesLost).await;
}

#[dual]
#[scenario]
async fn a_renamed_log_is_told() {
    let (server, store) =
        suffers(|server| call(server, &["RENAME", KEYS[1], "away"]), ResetReason::LogLost).await;
    // Told once; and mended by whoever did it.
    let mut watcher = joins_damaged(&store, Watch::all(), ResetReason::LogLost).await;
    sleep(INTERVAL * 2).await;
    call(&server, &["RENAME", "away", KEYS[1]]);
    store.put("limits", &4).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(Event::Change(_))), "{event:?}");
    assert!(store.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_log_that_somebody_else_writes_to_is_told() {
    suffers(|server| call(server, &["XADD", KEYS[1], "9-0", "key", "limits"]), ResetReason::Disagreement)
        .await;
}

#[dual]
#[scenario]
async fn keys_that_somebody_else_uses_are_told() {
    suffers(|server| call(server, &["SET", KEYS[0], "text"]), ResetReason::Foreign).await;
}

#[dual]
#[scenario]
async fn a_field_that_is_no_entry_is_told() {
    suffers(|server| call(server, &["HSET", KEYS[0], "limits", "4"]), ResetReason::Foreign).await;
}

/// Rewrites the value of a key in the hash, whose version stays as it is.
fn rewrite(server: &Server, from: &str, to: &str) {
    let stored = server.cli().unwrap().text(&["HGET", KEYS[0], "limits"]).unwrap();
    let head = stored.strip_suffix(from).unwrap();
    call(server, &["HSET", KEYS[0], "limits", &format!("{head}{to}")]);
}

#[dual]
#[scenario]
async fn a_value_that_is_rewritten_by_hand_is_told_and_so_is_that_it_was_mended() {
    let (server, store) = suffers(|server| rewrite(server, "3", "4"), ResetReason::Foreign).await;
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let error = store.state().await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let mut watcher = joins_damaged(&store, Watch::all(), ResetReason::Foreign).await;
    rewrite(&server, "4", "3");
    let event = watcher.next_event().await;
    let Some(Event::Gap(gap)) = event else { panic!("{event:?}") };
    assert_eq!(gap.state.get("limits").unwrap().decode::<u32>().unwrap(), 3);
    assert!(store.status().is_fresh());
}

/// What a watcher of a and b is told next.
#[dual]
async fn is_reset(watcher: &mut Watcher, reason: ResetReason, keys: &[&str]) {
    let event = watcher.next_event().await;
    let Some(Event::Reset(reset)) = event else { panic!("{event:?}") };
    let changed: Vec<_> = reset.keys.iter().map(|key| &*key.key).collect();
    assert_eq!((reset.reason, &*changed), (reason, keys));
}

#[dual]
#[scenario]
async fn what_changes_while_something_is_damaged_is_told_as_well() {
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
        assert!(matches!(event, Some(Event::Gap(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_loss_that_lasts_is_told_once_and_what_is_committed_meanwhile_as_well() {
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
            let Some(Event::Gap(gap)) = event else { panic!("{event:?}") };
            assert_eq!(gap.state.get("a").unwrap().version(), put);
        }
        call(&server, &["HDEL", KEYS[0], "mine"]);
        while !store.status().is_fresh() {
            sleep(Duration::from_millis(1)).await;
        }
        store.update("b", |number: u32| number + 1).await.unwrap();
        let event = other.next_event().await;
        assert!(matches!(event, Some(Event::Change(_))), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn a_loss_that_happens_again_is_told_again() {
    let server = server();
    let store = open(&server).await;
    store.put("a", &0).await.unwrap();
    let both = dump(&server);
    for watch in [Watch::all(), Watch::all().log(), Watch::key("other"), Watch::key("other").log()] {
        let mut watcher = store.watch(watch).await.unwrap();
        watcher.next_event().await.unwrap();
        for _ in 0..2 {
            call(&server, &["DEL", KEYS[1]]);
            is_reset(&mut watcher, ResetReason::LogLost, &[]).await;
            restore(&server, &both);
            while !store.status().is_fresh() {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

#[dual]
#[scenario]
async fn values_that_come_back_older_or_others_are_told_by_name() {
    for (shared, others, reason) in
        [(2, 0, ResetReason::Regressed), (2, 2, ResetReason::Forked), (0, 4, ResetReason::NewEpoch)]
    {
        let (server, elsewhere) = (server(), server());
        let store = open(&server).await;
        for number in 1..=4 {
            store.put("limits", &number).await.unwrap();
            if number == shared {
                restore(&elsewhere, &dump(&server));
            }
        }
        let other = open(&elsewhere).await;
        for number in 0..others {
            other.put("limits", &(100 + number)).await.unwrap();
        }
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        watcher.next_event().await.unwrap();
        call(&server, &["DEL", KEYS[0]]);
        is_reset(&mut watcher, ResetReason::ValuesLost, &["limits"]).await;
        restore(&server, &dump(&elsewhere));
        is_reset(&mut watcher, reason, &["limits"]).await;
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

#[dual]
#[scenario]
async fn a_record_of_somebody_else_holds_up_no_watcher() {
    let server = server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let mut watchers = Vec::new();
    for _ in 0..2 {
        watchers.push(store.watch(Watch::all().log().buffer(1)).await.unwrap());
    }
    for number in 1..=5 {
        store.put("limits", &number).await.unwrap();
    }
    while store.status().revision < 5 {
        sleep(Duration::from_millis(1)).await;
    }
    call(&server, &["XADD", KEYS[1], "5-7", "x", "y"]);
    store.put("limits", &6).await.unwrap();
    for watcher in &mut watchers {
        loop {
            let event = watcher.next_event().await;
            if let Some(Event::Reset(reset)) = event {
                assert_eq!((reset.reason, reset.after.revision()), (ResetReason::LogBroken, 6));
                break;
            }
        }
    }
}

#[dual]
#[scenario]
async fn a_removed_value_is_found_also_while_others_commit() {
    let options = Options::default().config("notify-keyspace-events", "Ktgxe");
    let server = Server::start(options.user("app", "secret", "~* &* +@all -client|tracking")).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let options = StoreOptions::default().interval(Duration::from_millis(10));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("a", &1).await.unwrap();
    let mut watcher = store.watch(Watch::key("a")).await.unwrap();
    watcher.next_event().await.unwrap();
    let live = store.live::<u32>("a").await.unwrap();
    call(&server, &["HDEL", KEYS[0], "a"]);
    let mut number = 0;
    while live.status().problem.is_none() {
        number += 1;
        store.put("b", &number).await.unwrap();
        sleep(Duration::from_millis(3)).await;
    }
    is_reset(&mut watcher, ResetReason::Foreign, &["a"]).await;
}

#[dual]
#[scenario]
async fn whoever_is_slow_is_told_what_was_changed_past_the_log() {
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
    loop {
        let event = prompt.next_event().await;
        if matches!(event, Some(Event::Reset(_))) {
            break;
        }
    }
    for number in 1..=4 {
        let event = slow.next_event().await;
        let Some(Event::Change(change)) = event else { panic!("{event:?}") };
        assert_eq!(change.revision, 2 + number);
    }
    is_reset(&mut slow, ResetReason::Foreign, &["a"]).await;
}

#[dual]
#[scenario]
async fn values_that_are_removed_or_added_past_the_store_are_told() {
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
    while !live.status().problem.is_some_and(|problem| problem.is_integrity()) {
        sleep(Duration::from_millis(1)).await;
    }
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
async fn reading_what_was_lost_is_an_error_and_not_nothing() {
    let (server, store) = suffers(|server| call(server, &["DEL", KEYS[0]]), ResetReason::ValuesLost).await;
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let error = store.update("limits", |number: u32| number).await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let live = store.live::<u32>("limits").await.unwrap();
    let error = live.load_within(Duration::from_secs(3600)).unwrap_err();
    assert!(error.is_integrity() && live.load().is_none(), "{error}");
    call(&server, &["SET", KEYS[0], "text"]);
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    call(&server, &["DEL", KEYS[0], KEYS[1]]);
    let nothing = store.fetch::<u32>("limits").await.unwrap();
    assert!(nothing.is_none());
    // What the value was is not known, but that it is not there now.
    store.put("other", &1).await.unwrap();
    while live.status().problem.is_some() {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(live.load_within(Duration::from_secs(3600)).unwrap().is_none());
}

#[dual]
#[scenario]
async fn whoever_does_not_listen_to_losses_keeps_a_bounded_number_of_them() {
    let server = server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open_with(&redis, "billing", StoreOptions::default().history(1)).await.unwrap();
    let commit = |number| Commit::new().put("a", &number).unwrap().put("b", &number).unwrap();
    store.commit(commit(1)).await.unwrap();
    let mut log = store.watch(Watch::all().log().buffer(4)).await.unwrap();
    log.next_event().await.unwrap();
    for number in 2..=50 {
        store.commit(commit(number)).await.unwrap();
        // Each is a gap: what it follows is no longer in the log.
        while store.status().revision < number {
            sleep(Duration::from_millis(1)).await;
        }
    }
    let mut told = 0;
    loop {
        let event = log.next_event().await;
        told += 1;
        let Some(Event::Gap(gap)) = event else { panic!("{event:?}") };
        if gap.state.revision() == 50 {
            break;
        }
    }
    assert!(told <= 5, "{told}");
}

#[dual]
#[scenario]
async fn without_tracking_a_rewritten_value_is_found_after_a_hundred_intervals() {
    let server =
        Server::start(Options::default().user("app", "secret", "~* &* +@all -client|tracking")).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let options = StoreOptions::default().interval(Duration::from_millis(10));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &3).await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    watcher.next_event().await.unwrap();
    rewrite(&server, "3", "4");
    let event = watcher.next_event().await;
    let Some(Event::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!(reset.reason, ResetReason::Foreign);
}

/// What a watcher of three commits is told when both keys are replaced by those of a server on which `others` were
/// committed after the first `shared` of its own.
#[dual]
async fn is_replaced(shared: u64, others: u64, reason: ResetReason) {
    let (server, elsewhere) = (server(), server());
    let store = open(&server).await;
    let mut older = Vec::new();
    for number in 1..=3 {
        store.put("limits", &number).await.unwrap();
        if number == shared {
            older = dump(&server);
        }
    }
    if shared > 0 {
        restore(&elsewhere, &older);
    }
    let other = open(&elsewhere).await;
    for number in 0..others {
        other.put("limits", &(100 + number)).await.unwrap();
    }
    let audience = Audience::join(&store).await;
    restore(&server, &dump(&elsewhere));
    let there = other.state().await.unwrap();
    audience.is_told(&[reason]).await;
    audience.holds(&there).await;
    let put = store.put("limits", &0).await.unwrap();
    assert_eq!(put.revision, there.revision() + 1);
    let there = store.state().await.unwrap();
    audience.holds(&there).await;
    audience.is_told(&[reason]).await;
}

#[dual]
#[scenario]
async fn an_older_dump_is_told() {
    is_replaced(2, 0, ResetReason::Regressed).await;
}

#[dual]
#[scenario]
async fn another_commit_under_the_same_revision_is_told() {
    is_replaced(2, 1, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn other_commits_beyond_the_known_revision_are_told() {
    is_replaced(2, 3, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn another_namespace_in_its_place_is_told() {
    is_replaced(0, 3, ResetReason::NewEpoch).await;
}

#[dual]
#[scenario]
async fn a_log_with_a_hole_is_told() {
    let server = server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().interval(INTERVAL);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    let writer = open(&server).await;
    writer.put("limits", &0).await.unwrap();
    let mut log = store.watch(Watch::all().log()).await.unwrap();
    log.next_event().await.unwrap();
    proxy.refuse().unwrap();
    proxy.reset();
    for number in 1..=3 {
        writer.put("limits", &number).await.unwrap();
    }
    call(&server, &["XDEL", KEYS[1], "3-0"]);
    proxy.heal().unwrap();
    let event = log.next_event().await;
    let Some(Event::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.after.revision()), (ResetReason::LogBroken, 4));
}

#[dual]
#[scenario]
async fn a_log_that_was_trimmed_below_a_sleeping_watcher_is_a_gap() {
    let server = server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().interval(INTERVAL);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    let writer = open(&server).await;
    writer.put("limits", &0).await.unwrap();
    let mut state = store.watch(Watch::key("limits")).await.unwrap();
    let mut log = store.watch(Watch::all().log()).await.unwrap();
    state.next_event().await.unwrap();
    log.next_event().await.unwrap();
    proxy.refuse().unwrap();
    proxy.reset();
    for number in 1..=20 {
        writer.put("limits", &number).await.unwrap();
    }
    assert_eq!(server.cli().unwrap().integer(&["XLEN", KEYS[1]]).unwrap(), 5);
    proxy.heal().unwrap();
    for watcher in [&mut state, &mut log] {
        let event = watcher.next_event().await;
        let Some(Event::Gap(gap)) = event else { panic!("{event:?}") };
        assert_eq!((gap.from, gap.state.revision(), gap.skipped), (1, 21, 19));
        assert_eq!(gap.state.get("limits").unwrap().decode::<u32>().unwrap(), 20);
    }
}
