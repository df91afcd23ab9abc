//! A soak: both APIs, one after the other, under load and under faults, for as many seconds as the argument says.
//!
//! Afterwards it compares the server with the results of all calls. For the last quarter of its time, each API reads
//! while the proxy adds to the replies and damages them. `SOAK_SEED` repeats the random choices of a run, though not its
//! timing.

#![allow(clippy::expect_used, reason = "a soak that cannot start ends by panicking")]

mod asynchronous;
mod blocking;
mod calls;
mod faults;
mod ledger;
mod plan;
mod readings;
mod remains;
mod strikes;

use std::{
    env,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use redis_service::{
    ServiceConfig,
    config::{BreakerConfig, RetryPolicy},
};
use redis_testkit::{Options, Proxy, Server};

use self::{
    calls::Calls, faults::Faults, ledger::Ledger, readings::Readings, remains::Rest, strikes::Strikes,
};

/// Runs the callers of one phase through one API until then.
type Run<Record> = fn(ServiceConfig, &Arc<Record>, u64, Instant) -> Rest;

struct Api {
    name: &'static str,
    run: Run<Ledger>,
    read: Run<Readings>,
}

const APIS: [Api; 2] = [
    Api { name: "async", run: asynchronous::run, read: asynchronous::read },
    Api { name: "blocking", run: blocking::run, read: blocking::read },
];

const DEFAULT_SECONDS: u64 = 120;

fn main() -> ExitCode {
    let seconds = env::args().nth(1).map_or(Ok(DEFAULT_SECONDS), |argument| argument.parse());
    let seed = env::var("SOAK_SEED").map_or_else(|_| Ok(fastrand::u64(..)), |seed| seed.parse());
    let (Ok(seconds), Ok(seed)) = (seconds, seed) else {
        eprintln!("usage: [SOAK_SEED=<number>] soak [<seconds>]");
        return ExitCode::FAILURE;
    };
    println!("seed {seed}, {seconds} s, {} callers", plan::CALLERS);
    let each = Duration::from_secs(seconds) / 2;
    let soaked = |api: &Api| soak(api, seed, each * 3 / 4) + put_out_of_step(api, seed, each / 4);
    let violations: usize = APIS.iter().map(soaked).sum();
    if violations > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Soaks one API, prints the results, and returns the number of broken promises.
fn soak(api: &Api, seed: u64, time: Duration) -> usize {
    let server = Server::start(Options::default().with_persistence(true)).expect("a private Redis server");
    let proxy = Proxy::start(server.address()).expect("a proxy");
    let ledger = Arc::new(Ledger::new(plan::counters()));
    let (until, quiet) = times(time);
    let memory_before = resident_kilobytes();

    let (rest, faults) = thread::scope(|scope| {
        let faults = Faults::new(&server, &proxy, seed);
        let faults = scope.spawn(move || faults.run(quiet));
        let rest = (api.run)(config(&proxy), &ledger, seed, until);
        (rest, faults.join().expect("the faults").expect("the faults"))
    });
    let mut inspector = server.cli().expect("a clean connection");
    rest.audit(&proxy, &mut inspector, &ledger.calls);
    ledger.audit(&mut inspector);

    let mut rows = ledger.rows();
    rows.push(("faults".to_owned(), faults.values().sum::<u64>().to_string()));
    rows.extend(faults.iter().map(|(fault, count)| (format!("  {fault}"), count.to_string())));
    rows.extend(rest.rows(&proxy));
    if let (Some(before), Some(after)) = (memory_before, resident_kilobytes()) {
        rows.push(("resident memory, kB".to_owned(), format!("{before} before, {after} after")));
    }
    report(api.name, rows, &ledger.calls)
}

/// Puts replies out of step under the readers of one API, prints the results, and returns the number of broken promises.
fn put_out_of_step(api: &Api, seed: u64, time: Duration) -> usize {
    let server = Server::start(Options::default()).expect("a private Redis server");
    let proxy = Proxy::start(server.address()).expect("a proxy");
    let mut inspector = server.cli().expect("a clean connection");
    for key in (0..readings::KEYS).map(readings::key) {
        inspector.call(&["SET", &key, &key]).expect("a key to be read");
    }
    let readings = Arc::new(Readings::default());
    let (until, quiet) = times(time);

    let (rest, strikes) = thread::scope(|scope| {
        let strikes = Strikes::new(&proxy, &readings, seed);
        let strikes = scope.spawn(move || strikes.run(quiet));
        // Without retries, so that errors show.
        let config = config(&proxy).with_retry(RetryPolicy::none());
        let rest = (api.read)(config, &readings, seed, until);
        (rest, strikes.join().expect("the strikes").expect("the strikes"))
    });
    rest.audit(&proxy, &mut inspector, &readings.calls);
    readings.audit();

    let mut rows = readings.rows();
    rows.extend(strikes.iter().map(|(strike, count)| (format!("  {strike}"), count.to_string())));
    rows.extend(rest.rows(&proxy));
    report(&format!("{}, replies out of step", api.name), rows, &readings.calls)
}

/// When a phase of that length ends, and when its faults do: a little earlier, so that the last calls meet a healthy
/// server.
fn times(length: Duration) -> (Instant, Instant) {
    let until = Instant::now() + length;
    (until, until - Duration::from_secs(1).min(length / 4))
}

/// Prints a table, and returns the number of broken promises.
fn report(title: &str, mut rows: Vec<(String, String)>, calls: &Calls) -> usize {
    let violations = calls.violations();
    rows.push(("promises broken".to_owned(), violations.len().to_string()));
    println!("\n{title}");
    for (name, count) in rows {
        println!("  {name:<40} {count:>12}");
    }
    for violation in violations.iter().take(20) {
        println!("  BROKEN: {violation}");
    }
    violations.len()
}

/// Short timeouts, so that a run meets many faults; fewer connections than callers.
fn config(proxy: &Proxy) -> ServiceConfig {
    let milliseconds = Duration::from_millis;
    ServiceConfig::from_url(&proxy.url())
        .expect("the proxy's URL")
        .with_client_name("soak")
        .with_pool_size(16)
        .with_connect_timeout(milliseconds(500))
        .with_response_timeout(milliseconds(400))
        .with_acquire_timeout(milliseconds(1_000))
        .with_idle_check(milliseconds(200))
        .with_health_check_interval(Some(milliseconds(300)))
        .with_breaker(BreakerConfig::default().with_open_for(milliseconds(100), milliseconds(400)))
}

/// The memory of this process, where the system reports it.
fn resident_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
