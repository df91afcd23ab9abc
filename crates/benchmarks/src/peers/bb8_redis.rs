use bb8_redis::{RedisConnectionManager, bb8::Pool};

use super::{AsyncClient, CONNECTIONS, Peer, redis_rs};
use crate::{failure::Result, user::User};

#[derive(Clone)]
pub(crate) struct Bb8(Pool<RedisConnectionManager>);

impl Bb8 {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let manager = RedisConnectionManager::new(redis_rs::info(url)?)?;
        Ok(Self(Pool::builder().max_size(CONNECTIONS).build(manager).await?))
    }
}

impl AsyncClient for Bb8 {
    fn peer(&self) -> Peer {
        let config = "32 connections, TCP_NODELAY, otherwise defaults: PING at each checkout";
        Peer::new("bb8-redis", "bb8-redis", config)
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        redis_rs::get_over(&mut *self.0.get().await?, key).await
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        redis_rs::set_over(&mut *self.0.get().await?, key, user).await
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        redis_rs::get_bytes_over(&mut *self.0.get().await?, key).await
    }
}
