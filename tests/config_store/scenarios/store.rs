//! Configuration is put, changed and deleted: versions never fall, a failed expectation changes nothing, and a commit
//! is atomic.

use std::time::Duration;

use redis_config_store::{
    Commit, Expect, StoreErrorKind, StoreOptions, Watch, WatchEvent,
    commit::Effect,
    read::{ReadPolicy, Source},
    watch::ResetReason,
};
use redis_service::Outcome;
use redis_testkit::{Direction, Proxy, Scope, Server};
use serde::{Deserialize, Serialize};

use crate::{ConfigStore, RedisService, dual, fixture, fixture::next_event, scenario};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Limits {
    rps: u32,
}

#[dual]
pub(super) async fn open(server: &Server) -> ConfigStore {
    let redis = fixture::connect(server).await;
    ConfigStore::open(&redis, "billing").await.unwrap()
}

/// The revision in Redis, read past the store.
pub(super) fn revision(server: &Server) -> String {
    server.cli().unwrap().text(&["HGET", "{cs:billing}:cur", "#revision"]).unwrap()
}

#[dual]
#[scenario]
async fn the_first_put_is_version_one_and_comes_back_with_all_that_is_known_of_it() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = StoreOptions::default().with_author("ops");
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    assert_eq!((store.namespace(), redis.database()), ("billing", 0));
    let nothing = store.fetch::<Limits>("limits").await.unwrap();
    assert!(nothing.is_none());
    let first = store.put("limits", &Limits { rps: 100 }).await.unwrap();
    assert_eq!((first.number, first.revision), (1, 1));
    let read = store.fetch::<Limits>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version, read.source), (Limits { rps: 100 }, first, Source::Redis));
    assert_eq!((&*read.author, &*read.message, read.restores), ("ops", "", None));
    assert!(read.time.elapsed().unwrap() < Duration::from_secs(60));
    assert!(read.age < Duration::from_secs(60));
    let second = store.put("limits", &Limits { rps: 200 }).await.unwrap();
    assert_eq!((second.number, second.revision), (2, 2));
    assert_eq!(store.cached_version("limits"), Some(second));
}

#[dual]
#[scenario]
async fn the_same_value_is_no_new_version_unless_forced() {
    let server = fixture::server();
    let store = open(&server).await;
    let first = store.put("limits", &1).await.unwrap();
    let again = store.put("limits", &1).await.unwrap();
    assert_eq!((again, &*revision(&server)), (first, "1"));
    let unchanged = store.commit(Commit::new().put("limits", &1).unwrap()).await.unwrap();
    assert_eq!((unchanged.effect, unchanged.revision), (Effect::Unchanged, 1));
    let forced = store.commit(Commit::new().put("limits", &1).unwrap().forced()).await.unwrap();
    assert_eq!((forced.effect, forced.versions[0].number), (Effect::Done, 2));
}

#[dual]
#[scenario]
async fn a_failed_expectation_changes_nothing_and_returns_the_current_version() {
    let server = fixture::server();
    let store = open(&server).await;
    let first = store.put("limits", &1).await.unwrap();
    let second = store.put_if("limits", &2, first).await.unwrap();
    for stale in [Expect::Version(first), Expect::Absent, Expect::Number(1), Expect::Number(3)] {
        let error = store.put_if("limits", &3, stale).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.current(), error.key()),
            (StoreErrorKind::Conflict, Some(second), Some("limits"))
        );
    }
    let error = store.put_if("other", &3, Expect::Number(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.current()), (StoreErrorKind::Conflict, None));
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version, &*revision(&server)), (2, second, "2"));
    store.put_if("limits", &4, Expect::Number(2)).await.unwrap();
}

#[dual]
#[scenario]
async fn delete_and_recreate_rises() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("limits", &1).await.unwrap();
    let error = store.delete_if("limits", Expect::Number(99)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
    let deleted = store.delete("limits").await.unwrap();
    assert_eq!(deleted.number, 2);
    let nothing = store.fetch::<u32>("limits").await.unwrap();
    assert!(nothing.is_none() && store.cached_version("limits").is_none());
    let again = store.delete("limits").await.unwrap();
    assert_eq!((again.number, &*revision(&server)), (2, "2"));
    let error = store.put_if("limits", &1, deleted).await.unwrap_err();
    assert_eq!((error.kind(), error.current()), (StoreErrorKind::Conflict, None));
    let recreated = store.put_if("limits", &1, Expect::Absent).await.unwrap();
    assert_eq!(recreated.number, 3);
    let never = store.delete("never").await.unwrap();
    assert_eq!(never.number, 0);
}

