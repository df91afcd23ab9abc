//! Several runtimes in one process: background tasks run on the one where the service was connected.

use std::{sync::mpsc, time::Duration};

use redis_config_store::{StoreErrorKind, Watch, WatchEvent, status::Freshness};
use redis_service::{
    ErrorKind,
    asynchronous::Subscription,
    pubsub::{Event, Gap},
    streams::{Consume, NewGroup, StreamEvent},
};
use tokio::runtime::{Builder, Handle, Id, Runtime};

use crate::{ConfigStore, Task, fixture};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn a_runtime_that_ends_takes_no_follower_of_another_with_it() {
    let server = fixture::server();
    let (home, passing) = (runtime(), runtime());
    let store = home.block_on(async {
        let redis = fixture::connect(&server).await;
        ConfigStore::open(&redis, "billing").await.unwrap()
    });
    passing.block_on(store.live::<u32>("limits")).unwrap();
    drop(passing);
    home.block_on(async {
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        watcher.next_event().await.unwrap();
        store.put("limits", &1).await.unwrap();
        let event = watcher.next_event().await;
        assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
    });
}

#[test]
fn a_store_outlives_the_runtime_that_it_was_opened_on() {
    let server = fixture::server();
    let (home, passing) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let (store, live) = passing.block_on(async {
        let store = ConfigStore::open(&redis, "billing").await.unwrap();
        let live = store.live::<u32>("limits").await.unwrap();
        (store, live)
    });
    drop(passing);
    home.block_on(async {
        let mut watcher = store.watch(Watch::all()).await.unwrap();
        watcher.next_event().await.unwrap();
        store.put("limits", &1).await.unwrap();
        let event = watcher.next_event().await;
        assert!(matches!(event, Some(WatchEvent::Change(_))), "{event:?}");
        fixture::eventually("the live value follows", || live.load().is_some_and(|value| value.value == 1))
            .await;
    });
}

#[test]
fn watchers_end_when_the_runtime_of_their_service_ends() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let store = other.block_on(ConfigStore::open(&redis, "billing")).unwrap();
    let mut watcher = other.block_on(store.watch(Watch::all())).unwrap();
    other.block_on(watcher.next_event()).unwrap();
    drop(home);
    assert!(other.block_on(watcher.next_event()).is_none());
    let freshness = store.status().freshness;
    let Freshness::Fatal(error) = freshness else { panic!("{freshness:?}") };
    assert_eq!(error.kind(), StoreErrorKind::Closed);
}

#[test]
fn where_nothing_can_run_that_is_said() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let store = other.block_on(ConfigStore::open(&redis, "billing")).unwrap();
    drop(home);
    let watched = other.block_on(store.watch(Watch::all()));
    let put = other.block_on(store.put("limits", &1));
    for error in [watched.map(drop).unwrap_err(), put.map(drop).unwrap_err()] {
        assert!(error.kind() == StoreErrorKind::Closed && error.to_string().contains("runtime"), "{error}");
    }
}

/// Sends the id of the runtime it runs on.
struct Where(mpsc::Sender<Id>);

impl Task for Where {
    const THREAD: &'static str = "where";

    async fn run(self) {
        self.0.send(Handle::current().id()).unwrap();
    }
}

#[test]
fn a_task_runs_where_the_service_was_connected_wherever_it_is_spawned() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let (tell, told) = mpsc::channel();
    other.block_on(async { redis.extension().spawn(Where(tell.clone())) });
    // Outside of any runtime.
    redis.namespace("app").extension().spawn(Where(tell.clone()));
    home.block_on(async { redis.extension().spawn(Where(tell)) });
    for _ in 0..3 {
        let ran = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(ran, home.handle().id());
    }
}

#[test]
fn nothing_is_spawned_where_nothing_can_run() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    drop(home);
    let (tell, told) = mpsc::channel();
    other.block_on(async { redis.extension().spawn(Where(tell)) });
    // The task was dropped, and its sender with it.
    assert_eq!(told.recv_timeout(Duration::from_secs(10)), Err(mpsc::RecvTimeoutError::Disconnected));
}

/// What the subscription returns next, which must be soon.
async fn next(subscription: &mut Subscription<Vec<u8>>) -> Option<Event<Vec<u8>>> {
    let next = tokio::time::timeout(Duration::from_secs(10), subscription.next_event()).await;
    next.expect("the subscription neither hears nor ends")
}

