//! The server stops, and starts with an older dump.

use std::{fs, path::PathBuf, time::Duration};

use redis_config_store::watch::ResetReason;
use redis_testkit::{Proxy, Server, Value};

use super::watcher_panel::{KEY, WatcherPanel};
use crate::{
    dual,
    fixture::{self, open_store},
    scenario,
};

const INTERVAL: Duration = Duration::from_millis(300);

/// Makes the server write its dump, and returns the file.
fn save(server: &Server) -> PathBuf {
    let mut cli = server.cli().unwrap();
    cli.call(&["SAVE"]).unwrap();
    let Value::Array(found) = cli.call(&["CONFIG", "GET", "dir"]).unwrap() else { panic!("no folder") };
    let Some(Value::Bulk(folder)) = found.into_iter().nth(1) else { panic!("no folder") };
    PathBuf::from(String::from_utf8(folder).unwrap()).join("dump.rdb")
}

/// Restores a dump with three of five commits, and makes `others` commits before the store reads.
#[dual]
async fn is_restored(others: u32, reason: ResetReason) {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let store = open_store(&proxy.url(), INTERVAL).await;
    for number in 1..=3 {
        store.put(KEY, &number).await.unwrap();
    }
    let file = save(&server);
    let older = fs::read(&file).unwrap();
    store.put("region", "eu").await.unwrap();
    store.put(KEY, &5).await.unwrap();
    let panel = WatcherPanel::join(&store).await;

    proxy.refuse().unwrap();
    server.kill().unwrap();
    fs::write(&file, older).unwrap();
    server.restart().unwrap();
    let other = open_store(&server.url(), INTERVAL).await;
    for number in 0..others {
        other.put(KEY, &(10 + number)).await.unwrap();
    }
    let there = other.state().await.unwrap();
    assert_eq!(there.revision(), 3 + u64::from(others));
    proxy.heal().unwrap();
    panel.receives_resets(&[reason]).await;
    panel.holds(&there).await;
    let put = store.put(KEY, &0).await.unwrap();
    assert_eq!(put.revision, there.revision() + 1);
    let there = other.state().await.unwrap();
    panel.holds(&there).await;
    panel.receives_resets(&[reason]).await;
}

#[dual]
#[scenario]
async fn a_server_that_starts_with_an_older_dump_is_reported() {
    is_restored(0, ResetReason::Regressed).await;
}

#[dual]
#[scenario]
async fn a_server_that_goes_on_from_an_older_dump_is_reported() {
    is_restored(2, ResetReason::Forked).await;
}

#[dual]
#[scenario]
async fn a_server_that_goes_further_from_an_older_dump_is_reported() {
    is_restored(4, ResetReason::Forked).await;
}
