//! A small script in one round trip, beside a bare EVALSHA of the same.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis_service::{AsyncRedisService, Script, ServiceConfig};

use crate::{
    arena::Arena,
    arguments::Arguments,
    failure::Result,
    harness::Line,
    load::asynchronous::{Work, throughput},
    peers::{OURS, Peer, redis_info},
    results::Better,
};

const WORK: &str = "script";
const CALLERS: [usize; 3] = [1, 64, 256];

/// What a counter of a window does.
const SOURCE: &str = "local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count";

static COUNT: Script = Script::new(SOURCE);

const WINDOW: u64 = 3_600_000;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    let url = arena.server.url();
    let mut lines = Vec::new();
    for callers in CALLERS.into_iter().filter(|callers| arguments.wants(WORK, *callers)) {
        let redis = arena.runtime.block_on(AsyncRedisService::connect(ServiceConfig::from_url(&url)?))?;
        let client = redis::Client::open(redis_info(&url)?)?;
        let (connection, hash) = arena.runtime.block_on(async {
            let mut connection = client.get_multiplexed_async_connection().await?;
            let load = redis::cmd("SCRIPT").arg("LOAD").arg(SOURCE).to_owned();
            let hash: String = load.query_async(&mut connection).await?;
            Ok::<_, redis::RedisError>((connection, Arc::<str>::from(hash)))
        })?;

        let mut line = Line::new(WORK, callers, "calls/s", Better::Higher);
        line.add(Peer::new(OURS, "redis-service", "defaults"), move |time| {
            arena.runtime.block_on(throughput(&Ours { redis: redis.clone() }, callers, time))
        });
        let config = "EVALSHA over one multiplexed connection, TCP_NODELAY, the script loaded before";
        line.add(Peer::new("raw-evalsha", "redis", config), move |time| {
            let raw = Raw { connection: connection.clone(), hash: Arc::clone(&hash) };
            arena.runtime.block_on(throughput(&raw, callers, time))
        });
        lines.push(line);
    }
    Ok(lines)
}

fn key(caller: usize) -> String {
    format!("count:{caller}")
}

fn verify(count: i64) -> Result<()> {
    if count > 0 { Ok(()) } else { Err("not a count".into()) }
}

#[derive(Clone)]
struct Ours {
    redis: AsyncRedisService,
}

impl Work for Ours {
    async fn turn(&mut self, caller: usize, _: u64) -> Result<()> {
        verify(self.redis.script(&COUNT).key(key(caller)).arg(WINDOW).run().await?)
    }
}

#[derive(Clone)]
struct Raw {
    connection: MultiplexedConnection,
    hash: Arc<str>,
}

impl Work for Raw {
    async fn turn(&mut self, caller: usize, _: u64) -> Result<()> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&*self.hash).arg(1).arg(key(caller)).arg(WINDOW);
        verify(command.query_async(&mut self.connection).await?)
    }
}
