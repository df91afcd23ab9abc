//! The results of writers and the events of watchers, during the run.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::history::{Answer, How, Items, Outcome, Seen, Wants, WatcherLog, Work};

/// The books of one API.
#[derive(Debug, Default)]
pub(crate) struct Book {
    answers: Mutex<Vec<Answer>>,
    /// The latest revision that any client received, of each branch.
    floors: Mutex<BTreeMap<u64, u64>>,
    losses: AtomicU64,
    violations: Mutex<Vec<String>>,
}

/// A call that has begun.
#[derive(Debug)]
pub(crate) struct Call {
    work: Work,
    key: String,
    token: Option<String>,
    losses: u64,
    floor: u64,
}

impl Book {
    /// Something is about to be lost, or has been.
    pub(crate) fn lose(&self) {
        self.losses.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn begin(&self, work: Work, key: &str, token: Option<&str>) -> Call {
        let losses = self.losses.load(Ordering::SeqCst);
        let floor = lock(&self.floors).get(&losses).copied().unwrap_or(0);
        Call { work, key: key.to_owned(), token: token.map(str::to_owned), losses, floor }
    }

    pub(crate) fn end(&self, call: Call, outcome: Outcome) {
        let Call { work, key, token, losses, floor } = call;
        let now = self.losses.load(Ordering::SeqCst);
        if let (true, Outcome::Done { revision, .. } | Outcome::Read { revision, .. }) =
            (losses == now, &outcome)
        {
            let mut floors = lock(&self.floors);
            let known = floors.entry(now).or_default();
            *known = (*known).max(*revision);
        }
        lock(&self.answers).push(Answer { work, key, token, losses: (losses, now), floor, outcome });
    }

    pub(crate) fn violated(&self, what: String) {
        lock(&self.violations).push(what);
    }

    pub(crate) fn answers(&self) -> Vec<Answer> {
        lock(&self.answers).clone()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.violations).clone()
    }
}

/// The events of a watcher, and what it holds after them.
#[derive(Debug)]
pub(crate) struct Diary {
    pub(crate) name: &'static str,
    pub(crate) wants: Wants,
    pub(crate) is_log: bool,
    page: Mutex<(Vec<Seen>, Items)>,
}

impl Diary {
    pub(crate) fn new(name: &'static str, wants: Wants, is_log: bool) -> Self {
        Self { name, wants, is_log, page: Mutex::default() }
    }

    pub(crate) fn enter(&self, seen: Seen) {
        let mut page = lock(&self.page);
        match &seen {
            Seen::Whole { items, .. } => page.1.clone_from(items),
            Seen::Change { keys, .. } => {
                for (key, item) in keys {
                    match item {
                        Some(item) => page.1.insert(key.clone(), item.clone()),
                        None => page.1.remove(key),
                    };
                }
            }
        }
        page.0.push(seen);
    }

    pub(crate) fn holds(&self, items: &Items) -> bool {
        lock(&self.page).1 == self.wants.of(items)
    }

    pub(crate) fn log(&self) -> WatcherLog {
        let seen = lock(&self.page).0.clone();
        WatcherLog { name: self.name, wants: self.wants, is_log: self.is_log, seen }
    }
}

impl WatcherLog {
    /// The numbers of commits, gaps and losses.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let count = |is_it: fn(&Seen) -> bool| self.seen.iter().filter(|seen| is_it(seen)).count();
        [
            count(|seen| matches!(seen, Seen::Change { .. })),
            count(|seen| matches!(seen, Seen::Whole { how: How::Gap, .. })),
            count(|seen| matches!(seen, Seen::Whole { how: How::Reset { .. }, .. })),
        ]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
