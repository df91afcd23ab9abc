//! Reading a value that the configuration store keeps current, beside the bare pointer swap below it.

use std::{hint::black_box, sync::Arc, thread, time::Instant};

use arc_swap::ArcSwapOption;
use redis_config_store::{ConfigStore, blocking};
use redis_service::{RedisService, ServiceConfig};

use crate::{
    arena::Arena,
    arguments::Arguments,
    failure::Result,
    harness::Line,
    peers::{OURS, Peer},
    results::Better,
};

const WORK: &str = "live_load_ns";
const THREADS: [usize; 2] = [1, 2];
const LOADS: u32 = 2_000_000;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    let mut lines = Vec::new();
    for threads in THREADS.into_iter().filter(|threads| arguments.wants(WORK, *threads)) {
        let live = open(arena)?;
        let swap = Arc::new(ArcSwapOption::from_pointee("value".to_owned()));
        let mut line = Line::new(WORK, threads, "ns", Better::Lower);
        line.add(Peer::new(OURS, "redis-config-store", "Live::load"), move |_| {
            nanoseconds(threads, || live.load().is_some())
        });
        line.add(Peer::new("arc-swap", "arc-swap", "ArcSwapOption::load"), move |_| {
            nanoseconds(threads, || swap.load().is_some())
        });
        lines.push(line);
    }
    Ok(lines)
}

/// A value that is followed.
pub(crate) fn open(arena: &Arena) -> Result<blocking::Live<String>> {
    let redis = RedisService::connect(ServiceConfig::from_url(&arena.server.url())?)?;
    let store = ConfigStore::open(&redis, "live")?;
    store.put("limits", "value")?;
    Ok(store.live::<String>("limits")?)
}

/// What one load takes a thread, while the others do the same.
fn nanoseconds(threads: usize, load: impl Fn() -> bool + Sync) -> Result<f64> {
    let one = || {
        let started = Instant::now();
        let found = (0..LOADS).filter(|_| black_box(load())).count();
        (found, started.elapsed().as_secs_f64() * 1e9 / f64::from(LOADS))
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        let mut total = 0.0;
        for thread in running {
            let (found, each) = thread.join().map_err(|_| "a thread panicked")?;
            if found != LOADS as usize {
                return Err("there was no value".into());
            }
            total += each;
        }
        Ok(total / threads as f64)
    })
}
