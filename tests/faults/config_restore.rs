//! The server is stopped, and started with an older dump.

use std::{fs, path::PathBuf, time::Duration};

use redis_config_store::{StoreOptions, watch::ResetReason};
use redis_testkit::{Proxy, Server, Value};

use super::audience::{Audience, KEY};
use crate::{ConfigStore, RedisService, dual, fixture, scenario};

const INTERVAL: Duration = Duration::from_millis(300);

#[dual]
async fn open(url: &str) -> ConfigStore {
    let redis = RedisService::connect(fixture::config(url)).await.unwrap();
    let options = StoreOptions::default().with_interval(INTERVAL);
    ConfigStore::open_with(&redis, "billing", options).await.unwrap()
}

/// Has the server write its dump, and says where.
fn save(server: &Server) -> PathBuf {
    let mut cli = server.cli().unwrap();
    cli.call(&["SAVE"]).unwrap();
    let Value::Array(found) = cli.call(&["CONFIG", "GET", "dir"]).unwrap() else { panic!("no folder") };
    let Some(Value::Bulk(folder)) = found.into_iter().nth(1) else { panic!("no folder") };
    PathBuf::from(String::from_utf8(folder).unwrap()).join("dump.rdb")
}

/// A dump of three commits, of five that there were, and so many others before anybody looks.
#[dual]
async fn is_restored(others: u32, reason: ResetReason) {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let store = open(&proxy.url()).await;
    for number in 1..=3 {
        store.put(KEY, &number).await.unwrap();
    }
    let file = save(&server);
    let older = fs::read(&file).unwrap();
    store.put("region", "eu").await.unwrap();
    store.put(KEY, &5).await.unwrap();
    let audience = Audience::join(&store).await;

    proxy.refuse().unwrap();
    server.kill().unwrap();
    fs::write(&file, older).unwrap();
    server.restart().unwrap();
    let other = open(&server.url()).await;
    for number in 0..others {
        other.put(KEY, &(10 + number)).await.unwrap();
    }
    let there = other.state().await.unwrap();
    assert_eq!(there.revision(), 3 + u64::from(others));
    proxy.heal().unwrap();
    audience.is_told(&[reason]).await;
    audience.holds(&there).await;
    let put = store.put(KEY, &0).await.unwrap();
    assert_eq!(put.revision, there.revision() + 1);
    let there = other.state().await.unwrap();
    audience.holds(&there).await;
    audience.is_told(&[reason]).await;
}

#[dual]
#[scenario]
async fn a_server_that_starts_with_an_older_dump_is_told() {
    is_restored(0, ResetReason::Regressed).await;
}

#[dual]
#[scenario]
async fn a_server_that_goes_on_from_an_older_dump_is_told() {
    is_restored(2, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn a_server_that_goes_further_from_an_older_dump_is_told() {
    is_restored(4, ResetReason::Forked).await;
}