#[dual]
#[scenario]
async fn a_commit_of_many_keys_is_all_or_nothing() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("c", &0).await.unwrap();
    let commit =
        Commit::new().put("a", &1).unwrap().put("b", &2).unwrap().delete("c").author("ops").message("why");
    assert_eq!((commit.len(), commit.is_empty()), (3, false));
    let committed = store.commit(commit).await.unwrap();
    let revisions: Vec<_> = committed.versions.iter().map(|version| version.revision).collect();
    assert_eq!((committed.revision, revisions), (2, vec![2, 2, 2]));
    let read = store.fetch::<u32>("b").await.unwrap().unwrap();
    assert_eq!((&*read.author, &*read.message, read.revision()), ("ops", "why", 2));

    let torn = Commit::new().put("a", &9).unwrap().put_if("b", &9, Expect::Absent).unwrap();
    let error = store.commit(torn).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (StoreErrorKind::Conflict, Some("b")));
    let state = store.state().await.unwrap();
    let values: Vec<_> = state.iter().map(|(key, entry)| (key, entry.bytes())).collect();
    assert_eq!((values, state.revision()), (vec![("a", &b"1"[..]), ("b", b"2")], 2));
    assert_eq!((state.len(), state.is_empty(), state.epoch().len()), (2, false, 32));
}

#[dual]
#[scenario]
async fn a_version_that_would_exceed_what_can_be_counted_is_refused() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("limits", &1).await.unwrap();
    store.put("other", &1).await.unwrap();
    let cli = || server.cli().unwrap();
    let entry = cli().text(&["HGET", "{cs:billing}:cur", "limits"]).unwrap();
    let last = entry.replacen('1', "9007199254740991", 1);
    cli().call(&["HSET", "{cs:billing}:cur", "limits", &last]).unwrap();
    let commit = Commit::new().put("other", &2).unwrap().put("limits", &2).unwrap();
    let error = store.commit(commit).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (StoreErrorKind::InvalidInput, Outcome::NotApplied),
        "{error}"
    );
    let read = store.fetch::<u32>("other").await.unwrap().unwrap();
    assert_eq!((read.value, &*revision(&server)), (1, "2"));
}

#[dual]
#[scenario]
async fn invalid_commits_are_refused_before_anything_is_sent() {
    let server = fixture::server();
    let store = open(&server).await;
    for commit in [
        Commit::new(),
        Commit::new().delete(""),
        Commit::new().delete("#head"),
        Commit::new().delete("a").delete("a"),
        Commit::new().delete("a").operation(""),
    ] {
        let error = store.commit(commit).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    }
    let error = store.fetch::<u32>("#head").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    let redis = fixture::connect(&server).await;
    let error = ConfigStore::open(&redis, "a}b").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidInput);
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn values_are_bytes_to_redis_and_come_back_as_they_are() {
    let server = fixture::server();
    let store = open(&server).await;
    let bytes: Vec<u8> = (0..=255).collect();
    let commit = Commit::new().put_bytes("raw", bytes.clone(), Expect::Any).author("a b\n").message("ü 1 2 ");
    store.commit(commit).await.unwrap();
    store.put("big", &9_007_199_254_740_993_u64).await.unwrap();
    store.put("float", &1.0).await.unwrap();
    let state = store.state().await.unwrap();
    let raw = state.get("raw").unwrap();
    assert_eq!((raw.bytes(), raw.author(), raw.message()), (&bytes[..], "a b\n", "ü 1 2 "));
    assert_eq!(state.get("big").unwrap().bytes(), b"9007199254740993");
    assert_eq!(state.get("float").unwrap().bytes(), b"1.0");
    let error = store.fetch::<u32>("raw").await.unwrap_err();
    assert_eq!((error.kind(), error.current()), (StoreErrorKind::Invalid, Some(raw.version())));
}

#[dual]
#[scenario]
async fn validators_refuse_at_publish_and_on_reading() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let check = |limits: &Limits| if limits.rps == 0 { Err("no room".to_owned()) } else { Ok(()) };
    let options = StoreOptions::default().with_validator("limits", check);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &Limits { rps: 1 }).await.unwrap();
    let error = store.put("limits", &Limits { rps: 0 }).await.unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("no room"), "{error}");
    let error = store.put("limits", "canary").await.unwrap_err();
    assert!(error.is_invalid() && !format!("{error} {error:?}").contains("canary"), "{error}");
    let careless = open(&server).await;
    let bad = careless.put("limits", &Limits { rps: 0 }).await.unwrap();
    let error = store.fetch::<Limits>("limits").await.unwrap_err();
    assert_eq!((error.is_invalid(), error.current(), error.key()), (true, Some(bad), Some("limits")));
}

