//! The scenarios, through the async API.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use maybe_async::must_be_async as dual;
use redis_config_legacy::{AsyncLegacyStore as LegacyStore, asynchronous::Watcher as LegacyWatcher};
use redis_config_store::{
    AsyncConfigStore as ConfigStore,
    asynchronous::{ListenerHandle, Live, Watcher},
};
use redis_service::{
    AsyncRedisService as RedisService,
    asynchronous::{Consumer, ConsumerHandle, Subscription, Transaction},
};
use redis_service_runtime::asynchronous::Task;
use tokio::{test as scenario, time::sleep};

/// Runs a dual function as `$times` tasks at the same time; the result of a task that panicked is an error.
macro_rules! concurrently {
    ($times:expr, $call:expr) => {{
        let tasks: Vec<_> = (0..$times).map(|_| tokio::spawn($call)).collect();
        let mut finished = Vec::new();
        for task in tasks {
            finished.push(task.await);
        }
        finished
    }};
}

mod config_store;
mod fixture;
mod service;

// What only the async API has.
#[path = "asynchronous/cancellation.rs"]
mod cancellation_faults;
#[path = "asynchronous/gathering.rs"]
mod gathering;
#[path = "asynchronous/runtimes.rs"]
mod runtimes;
#[path = "asynchronous/streams.rs"]
mod streams;
