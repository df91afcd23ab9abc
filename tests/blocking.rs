//! The scenarios, through the blocking API.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use core::prelude::v1::test as scenario;
use std::thread::sleep;

use maybe_async::must_be_sync as dual;
use redis_config_legacy::{LegacyStore, blocking::Watcher as LegacyWatcher};
use redis_config_store::{
    ConfigStore,
    blocking::{ListenerHandle, Live, Watcher},
};
use redis_service::{RedisService, blocking::Transaction};
use redis_service_runtime::blocking::Task;

/// So many calls of a dual function at the same time; an error for each that panicked.
macro_rules! concurrently {
    ($times:expr, $call:expr) => {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..$times).map(|_| scope.spawn(|| $call)).collect();
            threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
        })
    };
}

mod faults;
mod fixture;
mod scenarios;

#[path = "blocking/iterators.rs"]
mod iterators;
#[path = "blocking/threads.rs"]
mod thread_faults;
