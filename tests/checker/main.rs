//! A checker of the configuration store: both APIs, one after the other, with writers and watchers under random faults,
//! for as many seconds as the argument says.
//!
//! It records everything they receive, and compares it with the logs of the servers: each acknowledged commit is there
//! once; each watcher received everything in order, or an event that says what it missed. `SOAK_SEED` repeats the random
//! choices of a run, though not its timing. As a test, it runs for a short while.

#![allow(clippy::expect_used, reason = "a checker that cannot run ends by panicking")]

mod archive;
mod asynchronous;
mod blocking;
mod book;
mod check;
mod faults;
mod history;
mod plan;

use std::{
    env,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use redis_config_store::{State, WatchEvent, read::Entry};
use redis_service::{ServiceConfig, config::BreakerConfig};
use redis_testkit::Proxy;

use self::{
    book::Book,
    faults::{Faults, Servers},
    history::{Branch, How, Item, Items, Outcome, Seen, Value, WatcherLog},
};

type Run = fn(ServiceConfig, &Arc<Book>, u64, Instant, &mut dyn FnMut() -> Items) -> Vec<WatcherLog>;

const DEFAULT_SECONDS: u64 = 120;

fn main() -> ExitCode {
    let seconds = env::args().nth(1).map_or(Ok(DEFAULT_SECONDS), |argument| argument.parse());
    let seed = env::var("SOAK_SEED").map_or_else(|_| Ok(fastrand::u64(..)), |seed| seed.parse());
    let (Ok(seconds), Ok(seed)) = (seconds, seed) else {
        eprintln!("usage: [SOAK_SEED=<number>] soak-config [<seconds>]");
        return ExitCode::FAILURE;
    };
    println!("seed {seed}, {seconds} s");
    let each = Duration::from_secs(seconds) / 2;
    let apis: [(&str, Run); 2] = [("async", asynchronous::run), ("blocking", blocking::run)];
    let broken: usize = apis.into_iter().map(|(api, run)| soak(api, run, seed, each).len()).sum();
    if broken > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs one API, prints what came of it, and reports what was not as it should be.
fn soak(api: &str, run: Run, seed: u64, time: Duration) -> Vec<String> {
    let mut servers = Servers::start().expect("two servers");
    let config = config(&servers.proxy);
    let book = Arc::new(Book::default());
    let until = Instant::now() + time;

    let (logs, faults, branches) = thread::scope(|scope| {
        // A little earlier, so that the last calls meet a healthy server.
        let faults_end = until - Duration::from_secs(1).min(time / 4);
        let booked = Arc::clone(&book);
        let faults = scope.spawn(move || {
            let faults = Faults::new(&mut servers, booked, seed);
            let (counts, archive) = faults.run(faults_end).expect("the faults");
            (servers, counts, archive)
        });
        let mut faults = Some(faults);
        let mut rest = None;
        let logs = run(config, &book, seed, until, &mut || {
            let faults = faults.take().expect("to be asked once");
            let (servers, counts, mut archive) = faults.join().expect("the faults");
            archive.read(&mut servers.cli().expect("a healthy server")).expect("its log");
            let items = archive.items();
            rest = Some((servers, counts, archive));
            items
        });
        let (_, counts, archive) = rest.expect("to have been asked");
        (logs, counts, archive.branches())
    });

    let answers = book.answers();
    let mut wrong = book.violations();
    wrong.extend(branches.iter().flat_map(check::check_branch));
    wrong.extend(check::check_answers(&answers, &branches));
    wrong.extend(logs.iter().flat_map(|log| check::check_watcher(log, &branches)));

    println!("\n{api}, seed {seed}");
    let count = |is_it: fn(&Outcome) -> bool| answers.iter().filter(|answer| is_it(&answer.outcome)).count();
    row("commits", commits(&branches));
    row("calls", answers.len());
    row("  done", count(|outcome| matches!(outcome, Outcome::Done { .. })));
    row("  read", count(|outcome| matches!(outcome, Outcome::Read { .. })));
    row("  not done", count(|outcome| matches!(outcome, Outcome::Refused)));
    row("  unknown", count(|outcome| matches!(outcome, Outcome::Unknown)));
    for log in &logs {
        let [commits, gaps, losses] = log.counts();
        println!("  {:<40} {commits:>6} commits, {gaps} gaps, {losses} losses", log.name);
    }
    faults.iter().for_each(|(fault, count)| row(fault, *count));
    row("promises broken", wrong.len());
    wrong.iter().take(20).for_each(|wrong| println!("  BROKEN: {wrong}"));
    wrong
}

/// The number of commits. Branches share those before the failover.
fn commits(branches: &[Branch]) -> usize {
    let of =
        |branch: &'_ Branch| branch.commits.iter().map(|commit| commit.records.clone()).collect::<Vec<_>>();
    let all: Vec<_> = branches.iter().map(|branch| (&branch.epoch, of(branch))).collect();
    let mut count = 0;
    for (index, (epoch, commits)) in all.iter().enumerate() {
        let earlier = all[..index].iter().filter(|(other, _)| other == epoch);
        let shared =
            earlier.map(|(_, other)| other.iter().zip(commits).take_while(|(a, b)| a == b).count()).max();
        count += commits.len() - shared.unwrap_or(0);
    }
    count
}

fn row(name: &str, count: impl std::fmt::Display) {
    println!("  {name:<40} {count:>6}");
}

/// Short timeouts, so that a run meets many faults.
fn config(proxy: &Proxy) -> ServiceConfig {
    let milliseconds = Duration::from_millis;
    ServiceConfig::from_url(&proxy.url())
        .expect("the proxy's URL")
        .with_client_name("soak")
        .with_connect_timeout(milliseconds(300))
        .with_response_timeout(milliseconds(300))
        .with_deadline(milliseconds(1_000))
        .with_idle_check(milliseconds(200))
        .with_health_check_interval(Some(milliseconds(300)))
        .with_breaker(BreakerConfig::default().with_open_for(milliseconds(100), milliseconds(400)))
}

fn items_of(state: &State) -> Items {
    state.iter().map(|(key, entry)| (key.to_owned(), item_of(entry))).collect()
}

fn item_of(entry: &Entry) -> Item {
    let version = entry.version();
    let token = entry.decode::<Value>().map_or_else(|_| "not ours".to_owned(), |value| value.token);
    Item { number: version.number, revision: version.revision, digest: version.digest.to_string(), token }
}

fn seen_of(event: WatchEvent) -> Seen {
    let whole = |how, state: &State| Seen::Whole {
        how,
        epoch: state.epoch().to_owned(),
        revision: state.revision(),
        items: items_of(state),
    };
    match event {
        WatchEvent::Initial(state) => whole(How::Initial, &state),
        WatchEvent::Gap(gap) => whole(How::Gap, &gap.state),
        WatchEvent::Reset(reset) => {
            let (revision, items) = (reset.before.revision(), items_of(&reset.before));
            whole(How::Reset { reason: reset.reason, revision, items }, &reset.after)
        }
        WatchEvent::Change(change) => {
            let keys =
                change.keys.iter().map(|key| (key.key.clone(), key.value().map(|entry| item_of(entry))));
            Seen::Change { revision: change.revision, keys: keys.collect() }
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(30);

    fn check(api: &str, run: Run) {
        let wrong = soak(api, run, fastrand::u64(..), TIME);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn the_async_store_keeps_its_promises() {
        check("async", asynchronous::run);
    }

    #[test]
    fn the_blocking_store_keeps_its_promises() {
        check("blocking", blocking::run);
    }
}
