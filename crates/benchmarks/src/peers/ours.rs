use std::time::Duration;

use redis_service::{AsyncRedisService, RedisService, ServiceConfig};

use super::{AsyncClient, BlockingClient, OURS, Peer, TTL};
use crate::{failure::Result, user::User};

const EXPIRY: Duration = Duration::from_millis(TTL);

/// The async service.
#[derive(Clone)]
pub(crate) struct Ours(AsyncRedisService);

impl Ours {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(AsyncRedisService::connect(ServiceConfig::from_url(url)?).await?))
    }
}

impl AsyncClient for Ours {
    fn peer(&self) -> Peer {
        Peer::new(OURS, "redis-service", "defaults")
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        Ok(self.0.get(key).await?)
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        Ok(self.0.set(key, user, EXPIRY).await?)
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        Ok(self.0.get_raw(key).await?.map_or(0, |bytes| bytes.len()))
    }
}

/// The blocking service.
#[derive(Clone)]
pub(crate) struct OursBlocking(RedisService);

impl OursBlocking {
    pub(crate) fn open(url: &str, connections: u32) -> Result<Self> {
        let mut config = ServiceConfig::from_url(url)?;
        config.pool_size = connections;
        Ok(Self(RedisService::connect(config)?))
    }
}

impl BlockingClient for OursBlocking {
    fn peer(&self) -> Peer {
        Peer::new(OURS, "redis-service", "defaults, 32 connections")
    }

    fn for_thread(&self) -> Result<Self> {
        Ok(self.clone())
    }

    fn get(&mut self, key: &str) -> Result<Option<User>> {
        Ok(self.0.get(key)?)
    }

    fn set(&mut self, key: &str, user: &User) -> Result<()> {
        Ok(self.0.set(key, user, EXPIRY)?)
    }
}
