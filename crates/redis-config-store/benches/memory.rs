//! Figures for the guide: the memory that the server spends on keys, and on the commits that are kept.
//!
//! It is `MEMORY USAGE <key> SAMPLES 0` of the hash divided by the keys, and of the log divided by the commits. Beside
//! it, by how much the server's whole data set has grown.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use redis_config_store::{ConfigStore, StoreOptions};
use redis_service::{RedisService, ServiceConfig};
use redis_testkit::{Options, Server};

const KEYS: [&str; 2] = ["{cs:billing}:cur", "{cs:billing}:log"];

fn main() {
    println!(
        "{:>6} {:>6} {:>8} {:>16} {:>16} {:>16}",
        "value", "keys", "commits", "hash, per key", "log, per commit", "used, in all"
    );
    for size in [100, 1024] {
        for (keys, commits) in
            [(1, 1), (10, 1_000), (100, 1_000), (1_000, 1_000), (1_000, 10_000), (10_000, 10_000)]
        {
            measure(size, keys, commits);
        }
    }
}

fn measure(size: usize, keys: u64, commits: u64) {
    let server = Server::start(Options::default()).unwrap();
    let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
    let options = StoreOptions::default().with_author("billing").with_history(commits);
    let store = ConfigStore::open_with(&redis, "billing", options).unwrap();
    let used = || {
        let info = server.cli().unwrap().text(&["INFO", "memory"]).unwrap();
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory_dataset:")).unwrap();
        used.trim().parse::<i64>().unwrap()
    };
    let before = used();
    for commit in 0..commits {
        // Two quotes and the number make it as long as it is to be.
        let value = format!("{commit:0>length$}", length = size - 2);
        store.put(&format!("key-{:05}", commit % keys), &value).unwrap();
    }
    let usage = |key| server.cli().unwrap().integer(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).unwrap();
    let [hash, log] = KEYS.map(usage);
    let (per_key, per_commit) = (hash / keys as i64, log / commits as i64);
    println!("{size:>6} {keys:>6} {commits:>8} {per_key:>16} {per_commit:>16} {:>16}", used() - before);
}
