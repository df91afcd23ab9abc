//! What is known locally is never older than what was read, followed or committed.

use std::time::Duration;

use redis_config_store::{Commit, StoreOptions, commit::Effect, read::ReadPolicy};
use redis_testkit::Proxy;

use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn what_was_read_or_followed_last_is_known_however_late_the_answers_come() {
    let server = fixture::server();
    let writer = fixture::open_store(&server.url(), Duration::from_secs(30)).await;
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = RedisService::connect(fixture::config(&proxy.url())).await.unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(10));
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    writer.put("limits", &0).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    // A question that was asked first may reach the server last.
    proxy.latency(Duration::ZERO, Duration::from_millis(20));
    for number in 1..=60 {
        let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
        assert!(store.cached_version("limits").unwrap().number >= read.version.number);
        let put = writer.put("limits", &number).await.unwrap();
        eventually("the live value follows", || live.load().unwrap().version == put).await;
        assert_eq!(store.cached_version("limits"), Some(put));
        let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
        assert_eq!((known.value, known.version), (number, put));
    }
    proxy.latency(Duration::ZERO, Duration::ZERO);
    let put = store.put("limits", &100).await.unwrap();
    assert_eq!(store.cached_version("limits"), Some(put));
    let gone = store.delete("limits").await.unwrap();
    assert_eq!((gone.number, store.cached_version("limits")), (put.number + 1, None));
}

#[dual]
#[scenario]
async fn a_key_that_was_read_in_vain_is_known_to_be_absent() {
    let server = fixture::server();
    let store = fixture::open_store(&server.url(), Duration::from_secs(30)).await;
    store.put("limits", &1).await.unwrap();
    let _live = store.live::<u32>("limits").await.unwrap();
    for number in 0..1500 {
        let read = store.fetch::<u32>(&format!("absent-{number}")).await.unwrap();
        assert!(read.is_none());
    }
    let policy = ReadPolicy::LastKnown;
    for key in ["absent-0", "absent-1499"] {
        let known = store.fetch_with::<u32>(key, policy).await.unwrap();
        assert!(known.is_none() && store.cached_version(key).is_none(), "{key}");
    }
    let put = store.put("absent-0", &2).await.unwrap();
    assert_eq!(store.cached_version("absent-0"), Some(put));
}

#[dual]
#[scenario]
async fn the_version_of_a_commit_that_changed_nothing_is_known() {
    let server = fixture::server();
    let store = fixture::open_store(&server.url(), Duration::from_secs(30)).await;
    let other = fixture::open_store(&server.url(), Duration::from_secs(30)).await;
    store.put("limits", &1).await.unwrap();
    let put = other.put("limits", &2).await.unwrap();
    let same = store.put("limits", &2).await.unwrap();
    assert_eq!((same, store.cached_version("limits")), (put, Some(put)));
    let known = store.fetch_with::<u32>("limits", ReadPolicy::LastKnown).await.unwrap().unwrap();
    assert_eq!((known.value, known.version), (2, put));
    // An operation that was done before.
    let commit = || Commit::new().put("limits", &3).unwrap().operation("deploy-17");
    let done = other.commit(commit()).await.unwrap();
    let again = store.commit(commit()).await.unwrap();
    assert_eq!(again.effect, Effect::Repeated);
    assert_eq!(store.cached_version("limits"), Some(done.versions[0]));
    let later = other.put("limits", &4).await.unwrap();
    store.fetch::<u32>("limits").await.unwrap();
    let again = store.commit(commit()).await.unwrap();
    assert_eq!(again.versions, done.versions);
    assert_eq!(store.cached_version("limits"), Some(later));
    // A state is read as well.
    let latest = other.put("limits", &5).await.unwrap();
    store.state().await.unwrap();
    assert_eq!(store.cached_version("limits"), Some(latest));
    other.delete("limits").await.unwrap();
    store.delete("limits").await.unwrap();
    assert_eq!(store.cached_version("limits"), None);
}
