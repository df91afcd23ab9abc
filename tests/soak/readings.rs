//! The values that readers received while replies were out of step.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis_service::Result;

use crate::calls::{Calls, lock};

/// The number of keys that are there to be read. The value of each is its own name.
pub(crate) const KEYS: usize = 1024;

/// After a fault, callers get no more values of other keys than this (docs/guarantees.md).
const BOUND: u64 = 128;

pub(crate) fn key(number: usize) -> String {
    format!("named:{number:04}")
}

#[derive(Debug, Default)]
pub(crate) struct Readings {
    pub(crate) calls: Calls,
    own: AtomicU64,
    damaged: AtomicU64,
    strikes: Mutex<Strikes>,
}

#[derive(Debug, Default)]
struct Strikes {
    begun: Vec<Strike>,
    /// Values of other keys before the first.
    others_before: u64,
}

#[derive(Debug)]
struct Strike {
    name: &'static str,
    /// The values of other keys from this strike to the next.
    others: u64,
}

impl Readings {
    /// What is wrong from now on is due to this strike, as far as can be known: a connection that rested with a stray
    /// reply since an earlier one is the exception.
    pub(crate) fn begin(&self, name: &'static str) {
        lock(&self.strikes).begun.push(Strike { name, others: 0 });
    }

    /// Books one read.
    pub(crate) fn book(
        &self,
        key: &str,
        found: &Result<Option<Vec<u8>>>,
        took: Duration,
        deadline: Duration,
    ) {
        self.calls.book(found, took, deadline);
        match found {
            Ok(Some(value)) if value == key.as_bytes() => _ = self.own.fetch_add(1, Ordering::Relaxed),
            Ok(Some(value)) if is_value(value) => {
                let mut strikes = lock(&self.strikes);
                match strikes.begun.last_mut() {
                    Some(strike) => strike.others += 1,
                    None => strikes.others_before += 1,
                }
            }
            Ok(Some(_)) => _ = self.damaged.fetch_add(1, Ordering::Relaxed),
            Ok(None) => self.calls.violated(format!("{key} is there, and was read as nothing")),
            Err(_) => {}
        }
    }

    /// Compares with what is promised.
    pub(crate) fn audit(&self) {
        let damaged = self.damaged.load(Ordering::Relaxed);
        let strikes = lock(&self.strikes);
        let (count, before) = (strikes.begun.len() as u64, strikes.others_before);
        if before > 0 {
            self.calls.violated(format!("{before} values of other keys before the first strike"));
        }
        for Strike { name, others } in strikes.begun.iter().filter(|strike| strike.others > BOUND) {
            self.calls.violated(format!("{others} values of other keys after one strike: {name}"));
        }
        // Each strike adds whole replies, or inverts one byte.
        if damaged > count {
            self.calls.violated(format!("{damaged} damaged values after {count} strikes"));
        }
    }

    /// The counts, as rows of a table.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let mut rows = self.calls.rows();
        rows.push(("own values".to_owned(), self.own.load(Ordering::Relaxed).to_string()));
        rows.push(("damaged values".to_owned(), self.damaged.load(Ordering::Relaxed).to_string()));
        rows.push(("values of other keys".to_owned(), self.others().to_string()));
        let strikes = lock(&self.strikes);
        let most = strikes.begun.iter().max_by_key(|strike| strike.others);
        if let Some(Strike { name, others }) = most.filter(|strike| strike.others > 0) {
            rows.push(("  most after one strike".to_owned(), format!("{others} ({name})")));
        }
        rows.push(("strikes".to_owned(), strikes.begun.len().to_string()));
        rows
    }

    fn others(&self) -> u64 {
        let strikes = lock(&self.strikes);
        strikes.others_before + strikes.begun.iter().map(|strike| strike.others).sum::<u64>()
    }
}

/// Whether it is the value of any key; else it is damaged.
fn is_value(value: &[u8]) -> bool {
    let number = value.strip_prefix(b"named:").and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    number.is_some_and(|number: usize| number < KEYS && key(number).as_bytes() == value)
}
