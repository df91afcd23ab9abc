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

#[path = "blocking/iterators.rs"]
mod iterators;
#[path = "blocking/threads.rs"]
mod thread_faults;