#[test]
fn a_subscription_ends_with_the_runtime_that_its_service_lives_on() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let mut idle = home.block_on(redis.subscribe_raw("news")).unwrap();
    let mut awaited = other.block_on(redis.subscribe_raw("news")).unwrap();
    let waiting = other.spawn(async move { next(&mut awaited).await });
    drop(home);
    for event in [other.block_on(next(&mut idle)), other.block_on(waiting).unwrap()] {
        let Some(Event::Ended(error)) = event else { panic!("{event:?}") };
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
    assert!(other.block_on(next(&mut idle)).is_none() && idle.has_ended());
    for error in [
        other.block_on(redis.subscribe::<u32>("news")).unwrap_err(),
        other.block_on(redis.subscribe_raw("news")).unwrap_err(),
        other.block_on(redis.subscribe_with("news", drop)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(error.operation().is_some_and(|operation| operation.starts_with("subscribe")), "{error}");
    }
}

#[test]
fn a_subscription_survives_the_runtime_that_it_was_made_on() {
    let server = fixture::server();
    let (home, passing) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let mut subscription = passing.block_on(redis.subscribe_raw("news")).unwrap();
    drop(passing);
    home.block_on(async {
        let event = next(&mut subscription).await;
        assert!(matches!(event, Some(Event::Gap(Gap::Reconnected))), "{event:?}");
        redis.publish_raw("news", "1").await.unwrap();
        let event = next(&mut subscription).await;
        assert_eq!(event.and_then(Event::into_payload), Some(b"1".to_vec()));
        redis.close().await;
        assert!(next(&mut subscription).await.is_none());
    });
}

#[test]
fn closures_hear_that_their_subscription_has_ended_with_a_runtime() {
    let server = fixture::server();
    let (home, passing, other) = (runtime(), runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let (tell, told) = mpsc::channel();
    let tells = |which: &'static str| {
        let tell = tell.clone();
        move |event| {
            assert!(matches!(event, Event::Ended(_)), "{event:?}");
            tell.send(which).unwrap();
        }
    };
    let subscribed = || home.block_on(redis.subscribe_raw("news")).unwrap();
    let (in_passing, elsewhere) = (subscribed(), subscribed());
    let in_passing = passing.block_on(async { in_passing.on_message(tells("in passing")) });
    let elsewhere = other.block_on(async { elsewhere.on_message(tells("elsewhere")) });
    let directly = home.block_on(redis.subscribe_with("news", tells("directly"))).unwrap();
    // The runtime of the closure, then that of the service.
    drop(passing);
    assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok("in passing"));
    drop(home);
    let mut ended: Vec<_> = (0..2).map(|_| told.recv_timeout(Duration::from_secs(10)).unwrap()).collect();
    ended.sort_unstable();
    assert_eq!(ended, ["directly", "elsewhere"]);
    drop((in_passing, elsewhere, directly));
}

#[test]
fn a_consumer_and_its_handler_hear_that_the_runtime_of_their_service_has_ended() {
    let server = fixture::server();
    let (home, other) = (runtime(), runtime());
    let redis = home.block_on(fixture::connect(&server));
    let group = redis.stream::<u32>("numbers").group("group");
    let by = |name: &str| Consume::by(name).create(NewGroup::from_end().with_stream());
    let mut consumer = home.block_on(group.consume(by("one"))).unwrap();
    let handled = home.block_on(group.consume(by("two"))).unwrap();
    let (tell, told) = mpsc::channel();
    let handler = move |event| {
        let StreamEvent::Ended(error) = event else { return Err(format!("{event:?}")) };
        tell.send(error.kind()).unwrap();
        Ok(())
    };
    let handle = other.block_on(async { handled.on_event(handler) });
    drop(home);
    let event = other.block_on(async { consumer.next_within(Duration::from_secs(10)).await });
    let Some(StreamEvent::Ended(error)) = event else { panic!("{event:?}") };
    assert_eq!((error.kind(), error.key()), (ErrorKind::Closed, Some("numbers")));
    assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(ErrorKind::Closed));
    let end = other.block_on(async { consumer.next_within(Duration::from_secs(10)).await });
    assert!(end.is_none() && consumer.has_ended());
    let error = other.block_on(group.consume(by("three"))).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Closed, Some("consume")));
    other.block_on(handle.close());
}
