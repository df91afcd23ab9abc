//! The results that callers received, to be compared with what the server has.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis_service::{Error, Outcome, Result};
use redis_testkit::Inspector;

use crate::calls::{Calls, lock};

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
    pub(crate) calls: Calls,
}

impl Ledger {
    pub(crate) fn new(counters: impl IntoIterator<Item = String>) -> Self {
        Self { counters: counters.into_iter().map(Counter::new).collect(), ..Self::default() }
    }

    /// Books an increment.
    pub(crate) fn count<T>(&self, counter: &Counter, result: &Result<T>, took: Duration, deadline: Duration) {
        counter.enter(result);
        self.calls.book(result, took, deadline);
    }

    pub(crate) fn keep(&self, key: String) {
        lock(&self.kept).push(key);
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
                self.calls
                    .violated(format!("{key} is {value}: {acknowledged} acknowledged, {unknown} unknown"));
            }
        }
        for key in lock(&self.kept).iter() {
            match server.text(&["GET", key]) {
                Ok(value) if value == format!("\"{key}\"") => {}
                other => self.calls.violated(format!("{key} was acknowledged, and is {other:?}")),
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
        let mut rows = self.calls.rows();
        rows.push(("increments acknowledged".to_owned(), acknowledged.to_string()));
        rows.push(("increments of unknown outcome".to_owned(), unknown.to_string()));
        rows.push(("values kept and compared".to_owned(), lock(&self.kept).len().to_string()));
        rows
    }
}
