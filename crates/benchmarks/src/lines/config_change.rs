//! From a change of configuration to everyone who follows it.

use std::{
    any::Any,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use redis_config_store::{AsyncConfigStore, ConfigStore, Watch, WatchEvent};
use redis_service::{AsyncRedisService, RedisService, ServiceConfig};

use crate::{
    arena::Arena,
    arguments::Arguments,
    failure::Result,
    harness::Line,
    peers::{OURS, Peer},
    results::Better,
    statistics::quantile,
};

/// The goals are for the first: parts of one program that each open the store for themselves.
const WORKS: [(&str, Gather, Shared); 5] = [
    ("config_change_p99", asynchronous, Shared::Service),
    ("config_change_one_store_p99", asynchronous, Shared::Store),
    ("config_change_no_sharing_p99", asynchronous, Shared::Nothing),
    ("config_change_blocking_p99", blocking, Shared::Service),
    ("config_change_blocking_one_store_p99", blocking, Shared::Store),
];
const WATCHERS: [usize; 2] = [1, 100];
const PATIENCE: Duration = Duration::from_secs(30);
/// Changes are as far apart: each finds everyone at rest.
const PAUSE: Duration = Duration::from_millis(20);

/// What the watchers have in common. Whoever writes is never one of them, and has a service of its own.
#[derive(Clone, Copy)]
enum Shared {
    Store,
    /// A store of its own for each watcher; one connection listens for all.
    Service,
    /// A service of its own for each watcher as well, as in so many processes.
    Nothing,
}

type Gather = for<'a> fn(&'a Arena, &str, usize, Shared) -> Result<Watchers<'a>>;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    let mut lines = Vec::new();
    for (work, gather, shared) in WORKS {
        for watchers in WATCHERS.into_iter().filter(|watchers| arguments.wants(work, *watchers)) {
            let mut line = Line::new(work, watchers, "ms", Better::Lower);
            // Gathered when it is its turn, so that nobody else is there.
            let mut audience = None;
            line.add(Peer::new(OURS, "redis-config-store", "defaults"), move |time| {
                if audience.is_none() {
                    audience = Some(gather(arena, &format!("{work}-{watchers}"), watchers, shared)?);
                }
                let audience = audience.as_mut().ok_or("nobody is there")?;
                Ok(quantile(&mut audience.latencies(time)?, 0.99) as f64 / 1e6)
            });
            lines.push(line);
        }
    }
    Ok(lines)
}

struct Watchers<'a> {
    put: Box<dyn FnMut(u64) -> Result<()> + 'a>,
    written: u64,
    receiver: Receiver<Notified>,
    watching: Vec<Box<dyn Any>>,
}

/// When a listener was called; none if it was not for a change.
type Notified = Option<Instant>;

impl Watchers<'_> {
    /// From before the commit to the call of each listener, in nanoseconds.
    fn latencies(&mut self, time: Duration) -> Result<Vec<u64>> {
        let end = Instant::now() + time;
        let mut latencies = Vec::new();
        while Instant::now() < end {
            thread::sleep(PAUSE);
            let before = Instant::now();
            self.written += 1;
            (self.put)(self.written)?;
            for _ in &self.watching {
                let at = self.receiver.recv_timeout(PATIENCE)?.ok_or("an event that is no change")?;
                latencies.push(u64::try_from((at - before).as_nanos())?);
            }
        }
        Ok(latencies)
    }
}

fn listener(sender: &Sender<Notified>) -> impl FnMut(WatchEvent) + Send + 'static {
    let sender = sender.clone();
    move |event| {
        let _ = sender.send(matches!(event, WatchEvent::Change(_)).then(Instant::now));
    }
}

fn asynchronous<'a>(
    arena: &'a Arena,
    namespace: &str,
    watchers: usize,
    shared: Shared,
) -> Result<Watchers<'a>> {
    let config = ServiceConfig::from_url(&arena.server.url())?;
    let connect = || arena.runtime.block_on(AsyncRedisService::connect(config.clone()));
    let open = |redis: &AsyncRedisService| arena.runtime.block_on(AsyncConfigStore::open(redis, namespace));
    let (sender, receiver) = mpsc::channel();
    let mut watching: Vec<Box<dyn Any>> = Vec::new();
    let redis = connect()?;
    let store = open(&redis)?;
    for _ in 0..watchers {
        let store = match shared {
            Shared::Store => store.clone(),
            Shared::Service => open(&redis)?,
            Shared::Nothing => open(&connect()?)?,
        };
        let watch = async || {
            store.watch(Watch::key("limits")).await.map(|watcher| watcher.on_change(listener(&sender)))
        };
        let watcher = arena.runtime.block_on(watch())?;
        // How it is: what comes then is a change.
        receiver.recv_timeout(PATIENCE)?;
        watching.push(Box::new((store, watcher)));
    }
    let writer = open(&connect()?)?;
    let put = move |number| Ok(arena.runtime.block_on(writer.put("limits", &number)).map(drop)?);
    Ok(Watchers { put: Box::new(put), written: 0, receiver, watching })
}

fn blocking<'a>(arena: &'a Arena, namespace: &str, watchers: usize, shared: Shared) -> Result<Watchers<'a>> {
    let config = ServiceConfig::from_url(&arena.server.url())?;
    let connect = || RedisService::connect(config.clone());
    let open = |redis: &RedisService| ConfigStore::open(redis, namespace);
    let (sender, receiver) = mpsc::channel();
    let mut watching: Vec<Box<dyn Any>> = Vec::new();
    let redis = connect()?;
    let store = open(&redis)?;
    for _ in 0..watchers {
        let store = match shared {
            Shared::Store => store.clone(),
            Shared::Service => open(&redis)?,
            Shared::Nothing => open(&connect()?)?,
        };
        let watcher = store.watch(Watch::key("limits"))?.on_change(listener(&sender));
        receiver.recv_timeout(PATIENCE)?;
        watching.push(Box::new((store, watcher)));
    }
    let writer = open(&connect()?)?;
    let put = move |number| Ok(writer.put("limits", &number).map(drop)?);
    Ok(Watchers { put: Box::new(put), written: 0, receiver, watching })
}