#[dual]
#[scenario]
async fn reads_are_as_current_as_the_caller_needs() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let hasty = redis.with_deadline(Duration::from_millis(300));
    let store = ConfigStore::open(&hasty, "billing").await.unwrap();
    let other = open(&server).await;
    store.put("limits", &1).await.unwrap();
    other.put("limits", &2).await.unwrap();
    let minute = Duration::from_secs(60);
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (1, Source::Local));
    let known = store.fetch_with::<u32>("limits", ReadPolicy::FailIfStale(minute)).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (1, Source::Local));
    let asked =
        store.fetch_with::<u32>("limits", ReadPolicy::FailIfStale(Duration::ZERO)).await.unwrap().unwrap();
    assert_eq!((asked.value, asked.source), (2, Source::Redis));
    server.freeze().unwrap();
    let known = store.fetch_with::<u32>("limits", ReadPolicy::AllowStale(minute)).await.unwrap().unwrap();
    assert_eq!((known.value, known.source), (2, Source::Local));
    let error = store.fetch_with::<u32>("limits", ReadPolicy::AllowStale(Duration::ZERO)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    let error = store.fetch_with::<u32>("limits", ReadPolicy::FailIfStale(Duration::ZERO)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    server.thaw().unwrap();
}

#[dual]
#[scenario]
async fn damaged_keys_are_not_written_to_and_the_reason_is_that_of_a_watcher() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("limits", &1).await.unwrap();
    for (damage, reason) in [
        (&["RENAME", "{cs:billing}:log", "away"][..], ResetReason::LogLost),
        (&["XADD", "{cs:billing}:log", "5-0", "key", "limits"], ResetReason::Disagreement),
        (&["DEL", "{cs:billing}:cur"], ResetReason::ValuesLost),
        (&["SET", "{cs:billing}:cur", "text"], ResetReason::Foreign),
        (&["DEL", "{cs:billing}:cur"], ResetReason::ValuesLost),
        (&["HSET", "{cs:billing}:cur", "limits", "text"], ResetReason::Foreign),
    ] {
        let mut cli = server.cli().unwrap();
        cli.call(damage).unwrap();
        let error = store.put("limits", &2).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reset_reason()),
            (StoreErrorKind::Integrity, Some(reason)),
            "{error}"
        );
        let text = format!("put \"limits\": the keys in Redis are damaged: {reason:?}, {reason} (integrity)");
        assert_eq!(error.to_string(), text);
        let other = open(&server).await;
        let mut watcher = other.watch(Watch::all()).await.unwrap();
        let mut found = None;
        while found.is_none() {
            match next_event(&mut watcher, "a reset").await {
                Some(WatchEvent::Reset(reset)) => found = Some(reset.reason),
                event => assert!(event.is_some()),
            }
        }
        assert_eq!((found, other.status().last_reset), (Some(reason), Some(reason)));
        if matches!(reason, ResetReason::ValuesLost | ResetReason::Foreign) {
            let read = store.fetch::<u32>("limits").await.unwrap_err();
            let all = store.state().await.unwrap_err();
            assert_eq!(
                (read.reset_reason(), all.reset_reason()),
                (Some(reason), Some(reason)),
                "{read} {all}"
            );
        }
    }
}

#[dual]
#[scenario]
async fn a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    store.put("limits", &0).await.unwrap();
    for round in 1..=5 {
        redis.ping().await.unwrap();
        proxy.cut_after(Direction::ToClient, 0, Scope::Once);
        let commit = Commit::new().put("limits", &round).unwrap().forced();
        let committed = store.commit(commit).await.unwrap();
        assert_eq!(committed.versions[0].number, round + 1);
    }
}

#[dual]
#[scenario]
async fn a_commit_that_redis_refuses_has_changed_nothing_and_says_so() {
    let server = fixture::server();
    let store = ConfigStore::open(&fixture::connect(&server).await, "billing").await.unwrap();
    store.put("limits", &1).await.unwrap();
    server.cli().unwrap().call(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    let error = store.put("limits", &2).await.unwrap_err();
    assert_eq!(error.outcome(), redis_service::Outcome::NotApplied, "{error}");
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, read.version.number), (1, 1));
}
