use deadpool_redis::{Manager, Pool, Runtime};

use super::{AsyncClient, CONNECTIONS, Peer, redis_rs};
use crate::{failure::Result, user::User};

#[derive(Clone)]
pub(crate) struct Deadpool(Pool);

impl Deadpool {
    pub(crate) fn open(url: &str) -> Result<Self> {
        let manager = Manager::new(redis_rs::info(url)?)?;
        let pool = Pool::builder(manager).max_size(CONNECTIONS as usize).runtime(Runtime::Tokio1).build()?;
        Ok(Self(pool))
    }
}

impl AsyncClient for Deadpool {
    fn peer(&self) -> Peer {
        let config = "32 connections, TCP_NODELAY, otherwise defaults: UNWATCH and PING at each checkout";
        Peer::new("deadpool-redis", "deadpool-redis", config)
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        redis_rs::get_over(&mut self.0.get().await?, key).await
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        redis_rs::set_over(&mut self.0.get().await?, key, user).await
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        redis_rs::get_bytes_over(&mut self.0.get().await?, key).await
    }
}
