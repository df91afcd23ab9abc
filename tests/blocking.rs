//! The scenarios, through the blocking API.

use core::prelude::v1::test as scenario;
use std::thread::sleep;

use maybe_async::must_be_sync as dual;
use redis_service::RedisService;

mod fixture;
mod scenarios;
