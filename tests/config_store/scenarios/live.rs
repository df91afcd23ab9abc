//! A live value stays current without a call, and its status says whether it is.

use std::time::Duration;

use redis_config_store::{StoreOptions, read::Source, status::Freshness};
use redis_testkit::Server;

use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

fn options() -> StoreOptions {
    let check = |limits: &u32| if *limits == 0 { Err("no room".to_owned()) } else { Ok(()) };
    StoreOptions::default().with_interval(Duration::from_secs(30)).with_validator("limits", check)
}

#[dual]
async fn open(server: &Server) -> ConfigStore {
    let redis = fixture::connect(server).await;
    ConfigStore::open_with(&redis, "billing", options()).await.unwrap()
}

#[dual]
#[scenario]
async fn a_value_that_was_never_good_and_is_gone_is_no_problem_any_more() {
    let server = fixture::server();
    // A flush before the server tracks the keys is found by the next regular read only.
    let store = fixture::open_store(&server.url(), Duration::from_millis(300)).await;
    store.put("limits", &"text").await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert!(live.status().problem.unwrap().is_invalid());
    server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    store.put("other", &1).await.unwrap();
    eventually("the live value has no problem", || live.status().problem.is_none()).await;
    assert!(live.load_within(HOUR).unwrap().is_none());
}

#[dual]
#[scenario]
async fn a_live_value_follows_what_others_put() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let writer = open(&server).await;
    let live = store.live::<u32>("limits").await.unwrap();
    assert!(live.load().is_none() && live.status().is_fresh());
    for number in 1..=3 {
        let put = writer.put("limits", &number).await.unwrap();
        eventually("the live value is what was put", || {
            live.load().is_some_and(|current| current.version == put)
        })
        .await;
        let current = live.load_within(Duration::from_secs(60)).unwrap().unwrap();
        assert_eq!((current.value, current.source), (number, Source::Local));
    }
    writer.delete("limits").await.unwrap();
    eventually("the live value is gone", || live.load().is_none()).await;
    assert!(live.status().is_fresh());
}

#[dual]
#[scenario]
async fn the_last_good_value_is_kept_and_the_bad_one_reported() {
    let server = fixture::notifying_server();
    let store = open(&server).await;
    let redis = fixture::connect(&server).await;
    let careless = ConfigStore::open(&redis, "billing").await.unwrap();
    let good = careless.put("limits", &7).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    for round in 0..2 {
        let bad = match round {
            0 => careless.put("limits", "text").await.unwrap(),
            _ => careless.put("limits", &0).await.unwrap(),
        };
        eventually("the live value reports the bad version", || {
            live.status().problem.is_some_and(|problem| problem.current() == Some(bad))
        })
        .await;
        let status = live.status();
        assert!(!status.is_fresh() && status.store.is_fresh(), "{status:?}");
        assert_eq!((status.version, live.load().unwrap().value), (Some(good), 7));
        let error = live.load_within(Duration::from_secs(60)).unwrap_err();
        assert!(error.is_invalid(), "{error}");
    }
    let (loaded, kept) = (live.load().unwrap(), live.load_full().unwrap());
    careless.put("limits", &8).await.unwrap();
    eventually("the live value is 8", || live.load().unwrap().value == 8).await;
    assert!(live.status().is_fresh());
    assert_eq!((loaded.value, loaded.version, kept.value), (7, good, 7), "a loaded value does not change");
}

#[dual]
#[scenario]
async fn a_value_that_cannot_be_confirmed_is_stale_and_says_so() {
    let server = fixture::notifying_server();
    // A handle's deadline holds for its own calls. Redis is asked for all stores.
    let config = fixture::config(&server.url()).with_deadline(Duration::from_millis(200));
    let redis = RedisService::connect(config).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(100));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    store.put("limits", &7).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    server.freeze().unwrap();
    eventually("the live value is stale", || !live.status().is_fresh()).await;
    eventually("the reason is known", || live.status().store.last_error.is_some()).await;
    let status = live.status().store;
    assert!(matches!(status.freshness, Freshness::Stale(_)), "{status:?}");
    assert_eq!(live.load().unwrap().value, 7);
    live.load_within(Duration::ZERO).unwrap_err();
    server.thaw().unwrap();
    eventually("the live value is fresh", || live.status().is_fresh()).await;
}

#[dual]
#[scenario]
async fn a_live_value_begins_while_redis_is_silent() {
    let server = fixture::notifying_server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_millis(200));
    let store = ConfigStore::open(&redis, "billing").await.unwrap();
    server.freeze().unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    assert!(live.load().is_none());
    let status = live.status();
    assert!(matches!(status.store.freshness, Freshness::NotReady) && status.problem.is_none(), "{status:?}");
    let error = live.load_within(HOUR).unwrap_err();
    assert!(error.is_stale(), "{error}");
    server.thaw().unwrap();
    store.put("limits", &7).await.unwrap();
    eventually("the value is there", || live.load().is_some_and(|value| value.value == 7)).await;
    eventually("the live value is fresh", || live.status().is_fresh()).await;
}
