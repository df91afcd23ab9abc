//! Redis loses configuration, forks it, or restores an older one. Watchers receive the reason within an interval, and
//! in the end hold what Redis holds.

use redis_config_store::{Commit, StoreOptions, Watch, WatchEvent, status::Freshness, watch::ResetReason};
use redis_testkit::{Proxy, Server};

use super::{
    harm::{INTERVAL, KEYS, call, dump, is_reset, joins_damaged, open, restore, server, suffers},
    watcher_panel::WatcherPanel,
};
use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, HOUR, eventually},
    scenario, sleep,
};

#[dual]
#[scenario]
async fn a_flush_and_what_follows_are_reported() {
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
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    eventually("the live value is there", || live.load().is_some()).await;
    assert!(live.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_flushed_database_is_reported() {
    suffers(|server| call(server, &["FLUSHDB"]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn deleted_keys_are_reported() {
    suffers(|server| call(server, &["DEL", KEYS[0], KEYS[1]]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn keys_that_are_renamed_away_are_reported() {
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
async fn keys_that_expire_are_reported() {
    let harm = |server: &Server| {
        // Both expire at the same moment, so that no reader finds only one of them.
        let mut cli = server.cli().unwrap();
        cli.call(&["MULTI"]).unwrap();
        KEYS.iter().for_each(|key| drop(cli.call(&["PEXPIREAT", key, "1"]).unwrap()));
        cli.call(&["EXEC"]).unwrap();
    };
    suffers(harm, ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn an_expired_log_is_reported() {
    suffers(|server| call(server, &["PEXPIRE", KEYS[1], "1"]), ResetReason::LogLost).await;
}

/// Redis does not announce it.
#[dual]
#[scenario]
async fn a_database_that_is_swapped_for_an_empty_one_is_reported() {
    suffers(|server| call(server, &["SWAPDB", "0", "1"]), ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn a_server_that_comes_back_empty_is_reported() {
    let harm = |server: &Server| {
        server.kill().unwrap();
        server.restart().unwrap();
    };
    suffers(harm, ResetReason::Emptied).await;
}

#[dual]
#[scenario]
async fn lost_values_are_reported() {
    let (_server, store) =
        suffers(|server| call(server, &["UNLINK", KEYS[0]]), ResetReason::ValuesLost).await;
    let error = store.put("limits", &4).await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let status = store.status();
    assert!(matches!(status.freshness, Freshness::Reset(ResetReason::ValuesLost)), "{status:?}");
}

#[dual]
#[scenario]
async fn expired_values_are_reported() {
    suffers(|server| call(server, &["PEXPIRE", KEYS[0], "1"]), ResetReason::ValuesLost).await;
}

#[dual]
#[scenario]
async fn a_renamed_log_is_reported() {
    let (server, store) =
        suffers(|server| call(server, &["RENAME", KEYS[1], "away"]), ResetReason::LogLost).await;
    // Reported once. Renaming it back repairs it.
    let mut watcher = joins_damaged(&store, Watch::all(), ResetReason::LogLost).await;
    sleep(INTERVAL * 2).await;
    call(&server, &["RENAME", "away", KEYS[1]]);
    store.put("limits", &4).await.unwrap();
    let event = watcher.next_event().await;
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    assert!(store.status().is_fresh());
}

#[dual]
#[scenario]
async fn a_loss_that_happens_again_is_reported_again() {
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
            eventually("the store is fresh", || store.status().is_fresh()).await;
        }
    }
}

#[dual]
#[scenario]
async fn values_that_come_back_older_or_different_are_reported_by_key() {
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
async fn reading_what_was_lost_is_an_error_and_not_nothing() {
    let (server, store) = suffers(|server| call(server, &["DEL", KEYS[0]]), ResetReason::ValuesLost).await;
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let error = store.update("limits", |number: u32| number).await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    let live = store.live::<u32>("limits").await.unwrap();
    let error = live.load_within(HOUR).unwrap_err();
    assert!(error.is_integrity() && live.load().is_none(), "{error}");
    call(&server, &["SET", KEYS[0], "text"]);
    let error = store.fetch::<u32>("limits").await.unwrap_err();
    assert!(error.is_integrity(), "{error}");
    call(&server, &["DEL", KEYS[0], KEYS[1]]);
    let nothing = store.fetch::<u32>("limits").await.unwrap();
    assert!(nothing.is_none());
    // The earlier value is unknown; that there is none now is certain.
    store.put("other", &1).await.unwrap();
    eventually("the live value has no problem", || live.status().problem.is_none()).await;
    assert!(live.load_within(HOUR).unwrap().is_none());
}

#[dual]
#[scenario]
async fn a_watcher_that_does_not_read_keeps_a_bounded_number_of_losses() {
    let server = server();
    let redis = fixture::connect(&server).await;
    let store =
        ConfigStore::open_with(&redis, "billing", StoreOptions::default().with_history(1)).await.unwrap();
    let commit = |number| Commit::new().put("a", &number).unwrap().put("b", &number).unwrap();
    store.commit(commit(1)).await.unwrap();
    let mut log = store.watch(Watch::all().log().buffer(4)).await.unwrap();
    log.next_event().await.unwrap();
    for number in 2..=50 {
        store.commit(commit(number)).await.unwrap();
        // Each is a gap: its predecessor is no longer in the log.
        eventually("the store has the revision", || store.status().revision >= number).await;
    }
    let mut gaps = 0;
    loop {
        let event = fixture::next_event(&mut log, "the gap up to revision 50").await;
        gaps += 1;
        assert!(gaps <= 5, "{gaps}");
        let Some(WatchEvent::Gap(gap)) = event else { panic!("{event:?}") };
        if gap.state.revision() == 50 {
            break;
        }
    }
}

/// Replaces both keys by those of another server, which has the first `shared` commits and then `others` of its own, and
/// checks what a watcher of three commits receives.
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
    let panel = WatcherPanel::join(&store).await;
    restore(&server, &dump(&elsewhere));
    let there = other.state().await.unwrap();
    panel.receives_resets(&[reason]).await;
    panel.holds(&there).await;
    let put = store.put("limits", &0).await.unwrap();
    assert_eq!(put.revision, there.revision() + 1);
    let there = store.state().await.unwrap();
    panel.holds(&there).await;
    panel.receives_resets(&[reason]).await;
}

#[dual]
#[scenario]
async fn an_older_dump_is_reported() {
    is_replaced(2, 0, ResetReason::Regressed).await;
}

#[dual]
#[scenario]
async fn another_commit_under_the_same_revision_is_reported() {
    is_replaced(2, 1, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn other_commits_beyond_the_known_revision_are_reported() {
    is_replaced(2, 3, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn another_namespace_in_its_place_is_reported() {
    is_replaced(0, 3, ResetReason::NewEpoch).await;
}

#[dual]
#[scenario]
async fn a_log_with_a_hole_is_reported() {
    let server = server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
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
    let Some(WatchEvent::Reset(reset)) = event else { panic!("{event:?}") };
    assert_eq!((reset.reason, reset.after.revision()), (ResetReason::LogBroken, 4));
}

#[dual]
#[scenario]
async fn a_log_that_was_trimmed_below_a_sleeping_watcher_is_a_gap() {
    let server = server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
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
        let Some(WatchEvent::Gap(gap)) = event else { panic!("{event:?}") };
        assert_eq!((gap.from, gap.state.revision(), gap.skipped), (1, 21, 19));
        assert_eq!(gap.state.get("limits").unwrap().decode::<u32>().unwrap(), 20);
    }
}
