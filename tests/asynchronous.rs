//! The scenarios, through the async API.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use maybe_async::must_be_async as dual;
use redis_config_legacy::{AsyncLegacyStore as LegacyStore, asynchronous::Watcher as LegacyWatcher};
use redis_config_store::{
    AsyncConfigStore as ConfigStore,
    asynchronous::{ListenerHandle, Live, Watcher},
};
use redis_service::{AsyncRedisService as RedisService, asynchronous::Transaction};
use redis_service_runtime::asynchronous::Task;
use tokio::{test as scenario, time::sleep};

#[path = "asynchronous/cancellation.rs"]
mod cancellation_faults;
mod faults;
/// So many calls of a dual function at the same time; an error for each that panicked.
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

mod fixture;
#[path = "asynchronous/gathering.rs"]
mod gathering;
#[path = "asynchronous/runtimes.rs"]
mod runtimes;
mod scenarios;

#[path = "asynchronous/streams.rs"]
mod streams;
