//! The scenarios, through the async API.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use maybe_async::must_be_async as dual;
use redis_config_store::AsyncConfigStore as ConfigStore;
use redis_service::AsyncRedisService as RedisService;
use tokio::{test as scenario, time::sleep};

#[path = "asynchronous/cancellation.rs"]
mod cancellation_faults;
mod faults;
mod fixture;
mod scenarios;

/// Runs jobs at the same time.
async fn together<J: fixture::Job>(jobs: impl IntoIterator<Item = J>) -> Vec<u64> {
    let tasks: Vec<_> = jobs.into_iter().map(|job| tokio::spawn(job.run())).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[path = "asynchronous/streams.rs"]
mod streams;
