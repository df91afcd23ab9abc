//! A watcher is waited on for a limited time, and closed from another thread or task.

use std::{sync::mpsc, time::Duration};

use redis_config_legacy::{LegacyEvent, LegacyOptions};
use redis_config_store::{Watch, WatchEvent};

use crate::{
    ConfigStore, LegacyStore, LegacyWatcher, Task, Watcher, dual,
    fixture::{self, Wait, eventually},
    scenario,
};

/// Long enough on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Reads to the end, and sends how many events there were.
struct Reader {
    watcher: Watcher,
    ended: mpsc::Sender<u32>,
}

#[dual(AFIT)]
impl Task for Reader {
    const THREAD: &'static str = "reader";

    async fn run(mut self) {
        let mut events = 0;
        while self.watcher.next_event().await.is_some() {
            events += 1;
        }
        self.ended.send(events).unwrap();
    }
}

/// As [`Reader`], for the older layout.
struct LegacyReader {
    watcher: LegacyWatcher,
    ended: mpsc::Sender<u32>,
}

#[dual(AFIT)]
impl Task for LegacyReader {
    const THREAD: &'static str = "reader";

    async fn run(mut self) {
        let mut events = 0;
        while self.watcher.next_event().await.is_some() {
            events += 1;
        }
        self.ended.send(events).unwrap();
    }
}

#[dual]
async fn ended(ends: &mut mpsc::Receiver<u32>) -> u32 {
    let wait = Wait::until("the reader ends");
    loop {
        if let Ok(events) = ends.try_recv() {
            return events;
        }
        wait.pause().await;
    }
}

#[dual]
#[scenario]
async fn a_watcher_may_be_waited_on_for_a_while_only() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let mut watcher = store.watch(Watch::all()).await.unwrap();
    let event = watcher.next_within(SOON).await;
    assert!(matches!(event, Some(WatchEvent::Initial(_))), "{event:?}");
    for time in [Duration::ZERO, Duration::from_millis(20)] {
        let event = watcher.next_within(time).await;
        assert!(event.is_none() && !watcher.has_ended(), "{event:?}");
    }
    store.put("limits", &1).await.unwrap();
    let event = watcher.next_within(Duration::MAX).await;
    assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    store.close();
    let event = watcher.next_within(Duration::MAX).await;
    assert!(event.is_none() && watcher.has_ended(), "{event:?}");

    // The server announces no writes to such keys.
    let options = LegacyOptions::default().with_interval(Duration::from_millis(100));
    let old = LegacyStore::open_with(&redis, "config:", options);
    let mut watcher = old.watch(Watch::all()).await.unwrap();
    let event = watcher.next_within(SOON).await;
    assert!(matches!(event, Some(LegacyEvent::Initial(_))), "{event:?}");
    let event = watcher.next_within(Duration::from_millis(20)).await;
    assert!(event.is_none() && !watcher.has_ended(), "{event:?}");
    old.put("limits", &1).await.unwrap();
    let event = watcher.next_within(SOON).await;
    assert!(matches!(event, Some(LegacyEvent::Change(_))), "{event:?}");
    old.close();
    let event = watcher.next_within(Duration::MAX).await;
    assert!(event.is_none() && watcher.has_ended(), "{event:?}");
}

#[dual]
#[scenario]
async fn a_watcher_is_closed_while_another_thread_waits_for_its_events() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await;
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    let watcher = store.watch(Watch::all()).await.unwrap();
    let (closer, unused) = (watcher.closer(), watcher.closer());
    drop(unused);
    let (sender, mut ends) = mpsc::channel();
    redis.extension().spawn(Reader { watcher, ended: sender });
    let live = store.live::<u32>("limits").await.unwrap();
    store.put("limits", &1).await.unwrap();
    eventually("the change is followed", || live.load().is_some()).await;
    closer.close();
    let events = ended(&mut ends).await;
    assert!(events <= 2, "{events}");

    let old = LegacyStore::open(&redis, "config:");
    let watcher = old.watch(Watch::all()).await.unwrap();
    let closer = watcher.closer();
    let (sender, mut ends) = mpsc::channel();
    redis.extension().spawn(LegacyReader { watcher, ended: sender });
    closer.clone().close();
    let events = ended(&mut ends).await;
    assert!(events <= 1, "{events}");
    // Closing it again does nothing.
    closer.close();
}
