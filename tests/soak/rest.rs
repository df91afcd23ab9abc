//! The service after its last caller.

use std::time::{Duration, Instant};

use super::{RedisService, dual, sleep};
use crate::{Rest, calls::Calls};

const PATIENCE: Duration = Duration::from_secs(5);

/// The state of the service once it has recovered by itself.
#[dual]
pub(super) async fn of(redis: &RedisService, calls: &Calls) -> Rest {
    let until = Instant::now() + PATIENCE;
    while !redis.is_alive().await {
        if Instant::now() > until {
            calls.violated(format!("the service was not back {PATIENCE:?} after the last fault"));
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let health = redis.health().await;
    if health.connections.in_use != 0 {
        calls.violated(format!("connections are in use without a caller: {:?}", health.connections));
    }
    Rest { connections: health.connections, background: 0 }
}
