//! Callers of the blocking API: threads.

use std::{
    sync::Arc,
    thread::{self, sleep},
    time::Instant,
};

use maybe_async::must_be_sync as dual;
use redis_service::{RedisService, ServiceConfig};

use self::{callers::Caller, readers::Reader};
use crate::{Rest, ledger::Ledger, plan, readings::Readings};

#[path = "callers.rs"]
mod callers;
#[path = "readers.rs"]
mod readers;
#[path = "rest.rs"]
mod rest;

/// Runs all callers until then, and returns what is left after them.
pub(crate) fn run(config: ServiceConfig, ledger: &Arc<Ledger>, seed: u64, until: Instant) -> Rest {
    let redis = RedisService::connect(config).expect("a connection before the faults begin");
    thread::scope(|scope| {
        for number in 0..plan::CALLERS {
            let caller = Caller::new(number, redis.clone(), Arc::clone(ledger), seed, until);
            scope.spawn(|| caller.run());
        }
    });
    rest::of(&redis, &ledger.calls)
}

/// Runs all readers until then, and returns what is left after them.
pub(crate) fn read(config: ServiceConfig, readings: &Arc<Readings>, seed: u64, until: Instant) -> Rest {
    let redis = RedisService::connect(config).expect("a connection before the faults begin");
    thread::scope(|scope| {
        for number in 0..plan::CALLERS {
            let reader = Reader::new(number, redis.clone(), Arc::clone(readings), seed, until);
            scope.spawn(|| reader.run());
        }
    });
    rest::of(&redis, &readings.calls)
}
