//! Watchers of every kind on one store, and a live value: the events that each received, and what it holds after them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use redis_config_store::{State, Watch, WatchEvent, read::Entry, watch::ResetReason};

use crate::{ConfigStore, ListenerHandle, Live, dual, fixture::HOUR, sleep};

/// An interval of the tests, plus the delay of a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(3);

/// The key of the live value and of some watchers.
pub(crate) const KEY: &str = "limits";

pub(crate) struct WatcherPanel {
    store: ConfigStore,
    watchers: Vec<PanelWatcher>,
    live: Live<u32>,
}

struct PanelWatcher {
    name: &'static str,
    wants: fn(&str) -> bool,
    received: Arc<Mutex<Vec<WatchEvent>>>,
    _handle: ListenerHandle,
}

#[dual]
impl WatcherPanel {
    /// Starts all watchers, and waits until each has received the initial state.
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
        let mut watchers = Vec::new();
        for (name, watch, wants) in kinds {
            let received = Arc::new(Mutex::new(Vec::new()));
            let events = Arc::clone(&received);
            let handle =
                store.watch(watch).await.unwrap().on_change(move |event| events.lock().unwrap().push(event));
            watchers.push(PanelWatcher { name, wants, received, _handle: handle });
        }
        let live = store.live(KEY).await.unwrap();
        let panel = Self { store: store.clone(), watchers, live };
        panel.soon("has its initial state", |watcher| !watcher.received.lock().unwrap().is_empty()).await;
        panel
    }

    /// Waits until every watcher has received these resets, and no others.
    pub(crate) async fn receives_resets(&self, reasons: &[ResetReason]) {
        self.soon(&format!("has received {reasons:?}"), |watcher| watcher.resets() == reasons).await;
    }

    /// Waits until every watcher and the live value hold `state`.
    pub(crate) async fn holds(&self, state: &State) {
        let wanted = |watcher: &PanelWatcher| live_keys(state, watcher.wants);
        self.soon(&format!("holds {state:?}"), |watcher| watcher.held() == wanted(watcher)).await;
        let Some(entry) = state.get(KEY) else { return self.live_value_is_lost() };
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

    /// Waits until a condition holds for every watcher.
    async fn soon(&self, what: &str, is_so: impl Fn(&PanelWatcher) -> bool + Send + Sync) {
        let started = Instant::now();
        for watcher in &self.watchers {
            while !is_so(watcher) {
                let received = watcher.received.lock().unwrap().clone();
                assert!(
                    started.elapsed() < SOON,
                    "{}: waited in vain until it {what}; received {received:#?}",
                    watcher.name
                );
                sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Checks that every watcher received only its initial state and commits.
    pub(crate) fn received_only_commits(&self) {
        for watcher in &self.watchers {
            let received = watcher.received.lock().unwrap();
            let is_commit =
                |event: &WatchEvent| matches!(event, WatchEvent::Initial(_) | WatchEvent::Change(_));
            assert!(received.iter().all(is_commit), "{}: {received:#?}", watcher.name);
        }
    }

    /// The number of commits that each watcher of the log received.
    pub(crate) fn commits_received_one_by_one(&self) -> Vec<usize> {
        let logs = self.watchers.iter().filter(|watcher| watcher.name.contains("log"));
        let count = |watcher: &PanelWatcher| {
            let received = watcher.received.lock().unwrap();
            received.iter().filter(|event| matches!(event, WatchEvent::Change(_))).count()
        };
        logs.map(count).collect()
    }

    /// The key was lost, not deleted: the last good value stays, and is not current.
    fn live_value_is_lost(&self) {
        let status = self.live.status();
        assert!(self.live.load().is_some() && !status.is_fresh(), "{status:?}");
        assert!(!self.store.status().is_fresh() || status.problem.is_some(), "{status:?}");
        self.live.load_within(HOUR).unwrap_err();
    }
}

impl PanelWatcher {
    fn resets(&self) -> Vec<ResetReason> {
        let received = self.received.lock().unwrap();
        let reasons = received.iter().filter_map(|event| match event {
            WatchEvent::Reset(reset) => Some(reset.reason),
            _ => None,
        });
        reasons.collect()
    }

    /// What a reader of the events holds after them. Checks that each event follows from those before.
    fn held(&self) -> BTreeMap<String, Arc<Entry>> {
        let name = self.name;
        let mut held = BTreeMap::new();
        for event in self.received.lock().unwrap().iter() {
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
