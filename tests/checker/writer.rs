//! One writer: it uses every kind of operation, and records each result.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_config_store::{Commit, Expect, State, StoreError, Version, commit::Effect, error::Result};
use redis_service::Outcome as Applied;

use super::{ConfigStore, dual, sleep};
use crate::{
    book::Book,
    history::{Items, Outcome, Value, Work},
    items_of,
    plan::{COUNTERS, FREE, PAIR, PAUSE},
};

pub(super) struct Writer {
    name: usize,
    store: ConfigStore,
    book: Arc<Book>,
    random: fastrand::Rng,
    turn: u64,
}

#[dual]
impl Writer {
    pub(super) fn new(name: usize, store: ConfigStore, book: Arc<Book>, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed ^ (name as u64 + 1) << 32);
        Self { name, store, book, random, turn: 0 }
    }

    pub(super) async fn run(mut self, until: Instant) {
        while Instant::now() < until {
            self.turn += 1;
            let token = format!("{}-{}", self.name, self.turn);
            match self.random.u32(..20) {
                0..7 => self.increment(&token).await,
                7..11 => self.commit_pair(token).await,
                11..15 => self.put(&token).await,
                15 => self.delete().await,
                16 => self.roll_back().await,
                _ => self.read().await,
            }
            sleep(Duration::from_millis(self.random.u64(PAUSE))).await;
        }
    }

    async fn increment(&mut self, token: &str) {
        let key = self.one_of(&COUNTERS);
        let call = self.book.begin(Work::Increment, key, Some(token));
        let count = |value: Value| Value { token: token.to_owned(), count: value.count + 1 };
        let mut result = self.store.update(key, count).await;
        // Nothing has been written yet.
        if result.as_ref().is_err_and(|error| error.kind() == redis_config_store::StoreErrorKind::Missing) {
            let first = Value { token: token.to_owned(), count: 0 };
            result = self.store.put_if(key, &first, Expect::Absent).await;
        }
        self.book.end(call, outcome_of(key, result, true));
    }

    /// If the outcome is unknown, it is repeated as the same operation.
    async fn commit_pair(&mut self, token: String) {
        let call = self.book.begin(Work::Pair, PAIR[0], Some(&token));
        let value = Value { token: token.clone(), count: 0 };
        let commit = PAIR.iter().try_fold(Commit::new(), |commit, key| commit.put(key, &value));
        let commit = commit.expect("a value that can be encoded").operation(token);
        let mut result = self.store.commit(commit.clone()).await;
        let is_unknown = result.as_ref().is_err_and(|error| error.outcome() == Applied::Unknown);
        if is_unknown {
            result = self.store.commit(commit).await;
        }
        let outcome = match result {
            Ok(committed) => Outcome::Done {
                revision: committed.revision,
                versions: PAIR
                    .iter()
                    .zip(&committed.versions)
                    .map(|(key, version)| versioned(key, *version))
                    .collect(),
                is_new: committed.effect == Effect::Done,
            },
            Err(_) if is_unknown => Outcome::Unknown,
            Err(error) => failure(&error),
        };
        self.book.end(call, outcome);
    }

    async fn put(&mut self, token: &str) {
        let key = self.one_of(&FREE);
        let call = self.book.begin(Work::Put, key, Some(token));
        let outcome = match self.store.fetch::<Value>(key).await {
            Ok(found) => {
                let expect = found.map_or(Expect::Absent, |found| Expect::Version(found.version));
                let value = Value { token: token.to_owned(), count: 0 };
                outcome_of(key, self.store.put_if(key, &value, expect).await, true)
            }
            Err(_) => Outcome::Refused,
        };
        self.book.end(call, outcome);
    }

    async fn delete(&mut self) {
        let key = self.one_of(&FREE);
        let call = self.book.begin(Work::Delete, key, None);
        let result = self.store.delete(key).await;
        // The key does not exist: nothing was done.
        let outcome = match result {
            Ok(version) if version.number == 0 => Outcome::Refused,
            result => outcome_of(key, result, false),
        };
        self.book.end(call, outcome);
    }

    async fn roll_back(&mut self) {
        let key = self.one_of(&FREE);
        let Ok(versions) = self.store.versions(key).await else { return };
        if versions.is_empty() {
            return;
        }
        let number = versions[self.random.usize(..versions.len())].number;
        let call = self.book.begin(Work::Rollback, key, None);
        let result = self.store.rollback(key, number).await;
        self.book.end(call, outcome_of(key, result, false));
    }

    async fn read(&mut self) {
        let call = self.book.begin(Work::Read, "", None);
        let outcome = match self.store.state().await {
            Ok(state) => read(&state),
            Err(error) => failure(&error),
        };
        self.book.end(call, outcome);
    }

    fn one_of(&mut self, keys: &[&'static str]) -> &'static str {
        keys[self.random.usize(..keys.len())]
    }
}

fn outcome_of(key: &str, result: Result<Version>, is_new: bool) -> Outcome {
    match result {
        Ok(version) => {
            Outcome::Done { revision: version.revision, versions: vec![versioned(key, version)], is_new }
        }
        Err(error) => failure(&error),
    }
}

fn versioned(key: &str, version: Version) -> (String, u64, String) {
    (key.to_owned(), version.number, version.digest.to_string())
}

fn failure(error: &StoreError) -> Outcome {
    match error.outcome() {
        Applied::NotApplied => Outcome::Refused,
        _ => Outcome::Unknown,
    }
}

fn read(state: &State) -> Outcome {
    let items: Items = items_of(state);
    Outcome::Read { epoch: state.epoch().to_owned(), revision: state.revision(), items }
}
