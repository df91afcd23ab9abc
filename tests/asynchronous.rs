//! The scenarios, through the async API.

use maybe_async::must_be_async as dual;
use redis_service::AsyncRedisService as RedisService;
use tokio::{test as scenario, time::sleep};

mod fixture;
mod scenarios;
