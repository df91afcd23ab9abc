//! A soak: both APIs, one after the other, under load and under faults, for as many seconds as the argument says.
//!
//! Afterwards it compares the server with the results of all calls. `SOAK_SEED` repeats the random choices of
//! a run, though not its timing.

#![allow(clippy::expect_used, reason = "a soak that cannot start ends by panicking")]

mod asynchronous;
mod blocking;
mod faults;
mod ledger;
mod plan;

use std::{
    env,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use redis_service::{ServiceConfig, config::BreakerConfig, health::ConnectionStatus};
use redis_testkit::{Options, Proxy, Server};

use self::{faults::Faults, ledger::Ledger};

/// What is left of a service after its last caller.
pub(crate) struct Rest {
    connections: ConnectionStatus,
    /// The number of tasks that still run.
    background: usize,
}

type Run = fn(ServiceConfig, &Arc<Ledger>, u64, Instant) -> Rest;

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
    let apis: [(&str, Run); 2] = [("async", asynchronous::run), ("blocking", blocking::run)];
    let violations: usize = apis.into_iter().map(|(api, run)| soak(api, run, seed, each)).sum();
    if violations > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Soaks one API, prints the results, and returns the number of broken promises.
fn soak(api: &str, run: Run, seed: u64, time: Duration) -> usize {
    let server = Server::start(Options::default().persistent(true)).expect("a private Redis server");
    let proxy = Proxy::start(server.address()).expect("a proxy");
    let ledger = Arc::new(Ledger::new(plan::counters()));
    let until = Instant::now() + time;
    let memory_before = resident_kilobytes();

    let (rest, faults) = thread::scope(|scope| {
        // A little earlier, so that the last calls meet a healthy server.
        let faults = Faults::new(&server, &proxy, seed);
        let faults = scope.spawn(move || faults.run(until - Duration::from_secs(1).min(time / 4)));
        let rest = run(config(&proxy), &ledger, seed, until);
        (rest, faults.join().expect("the faults").expect("the faults"))
    });
    if rest.background > 0 {
        ledger.violated(format!("{} tasks outlived the service", rest.background));
    }
    // Besides the inspector's own there is no connection left: the last handle is gone.
    if !proxy.wait_until(Duration::from_secs(5), |statistics| statistics.open == 0) {
        ledger.violated(format!("{} connections outlived the service", proxy.statistics().open));
    }
    let mut inspector = server.cli().expect("a clean connection");
    let clients = inspector.text(&["CLIENT", "LIST"]).expect("a list of clients");
    let clients = clients.lines().filter(|line| line.contains(" name=soak ")).count();
    if clients > 0 {
        ledger.violated(format!("{clients} connections are left at the server"));
    }
    ledger.audit(&mut inspector);

    println!("\n{api}");
    let mut rows = ledger.rows();
    rows.push(("faults".to_owned(), faults.values().sum::<u64>().to_string()));
    rows.extend(faults.iter().map(|(fault, count)| (format!("  {fault}"), count.to_string())));
    rows.push(("connections made".to_owned(), proxy.statistics().accepted.to_string()));
    let ConnectionStatus { open, in_use, limit, .. } = rest.connections;
    rows.push(("connections at rest".to_owned(), format!("{open} open, {in_use} in use, limit {limit}")));
    if let (Some(before), Some(after)) = (memory_before, resident_kilobytes()) {
        rows.push(("resident memory, kB".to_owned(), format!("{before} before, {after} after")));
    }
    let violations = ledger.violations();
    rows.push(("promises broken".to_owned(), violations.len().to_string()));
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
