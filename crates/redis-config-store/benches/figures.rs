//! Figures for the guide: what a read costs, how soon a change is known, what the server spends.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{
    hint::black_box,
    sync::mpsc,
    time::{Duration, Instant},
};

use redis_config_store::{ConfigStore, Event, StoreOptions, Watch};
use redis_service::{RedisService, ServiceConfig};
use redis_testkit::{Options, Server};

fn main() {
    let server = Server::start(Options::default().config("notify-keyspace-events", "Ktgxe")).unwrap();
    let open = || {
        let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
        ConfigStore::open_with(&redis, "billing", StoreOptions::default()).unwrap()
    };
    let value = "x".repeat(1000);
    let writer = open();
    for key in 0..100 {
        writer.put(&format!("key-{key}"), &value).unwrap();
    }

    let live = writer.live::<String>("key-1").unwrap();
    let times = 10_000_000;
    let started = Instant::now();
    for _ in 0..times {
        black_box(live.load());
    }
    println!("Live::load: {:.1} ns", started.elapsed().as_secs_f64() * 1e9 / f64::from(times));

    for watchers in [1, 100] {
        let (told, tells) = mpsc::channel();
        let watching: Vec<_> = (0..watchers)
            .map(|_| {
                let told = told.clone();
                open().watch(Watch::key("limits")).unwrap().on_change(move |event| {
                    let _ = told.send(matches!(event, Event::Change(_)).then(Instant::now));
                })
            })
            .collect();
        for _ in 0..watchers {
            tells.recv().unwrap();
        }
        let mut latencies = Vec::new();
        for number in 0..100 {
            std::thread::sleep(Duration::from_millis(20));
            let started = Instant::now();
            writer.put("limits", &(watchers * 1000 + number)).unwrap();
            for _ in 0..watchers {
                if let Some(at) = tells.recv().unwrap() {
                    latencies.push(at - started);
                }
            }
        }
        latencies.sort();
        let at = |part: usize| latencies[(latencies.len() - 1) * part / 100];
        println!("put to {watchers} watchers: median {:?}, 99 % {:?}", at(50), at(99));
        drop(watching);
    }

    let mut cli = server.cli().unwrap();
    // Nobody follows while commits are counted.
    drop(live);
    writer.close();
    let writer = open();
    std::thread::sleep(Duration::from_millis(200));
    cli.call(&["CONFIG", "RESETSTAT"]).unwrap();
    for number in 0..10_000 {
        writer.put("key-1", &format!("{value}{number}")).unwrap();
    }
    println!("commits of 1 KB: {}", usage(&mut cli));
    writer.close();

    let idle = ConfigStore::open_with(
        &RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap(),
        "billing",
        StoreOptions::default().interval(Duration::from_millis(10)),
    )
    .unwrap();
    let _live = idle.live::<String>("key-1").unwrap();
    cli.call(&["CONFIG", "RESETSTAT"]).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    println!("idle syncs: {}", usage(&mut cli));
    let memory = |cli: &mut redis_testkit::Inspector, key| {
        cli.integer(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).unwrap()
    };
    println!(
        "memory: values {} bytes for 101 keys of 1 KB, log {} bytes for 1000 revisions of 1 KB",
        memory(&mut cli, "{cs:billing}:cur"),
        memory(&mut cli, "{cs:billing}:log")
    );
}

fn usage(cli: &mut redis_testkit::Inspector) -> String {
    let statistics = cli.text(&["INFO", "commandstats"]).unwrap();
    statistics.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap_or("none").to_owned()
}
