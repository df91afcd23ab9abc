//! The results that callers received, to be compared with what the server has.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis_service::{Error, Outcome, Result};
use redis_testkit::Inspector;

/// A counter on the server, and what is known of it.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) key: String,
    acknowledged: AtomicU64,
    unknown: AtomicU64,
}

impl Counter {
    pub(crate) fn new(key: String) -> Self {
        Self { key, acknowledged: AtomicU64::new(0), unknown: AtomicU64::new(0) }
    }

    /// The increments that the server has for certain, and those that it may have besides.
    pub(crate) fn bounds(&self) -> (u64, u64) {
        (self.acknowledged.load(Ordering::Relaxed), self.unknown.load(Ordering::Relaxed))
    }

    /// An increment whose caller stopped waiting.
    pub(crate) fn abandoned(&self) {
        self.unknown.fetch_add(1, Ordering::Relaxed);
    }

    fn enter<T>(&self, result: &Result<T>) {
        match result.as_ref().map_err(Error::outcome) {
            Ok(_) | Err(Outcome::Applied) => self.acknowledged.fetch_add(1, Ordering::Relaxed),
            Err(Outcome::NotApplied) => 0,
            Err(_) => self.unknown.fetch_add(1, Ordering::Relaxed),
        };
    }
}

/// The books of one API.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) counters: Vec<Counter>,
    /// Keys that were set, acknowledged and never touched again; each holds its own name.
    kept: Mutex<Vec<String>>,
    answers: Mutex<BTreeMap<String, u64>>,
    violations: Mutex<Vec<String>>,
    /// By how much a call outstayed its deadline, at worst, in microseconds.
    latest: AtomicU64,
}

/// A call may return this much after its deadline: 64 callers, a server and a proxy share two cores.
const TOLERANCE: Duration = Duration::from_millis(500);

impl Ledger {
    pub(crate) fn new(counters: impl IntoIterator<Item = String>) -> Self {
        Self { counters: counters.into_iter().map(Counter::new).collect(), ..Self::default() }
    }

    /// Books one call.
    pub(crate) fn book<T>(&self, result: &Result<T>, took: Duration, deadline: Duration) {
        let answer = match result {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{}, {}", error.outcome(), error.kind()),
        };
        *lock(&self.answers).entry(answer).or_default() += 1;
        let late = took.saturating_sub(deadline);
        self.latest.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
        if late > TOLERANCE {
            let error = result.as_ref().err();
            self.violated(format!("a call with a deadline of {deadline:?} took {took:?}: {error:?}"));
        }
    }

    /// Books an increment.
    pub(crate) fn count<T>(&self, counter: &Counter, result: &Result<T>, took: Duration, deadline: Duration) {
        counter.enter(result);
        self.book(result, took, deadline);
    }

    pub(crate) fn keep(&self, key: String) {
        lock(&self.kept).push(key);
    }

    pub(crate) fn violated(&self, what: String) {
        lock(&self.violations).push(what);
    }

    /// Compares with the server, through a connection that had no part in it.
    pub(crate) fn audit(&self, server: &mut Inspector) {
        for counter in &self.counters {
            let (acknowledged, unknown) = counter.bounds();
            // A counter that was never reached is not there.
            let value =
                server.text(&["GET", &counter.key]).map_or(0, |value| value.parse().unwrap_or(u64::MAX));
            if value < acknowledged || value > acknowledged + unknown {
                let key = &counter.key;
                self.violated(format!("{key} is {value}: {acknowledged} acknowledged, {unknown} unknown"));
            }
        }
        for key in lock(&self.kept).iter() {
            match server.text(&["GET", key]) {
                Ok(value) if value == format!("\"{key}\"") => {}
                other => self.violated(format!("{key} was acknowledged, and is {other:?}")),
            }
        }
    }

    /// The counts, as rows of a table.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let (mut acknowledged, mut unknown) = (0, 0);
        for counter in &self.counters {
            acknowledged += counter.bounds().0;
            unknown += counter.bounds().1;
        }
        let answers = lock(&self.answers);
        let mut rows = vec![("calls".to_owned(), answers.values().sum::<u64>().to_string())];
        rows.extend(answers.iter().map(|(answer, count)| (format!("  {answer}"), count.to_string())));
        rows.push(("increments acknowledged".to_owned(), acknowledged.to_string()));
        rows.push(("increments of unknown outcome".to_owned(), unknown.to_string()));
        rows.push(("values kept and compared".to_owned(), lock(&self.kept).len().to_string()));
        let latest = Duration::from_micros(self.latest.load(Ordering::Relaxed));
        rows.push(("longest past a deadline".to_owned(), format!("{latest:.0?}")));
        rows
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
