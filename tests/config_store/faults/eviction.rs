//! A server is full, and its policy lets it evict any key: it evicts configuration.

use std::time::Duration;

use redis_config_store::{StoreOptions, watch::ResetReason};
use redis_testkit::{Inspector, Options, Server};

use super::watcher_panel::{KEY, WatcherPanel};
use crate::{ConfigStore, dual, fixture, scenario};

const KEYS: [&str; 2] = ["{cs:billing}:cur", "{cs:billing}:log"];

/// Writes until one of the store's keys is gone, and stops the pressure.
fn press(cli: &mut Inspector) {
    let used = cli.text(&["INFO", "memory"]).unwrap();
    let used = used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    let limit = used.trim().parse::<u64>().unwrap() + (1 << 20);
    cli.call(&["CONFIG", "SET", "maxmemory", &limit.to_string()]).unwrap();
    let ballast = "x".repeat(100_000);
    for number in 0_u64.. {
        cli.call(&["SET", &format!("ballast:{}", number % 100), &ballast]).unwrap();
        if cli.integer(&["EXISTS", KEYS[0], KEYS[1]]).unwrap() < 2 {
            break;
        }
    }
    cli.call(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
}

#[dual]
#[scenario]
async fn evicted_configuration_is_reported() {
    let server = Server::start(Options::default().with_config("maxmemory-policy", "allkeys-lru")).unwrap();
    let options = StoreOptions::default().with_interval(Duration::from_millis(300));
    let store = ConfigStore::open_with(&fixture::connect(&server).await, "billing", options).await.unwrap();
    for number in 1..=3 {
        store.put(KEY, &number).await.unwrap();
    }
    let panel = WatcherPanel::join(&store).await;
    let mut cli = server.cli().unwrap();
    press(&mut cli);
    let there = KEYS.map(|key| cli.integer(&["EXISTS", key]).unwrap() == 1);
    let reason = match there {
        [false, false] => ResetReason::Emptied,
        [false, true] => ResetReason::ValuesLost,
        [true, false] => ResetReason::LogLost,
        [true, true] => panic!("nothing was evicted"),
    };
    panel.receives_resets(&[reason]).await;
    let state = store.state().await.unwrap_or_default();
    panel.holds(&state).await;
}
