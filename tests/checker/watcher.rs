//! Watchers of every kind, and values that are kept current.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_config_store::Watch;

use super::{ConfigStore, Live, Watcher, dual, sleep};
use crate::{
    book::{Book, Diary},
    history::{Items, Value, Wants},
    plan::{COUNTERS, FREE, PAIR, PATIENCE},
    seen_of,
};

/// After this number of events a slow watcher pauses.
const SLOW: u64 = 24;
const REST: Duration = Duration::from_millis(150);

/// Watches until the store is closed, and records every event.
#[dual]
pub(super) async fn follow(mut watcher: Watcher, diary: Arc<Diary>, is_slow: bool) {
    let mut events: u64 = 0;
    while let Some(event) = watcher.next_event().await {
        diary.enter(seen_of(event));
        events += 1;
        if is_slow && events.is_multiple_of(SLOW) {
            sleep(REST).await;
        }
    }
}

/// All kinds of watchers, and whether each is slow.
pub(super) fn kinds() -> Vec<(Watch, Arc<Diary>, bool)> {
    let [pair, count] = [Wants::Prefix("pair."), Wants::Key(COUNTERS[0])];
    let kinds = [
        ("all, state", Wants::All, Watch::all(), false, false),
        ("all, state, slow", Wants::All, Watch::all(), false, true),
        ("all, log", Wants::All, Watch::all().log(), true, false),
        ("all, log, slow, little room", Wants::All, Watch::all().log().buffer(4), true, true),
        ("prefix, state", pair, Watch::prefix("pair."), false, false),
        ("prefix, log", pair, Watch::prefix("pair.").log(), true, false),
        ("key, state", count, Watch::key(COUNTERS[0]), false, false),
        ("key, log", count, Watch::key(COUNTERS[0]).log(), true, false),
    ];
    let diary =
        |(name, wants, watch, is_log, is_slow)| (watch, Arc::new(Diary::new(name, wants, is_log)), is_slow);
    kinds.into_iter().map(diary).collect()
}

/// Waits until every watcher holds what the server holds, and records a violation for each that does not.
#[dual]
pub(super) async fn converge(
    store: &ConfigStore,
    diaries: &[Arc<Diary>],
    lives: &Lives,
    items: &Items,
    book: &Book,
) {
    let until = Instant::now() + PATIENCE;
    loop {
        let behind: Vec<_> =
            diaries.iter().filter(|diary| !diary.holds(items)).map(|diary| diary.name).collect();
        let wrong = lives.differ(items);
        let status = store.status();
        if behind.is_empty() && wrong.is_empty() && status.is_fresh() {
            return;
        }
        if Instant::now() > until {
            book.violated(format!("in the end behind: {behind:?}, live {wrong:?}, {status:?}"));
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// A value for each key that is kept current.
pub(super) struct Lives(Vec<(&'static str, Live<Value>)>);

#[dual]
impl Lives {
    pub(super) async fn of(store: &ConfigStore) -> Self {
        let mut lives = Vec::new();
        for key in COUNTERS.iter().chain(&PAIR).chain(&FREE) {
            lives.push((*key, store.live(key).await.expect("a healthy server")));
        }
        Self(lives)
    }

    /// Which are not what they should be: a value that was lost stays, and is not said to be current.
    fn differ(&self, items: &Items) -> Vec<&'static str> {
        let differs = |(key, live): &(&'static str, Live<Value>)| {
            let status = live.status();
            let is_right = match (items.get(*key), live.load()) {
                (Some(item), Some(held)) => {
                    (held.version.number, &held.value.token) == (item.number, &item.token)
                        && status.problem.is_none()
                }
                (None, held) => held.is_none() || status.problem.is_some(),
                (Some(_), None) => false,
            };
            (!is_right).then_some(*key)
        };
        self.0.iter().filter_map(differs).collect()
    }
}
