//! Callers of the async API: tasks. One more kind than the blocking API has: those that stop waiting.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use maybe_async::must_be_async as dual;
use redis_service::{AsyncRedisService as RedisService, ServiceConfig};
use tokio::{runtime, task::JoinSet, time::sleep};

use self::{callers::Caller, readers::Reader};
use crate::{Rest, calls::Calls, ledger::Ledger, plan, readings::Readings};

#[path = "callers.rs"]
mod callers;
#[path = "readers.rs"]
mod readers;
#[path = "rest.rs"]
mod rest;

/// Runs all callers until then, and returns what is left after them.
pub(crate) fn run(config: ServiceConfig, ledger: &Arc<Ledger>, seed: u64, until: Instant) -> Rest {
    with_tasks(config, &ledger.calls, |redis, tasks| {
        for number in 0..plan::CALLERS {
            tasks.spawn(Caller::new(number, redis.clone(), Arc::clone(ledger), seed, until).run());
        }
        for number in 0..plan::CALLERS / 8 {
            tasks.spawn(stop_waiting(redis.clone(), Arc::clone(ledger), seed ^ number as u64, until));
        }
    })
}

/// Runs all readers until then, and returns what is left after them.
pub(crate) fn read(config: ServiceConfig, readings: &Arc<Readings>, seed: u64, until: Instant) -> Rest {
    with_tasks(config, &readings.calls, |redis, tasks| {
        for number in 0..plan::CALLERS {
            tasks.spawn(Reader::new(number, redis.clone(), Arc::clone(readings), seed, until).run());
        }
    })
}

fn with_tasks(
    config: ServiceConfig,
    calls: &Calls,
    spawn: impl FnOnce(&RedisService, &mut JoinSet<()>),
) -> Rest {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let handle = runtime.handle().clone();
    runtime.block_on(async {
        let redis = RedisService::connect(config).await.expect("a connection before the faults begin");
        let mut tasks = JoinSet::new();
        spawn(&redis, &mut tasks);
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                calls.violated(format!("a caller did not end well: {error}"));
            }
        }
        let mut rest = rest::of(&redis, calls).await;
        drop(redis);
        // The driver and the health check end by themselves.
        let patience = Instant::now() + Duration::from_secs(5);
        while handle.metrics().num_alive_tasks() > 0 && Instant::now() < patience {
            sleep(Duration::from_millis(10)).await;
        }
        rest.background = handle.metrics().num_alive_tasks();
        rest
    })
}

/// Drops its calls at any point.
async fn stop_waiting(redis: RedisService, ledger: Arc<Ledger>, seed: u64, until: Instant) {
    let mut random = fastrand::Rng::with_seed(seed);
    while Instant::now() < until {
        let counter = &ledger.counters[plan::shared(random.u64(..))];
        let call = redis.increment(counter.key.as_str(), 1);
        let patience = Duration::from_micros(random.u64(..20_000));
        let began = Instant::now();
        match tokio::time::timeout(patience, call).await {
            Ok(result) => ledger.count(counter, &result, began.elapsed(), patience),
            Err(_) => counter.abandoned(),
        }
    }
}
