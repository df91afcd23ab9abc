//! One caller: it uses every kind of operation, and records each result.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service::Result;

use super::{RedisService, dual, sleep};
use crate::{ledger::Ledger, plan};

pub(super) struct Caller {
    number: usize,
    redis: RedisService,
    ledger: Arc<Ledger>,
    random: fastrand::Rng,
    until: Instant,
    written: u64,
}

/// Most calls have time for a fault to pass; some have not.
const DEADLINES: [Duration; 4] = [
    Duration::from_millis(3_000),
    Duration::from_millis(3_000),
    Duration::from_millis(500),
    Duration::from_millis(50),
];

const HOUR: Duration = Duration::from_secs(3600);

/// One in this number of values stays for the audit; the others are deleted.
const KEPT: u64 = 16;

#[dual]
impl Caller {
    pub(super) fn new(
        number: usize,
        redis: RedisService,
        ledger: Arc<Ledger>,
        seed: u64,
        until: Instant,
    ) -> Self {
        let random = fastrand::Rng::with_seed(seed ^ (number as u64) << 32);
        Self { number, redis, ledger, random, until, written: 0 }
    }

    pub(super) async fn run(mut self) {
        while Instant::now() < self.until {
            let deadline = DEADLINES[self.random.usize(..DEADLINES.len())];
            let redis = self.redis.with_deadline(deadline);
            let began = Instant::now();
            match self.random.u32(..20) {
                0..6 => self.increment_own(&redis, deadline).await,
                6..9 => self.increment_shared(&redis, deadline).await,
                9..12 => self.increment_with_expiry(&redis, deadline).await,
                12..17 => self.write_and_read(&redis, deadline).await,
                17..19 => self.write_many(&redis, deadline).await,
                _ => self.dedicated(&redis, deadline).await,
            }
            // Refused without being tried. A caller that spins then takes the others' time.
            if began.elapsed() < Duration::from_micros(200) {
                sleep(Duration::from_millis(2)).await;
            }
        }
    }

    /// No other caller uses this counter, so that the result itself can be checked.
    async fn increment_own(&self, redis: &RedisService, deadline: Duration) {
        let counter = &self.ledger.counters[plan::own(self.number)];
        let (acknowledged, unknown) = counter.bounds();
        let began = Instant::now();
        let result = redis.increment(counter.key.as_str(), 1).await;
        self.ledger.count(counter, &result, began.elapsed(), deadline);
        self.check_answer(&counter.key, acknowledged, unknown, &result);
    }

    async fn increment_shared(&self, redis: &RedisService, deadline: Duration) {
        let counter = &self.ledger.counters[plan::shared(self.written)];
        let began = Instant::now();
        let result = redis.increment(counter.key.as_str(), 1).await;
        self.ledger.count(counter, &result, began.elapsed(), deadline);
    }

    async fn increment_with_expiry(&self, redis: &RedisService, deadline: Duration) {
        let counter = &self.ledger.counters[plan::expiring(self.number)];
        let (acknowledged, unknown) = counter.bounds();
        let began = Instant::now();
        let result = redis.increment_with_expiry(counter.key.as_str(), 1, HOUR).await;
        self.ledger.count(counter, &result, began.elapsed(), deadline);
        self.check_answer(&counter.key, acknowledged, unknown, &result);
    }

    fn check_answer(&self, key: &str, acknowledged: u64, unknown: u64, answer: &Result<i64>) {
        if let Ok(value) = answer
            && !(acknowledged + 1..=acknowledged + unknown + 1).contains(&value.unsigned_abs())
        {
            let known = format!("{acknowledged} acknowledged and {unknown} unknown before");
            self.ledger.calls.violated(format!("increment of {key} answered {value}: {known}"));
        }
    }

    /// A key of its own for each write, never written again: a late first attempt cannot undo a later write.
    async fn write_and_read(&mut self, redis: &RedisService, deadline: Duration) {
        let key = self.next_key();
        let began = Instant::now();
        let set = redis.set(key.as_str(), &key, HOUR).await;
        self.ledger.calls.book(&set, began.elapsed(), deadline);
        self.read(redis, deadline, key, set.is_ok()).await;
    }

    async fn read(&mut self, redis: &RedisService, deadline: Duration, key: String, is_there: bool) {
        let began = Instant::now();
        let found = redis.get::<String>(key.as_str()).await;
        self.ledger.calls.book(&found, began.elapsed(), deadline);
        self.check_value(&key, is_there, found);
        if !is_there {
            return;
        }
        if self.random.u64(..KEPT) == 0 {
            self.ledger.keep(key);
            return;
        }
        let began = Instant::now();
        let deleted = redis.delete(key.as_str()).await;
        self.ledger.calls.book(&deleted, began.elapsed(), deadline);
    }

    fn check_value(&self, key: &str, is_there: bool, found: Result<Option<String>>) {
        match found {
            Ok(Some(value)) if value != key => {
                self.ledger.calls.violated(format!("{key} was read as {value:?}"));
            }
            Ok(None) if is_there => {
                self.ledger.calls.violated(format!("{key} was acknowledged, and read as nothing"));
            }
            Err(error) if error.is_deserialization() || error.is_operation() && !error.is_unavailable() => {
                self.ledger.calls.violated(format!("no answer to a GET: {error}"));
            }
            _ => {}
        }
    }

    /// All or none, and each value in its own place.
    async fn write_many(&mut self, redis: &RedisService, deadline: Duration) {
        let keys: Vec<String> = (0..self.random.usize(2..9)).map(|_| self.next_key()).collect();
        let began = Instant::now();
        let set = redis.set_many(keys.iter().map(|key| (key.as_str(), key)), HOUR).await;
        self.ledger.calls.book(&set, began.elapsed(), deadline);
        let began = Instant::now();
        let found = redis.get_many::<String>(&keys).await;
        self.ledger.calls.book(&found, began.elapsed(), deadline);
        let Ok(found) = found else { return };
        let there = found.iter().filter(|value| matches!(value, Ok(Some(_)))).count();
        if there != 0 && there != keys.len() {
            self.ledger.calls.violated(format!("of {} values set together, {there} are there", keys.len()));
        }
        for (key, value) in keys.iter().zip(found) {
            self.check_value(key, set.is_ok(), value.map_err(redis_service::values::FailedValue::into_error));
        }
        let began = Instant::now();
        let deleted = redis.delete_many(&keys).await;
        self.ledger.calls.book(&deleted, began.elapsed(), deadline);
    }

    async fn dedicated(&self, redis: &RedisService, deadline: Duration) {
        let began = Instant::now();
        let opened = redis.dedicated().await;
        self.ledger.calls.book(&opened, began.elapsed(), deadline);
        let Ok(mut dedicated) = opened else { return };
        let counter = &self.ledger.counters[plan::dedicated(self.number)];
        for _ in 0..3 {
            let (acknowledged, unknown) = counter.bounds();
            let began = Instant::now();
            let result = dedicated.command("INCR").key(counter.key.as_str()).run::<i64>().await;
            self.ledger.count(counter, &result, began.elapsed(), deadline);
            self.check_answer(&counter.key, acknowledged, unknown, &result);
        }
    }

    fn next_key(&mut self) -> String {
        self.written += 1;
        format!("value:{}:{}", self.number, self.written)
    }
}
