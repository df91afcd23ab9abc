//! Watchers of every kind on one store, and a live value: what each was told, and what it holds then.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use redis_config_store::{State, Watch, WatchEvent, read::Entry, watch::ResetReason};

use crate::{ConfigStore, ListenerHandle, Live, dual, sleep};

/// An interval of the tests, and what a busy machine adds.
pub(crate) const SOON: Duration = Duration::from_secs(3);

/// The key that some of the watchers, and the live value, are about.
pub(crate) const KEY: &str = "limits";

pub(crate) struct Audience {
    store: ConfigStore,
    seats: Vec<Seat>,
    live: Live<u32>,
}

struct Seat {
    name: &'static str,
    wants: fn(&str) -> bool,
    heard: Arc<Mutex<Vec<WatchEvent>>>,
    _watching: ListenerHandle,
}

#[dual]
impl Audience {
    /// Everybody is there, and knows how things are.
    pub(crate) async fn join(store: &ConfigStore) -> Self {
        let all: fn(&str) -> bool = |_| true;
        let some: fn(&str) -> bool = |key| key.starts_with("lim");
        let one: fn(&str) -> bool = |key| key == KEY;
        let kinds = [
            ("all, state", Watch::all(), all),
            ("all, log", Watch::all().log(), all),
            ("all, log, little room", Watch::all().log().buffer(2), all),
            ("prefix, state", Watch::prefix("lim"), some),
            ("prefix, log", Watch::prefix("lim").log(), some),
            ("key, state", Watch::key(KEY), one),
            ("key, log", Watch::key(KEY).log(), one),
        ];
        let mut seats = Vec::new();
        for (name, watch, wants) in kinds {
            let heard = Arc::new(Mutex::new(Vec::new()));
            let ears = Arc::clone(&heard);
            let watcher = store.watch(watch).await.unwrap();
            let watching = watcher.on_change(move |event| ears.lock().unwrap().push(event));
            seats.push(Seat { name, wants, heard, _watching: watching });
        }
        let live = store.live(KEY).await.unwrap();
        let audience = Self { store: store.clone(), seats, live };
        audience.soon("has joined", |seat| !seat.heard.lock().unwrap().is_empty()).await;
        audience
    }

    /// Waits until every watcher was told of these losses, and of no others.
    pub(crate) async fn is_told(&self, reasons: &[ResetReason]) {
        self.soon(&format!("{reasons:?} are told"), |seat| seat.resets() == reasons).await;
    }

    /// Waits until every watcher, and the live value, holds what `state` is.
    pub(crate) async fn holds(&self, state: &State) {
        let wanted = |seat: &Seat| live_keys(state, seat.wants);
        self.soon(&format!("holds {state:?}"), |seat| seat.held() == wanted(seat)).await;
        let Some(entry) = state.get(KEY) else { return self.live_value_is_not_said_to_be_current() };
        let started = Instant::now();
        loop {
            let status = self.live.status();
            let is_equal = status.version == Some(entry.version()) && status.problem.is_none();
            if is_equal && self.live.load().unwrap().value == entry.decode::<u32>().unwrap() {
                return;
            }
            assert!(started.elapsed() < SOON, "{status:?} instead of {entry:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until something is so for everybody.
    async fn soon(&self, what: &str, is_so: impl Fn(&Seat) -> bool + Send + Sync) {
        let started = Instant::now();
        for seat in &self.seats {
            while !is_so(seat) {
                let heard = seat.heard.lock().unwrap().clone();
                assert!(started.elapsed() < SOON, "{}: in vain: {what}; told {heard:#?}", seat.name);
                sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Nobody was told anything but how things were when they came, and commits.
    pub(crate) fn heard_of_commits_alone(&self) {
        for seat in &self.seats {
            let heard = seat.heard.lock().unwrap();
            let is_commit =
                |event: &WatchEvent| matches!(event, WatchEvent::Initial(_) | WatchEvent::Change(_));
            assert!(heard.iter().all(is_commit), "{}: {heard:#?}", seat.name);
        }
    }

    /// How many commits each of those was told that are told every commit.
    pub(crate) fn commits_told_one_by_one(&self) -> Vec<usize> {
        let logs = self.seats.iter().filter(|seat| seat.name.contains("log"));
        let count = |seat: &Seat| {
            let heard = seat.heard.lock().unwrap();
            heard.iter().filter(|event| matches!(event, WatchEvent::Change(_))).count()
        };
        logs.map(count).collect()
    }

    /// Nobody deleted it: the last good value stays.
    fn live_value_is_not_said_to_be_current(&self) {
        let status = self.live.status();
        assert!(self.live.load().is_some() && !status.is_fresh(), "{status:?}");
        assert!(!self.store.status().is_fresh() || status.problem.is_some(), "{status:?}");
        self.live.load_within(Duration::from_secs(3600)).unwrap_err();
    }
}

impl Seat {
    fn resets(&self) -> Vec<ResetReason> {
        let heard = self.heard.lock().unwrap();
        let reasons = heard.iter().filter_map(|event| match event {
            WatchEvent::Reset(reset) => Some(reset.reason),
            _ => None,
        });
        reasons.collect()
    }

    /// What somebody holds who does as told. Each thing told must follow from what was told before.
    fn held(&self) -> BTreeMap<String, Arc<Entry>> {
        let name = self.name;
        let mut held = BTreeMap::new();
        for event in self.heard.lock().unwrap().iter() {
            match event {
                WatchEvent::Initial(state) => held = live_keys(state, self.wants),
                WatchEvent::Change(change) => {
                    for key in &change.keys {
                        let before = key.before.as_ref().filter(|before| !before.is_deletion());
                        assert_eq!(held.get(&key.key), before, "{name}");
                        match key.value() {
                            Some(value) => held.insert(key.key.clone(), Arc::clone(value)),
                            None => held.remove(&key.key),
                        };
                    }
                }
                WatchEvent::Gap(gap) => held = live_keys(&gap.state, self.wants),
                WatchEvent::Reset(reset) => {
                    assert_eq!(held, live_keys(&reset.before, |_| true), "{name}");
                    held = live_keys(&reset.after, |_| true);
                }
                other => panic!("{other:?}"),
            }
        }
        held
    }
}

fn live_keys(state: &State, wants: fn(&str) -> bool) -> BTreeMap<String, Arc<Entry>> {
    let wanted = state.iter().filter(|(key, _)| wants(key));
    wanted.map(|(key, entry)| (key.to_owned(), Arc::clone(entry))).collect()
}
