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
use redis_service::{
    RedisService,
    blocking::{Consumer, ConsumerHandle, Subscription, Transaction},
};
use redis_service_runtime::blocking::Task;

/// Runs a dual function on `$times` threads at the same time; the result of a thread that panicked is an error.
macro_rules! concurrently {
    ($times:expr, $call:expr) => {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..$times).map(|_| scope.spawn(|| $call)).collect();
            threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
        })
    };
}

mod config_store;
mod fixture;
mod service;

// What only the blocking API has.
#[path = "blocking/iterators.rs"]
mod iterators;
#[path = "blocking/threads.rs"]
mod thread_faults;
