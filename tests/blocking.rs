//! The scenarios, through the blocking API.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use core::prelude::v1::test as scenario;
use std::thread::sleep;

use maybe_async::must_be_sync as dual;
use redis_config_store::ConfigStore;
use redis_service::RedisService;

mod faults;
mod fixture;
mod scenarios;

/// Runs jobs at the same time.
fn together<J: fixture::Job>(jobs: impl IntoIterator<Item = J>) -> Vec<u64> {
    let threads: Vec<_> = jobs.into_iter().map(|job| std::thread::spawn(move || job.run())).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[path = "blocking/iterators.rs"]
mod iterators;
#[path = "blocking/threads.rs"]
mod thread_faults;
