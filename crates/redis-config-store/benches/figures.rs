//! Figures for the guide: the cost of a read, the latency of a change, the server's time.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    hint::black_box,
    sync::mpsc,
    thread::sleep,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use redis_config_store::{ConfigStore, StoreOptions, Watch, WatchEvent, blocking::ListenerHandle};
use redis_service::{RedisService, ServiceConfig};
use redis_testkit::{Inspector, Options, Server};

fn main() {
    let server = Server::start(Options::default().with_config("notify-keyspace-events", "Ktgxe")).unwrap();
    let value = "x".repeat(1000);
    let writer = open(&server);
    for key in 0..100 {
        writer.put(&format!("key-{key}"), &value).unwrap();
    }
    reads(&writer);
    latencies(&server, "1 watcher", &writer, &[open(&server)], 1);
    latencies(&server, "100 watchers of 1 store", &writer, &[open(&server)], 100);
    let stores: Vec<_> = (0..100).map(|_| open(&server)).collect();
    latencies(&server, "100 stores with a connection each", &writer, &stores, 1);
    drop(stores);
    writer.close();
    server_time(&server, &value);
}

fn open(server: &Server) -> ConfigStore {
    open_with(server, StoreOptions::default())
}

/// A store that shares nothing with others, as if it were in a process of its own.
fn open_with(server: &Server, options: StoreOptions) -> ConfigStore {
    let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
    ConfigStore::open_with(&redis, "billing", options).unwrap()
}

fn reads(store: &ConfigStore) {
    let live = store.live::<String>("key-1").unwrap();
    let times = 10_000_000;
    let started = Instant::now();
    for _ in 0..times {
        black_box(live.load());
    }
    let took = started.elapsed().as_secs_f64() * 1e9 / f64::from(times);
    let allocations = measure(|| drop(black_box(live.load()))).count_total;
    println!("Live::load: {took:.1} ns, {allocations} allocations");
}

/// From before `put` to the call of each listener.
fn latencies(server: &Server, what: &str, writer: &ConfigStore, stores: &[ConfigStore], each: usize) {
    let (events, received) = mpsc::channel();
    let watch = |store: &ConfigStore| {
        let events = events.clone();
        store.watch(Watch::key("limits")).unwrap().on_change(move |event| {
            let _ = events.send(matches!(event, WatchEvent::Change(_)).then(Instant::now));
        })
    };
    let watching: Vec<ListenerHandle> =
        stores.iter().flat_map(|store| (0..each).map(move |_| store)).map(watch).collect();
    for _ in &watching {
        received.recv().unwrap();
    }
    let mut cli = server.cli().unwrap();
    cli.call(&["CONFIG", "RESETSTAT"]).unwrap();
    let mut latencies = Vec::new();
    for _ in 0..PUTS {
        sleep(Duration::from_millis(20));
        let started = Instant::now();
        writer.put("limits", &fastrand::u64(..)).unwrap();
        for _ in &watching {
            latencies.extend(received.recv().unwrap().map(|at| at - started));
        }
    }
    latencies.sort();
    let at = |part: usize| latencies[(latencies.len() - 1) * part / 100];
    println!("put to {what}: median {:?}, 99 % {:?}; {PUTS} puts: {}", at(50), at(99), usage(&mut cli));
}

const PUTS: u32 = 100;

fn server_time(server: &Server, value: &str) {
    let mut cli = server.cli().unwrap();
    let writer = open(server);
    sleep(Duration::from_millis(200));
    cli.call(&["CONFIG", "RESETSTAT"]).unwrap();
    for number in 0..10_000 {
        writer.put("key-1", &format!("{value}{number}")).unwrap();
    }
    println!("commits of 1 KB: {}", usage(&mut cli));

    let idle = open_with(server, StoreOptions::default().with_interval(Duration::from_millis(10)));
    let live = idle.live::<String>("key-1").unwrap();
    cli.call(&["CONFIG", "RESETSTAT"]).unwrap();
    sleep(Duration::from_secs(3));
    println!("synchronizations without a change: {}", usage(&mut cli));
    drop(live);

    let mut memory = |key| cli.integer(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).unwrap();
    let (values, log) = (memory("{cs:billing}:cur"), memory("{cs:billing}:log"));
    println!("memory: {values} bytes for 101 keys of 1 KB, {log} bytes for 1000 revisions of 1 KB");
}

/// The server's time for the scripts.
fn usage(cli: &mut Inspector) -> String {
    let statistics = cli.text(&["INFO", "commandstats"]).unwrap();
    let scripts = statistics.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:"));
    let fields = scripts.unwrap_or("none").split(',').take(3);
    fields.collect::<Vec<_>>().join(" ")
}
