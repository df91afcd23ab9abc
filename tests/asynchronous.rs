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

#[path = "asynchronous/streams.rs"]
mod streams;
