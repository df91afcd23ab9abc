//! A hundred typed values at a time, beside a bare MGET of the same keys.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis_service::{AsyncRedisService, ServiceConfig};

use crate::{
    arena::Arena,
    arguments::Arguments,
    failure::Result,
    harness::Line,
    load::asynchronous::{Work, throughput},
    peers::{OURS, Peer, redis_info},
    results::Better,
    user::{User, decode},
};

const WORK: &str = "get_many_100";
const CALLERS: [usize; 2] = [1, 16];
const KEYS: usize = 100;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    let url = arena.server.url();
    let keys: Arc<[String]> = arena.keys.read[..KEYS].into();
    let mut lines = Vec::new();
    for callers in CALLERS.into_iter().filter(|callers| arguments.wants(WORK, *callers)) {
        let redis = arena.runtime.block_on(AsyncRedisService::connect(ServiceConfig::from_url(&url)?))?;
        let ours = Ours { redis, keys: Arc::clone(&keys) };
        let client = redis::Client::open(redis_info(&url)?)?;
        let connection = arena.runtime.block_on(client.get_multiplexed_async_connection())?;
        let raw = Raw { connection, keys: Arc::clone(&keys) };

        let mut line = Line::new(WORK, callers, "calls/s", Better::Higher);
        line.add(Peer::new(OURS, "redis-service", "defaults"), move |time| {
            arena.runtime.block_on(throughput(&ours, callers, time))
        });
        let config = "MGET over one multiplexed connection, TCP_NODELAY, each value by serde_json";
        line.add(Peer::new("raw-mget", "redis", config), move |time| {
            arena.runtime.block_on(throughput(&raw, callers, time))
        });
        lines.push(line);
    }
    Ok(lines)
}

#[derive(Clone)]
struct Ours {
    redis: AsyncRedisService,
    keys: Arc<[String]>,
}

impl Work for Ours {
    async fn turn(&mut self, _: usize, _: u64) -> Result<()> {
        let found = self.redis.get_many::<User>(&self.keys).await?;
        let users = found.into_iter().map(|user| user.map_err(|_| "a value that is none".into()));
        verify(users.collect::<Result<Vec<_>>>()?)
    }
}

#[derive(Clone)]
struct Raw {
    connection: MultiplexedConnection,
    keys: Arc<[String]>,
}

impl Work for Raw {
    async fn turn(&mut self, _: usize, _: u64) -> Result<()> {
        let found: Vec<Option<Vec<u8>>> =
            redis::cmd("MGET").arg(&*self.keys).query_async(&mut self.connection).await?;
        verify(found.into_iter().map(decode).collect::<Result<Vec<_>>>()?)
    }
}

fn verify(users: Vec<Option<User>>) -> Result<()> {
    let right =
        users.iter().enumerate().all(|(id, user)| user.as_ref().is_some_and(|user| user.id == id as u64));
    if right && users.len() == KEYS { Ok(()) } else { Err("not the hundred users".into()) }
}
