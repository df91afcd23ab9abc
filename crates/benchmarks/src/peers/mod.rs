//! Everyone who takes part: ourselves and the peers, each configured as its documentation recommends.

mod bb8_redis;
mod blocking;
mod client;
mod deadpool;
mod fred;
mod ours;
mod r2d2_redis;
mod redis_rs;
mod rustis;
mod version;

pub(crate) use self::{
    blocking::{BlockingClient, BlockingDriver},
    client::{AsyncClient, AsyncDriver},
    redis_rs::info as redis_info,
    version::version_of,
};
use crate::failure::Result;

/// Ourselves, in `results.json` the record's own figure.
pub(crate) const OURS: &str = "redis-service";

/// Of every pool.
const CONNECTIONS: u32 = 32;

/// Time to live of what is written, in milliseconds.
pub(crate) const TTL: u64 = 3_600_000;

/// Who it is, and how it was set up.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) config: &'static str,
}

impl Peer {
    pub(crate) fn new(name: &'static str, package: &str, config: &'static str) -> Self {
        Self { name, version: version_of(package), config }
    }
}

/// The async clients, ourselves first.
pub(crate) const ASYNC: [&str; 7] =
    [OURS, "redis-multiplexed", "redis-connection-manager", "fred", "rustis", "deadpool-redis", "bb8-redis"];

/// One async client, connected to `url`.
pub(crate) async fn open_async(name: &str, url: &str) -> Result<Box<dyn AsyncDriver>> {
    Ok(match name {
        OURS => Box::new(ours::Ours::open(url).await?),
        "redis-multiplexed" => Box::new(redis_rs::Multiplexed::open(url).await?),
        "redis-connection-manager" => Box::new(redis_rs::Manager::open(url).await?),
        "fred" => Box::new(fred::Fred::open(url).await?),
        "rustis" => Box::new(rustis::Rustis::open(url).await?),
        "deadpool-redis" => Box::new(deadpool::Deadpool::open(url)?),
        "bb8-redis" => Box::new(bb8_redis::Bb8::open(url).await?),
        _ => return Err(format!("there is no async client {name}").into()),
    })
}

/// The blocking clients, ourselves first.
pub(crate) const BLOCKING: [&str; 4] = [OURS, "redis-bare", "r2d2-default", "r2d2-unchecked"];

/// One blocking client, connected to `url`.
pub(crate) fn open_blocking(name: &str, url: &str) -> Result<Box<dyn BlockingDriver>> {
    Ok(match name {
        OURS => Box::new(ours::OursBlocking::open(url, CONNECTIONS)?),
        "redis-bare" => Box::new(r2d2_redis::Bare::open(url)?),
        "r2d2-default" => Box::new(r2d2_redis::Pooled::open(url, true)?),
        "r2d2-unchecked" => Box::new(r2d2_redis::Pooled::open(url, false)?),
        _ => return Err(format!("there is no blocking client {name}").into()),
    })
}
