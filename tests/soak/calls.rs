//! How calls ended, and which promises were broken.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis_service::Result;

/// What every phase records.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    answers: Mutex<BTreeMap<String, u64>>,
    violations: Mutex<Vec<String>>,
    /// By how much a call outstayed its deadline, at worst, in microseconds.
    latest: AtomicU64,
}

/// A call may return this much after its deadline: 64 callers, a server and a proxy share two cores.
const TOLERANCE: Duration = Duration::from_millis(500);

impl Calls {
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

    pub(crate) fn violated(&self, what: String) {
        lock(&self.violations).push(what);
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }

    /// The counts, as rows of a table.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let answers = lock(&self.answers);
        let mut rows = vec![("calls".to_owned(), answers.values().sum::<u64>().to_string())];
        rows.extend(answers.iter().map(|(answer, count)| (format!("  {answer}"), count.to_string())));
        let latest = Duration::from_micros(self.latest.load(Ordering::Relaxed));
        rows.push(("longest past a deadline".to_owned(), format!("{latest:.0?}")));
        rows
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
