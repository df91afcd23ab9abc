//! The blocking connections of the redis crate: bare, and in r2d2 with and without its check.

use r2d2::Pool;
use redis::{Client, Connection};

use super::{BlockingClient, CONNECTIONS, Peer, redis_rs};
use crate::{
    failure::Result,
    user::{User, decode},
};

/// One connection, and nothing around it.
pub(crate) struct Bare {
    client: Client,
    connection: Connection,
}

impl Bare {
    pub(crate) fn open(url: &str) -> Result<Self> {
        let client = Client::open(redis_rs::info(url)?)?;
        let connection = client.get_connection()?;
        Ok(Self { client, connection })
    }
}

impl BlockingClient for Bare {
    fn peer(&self) -> Peer {
        Peer::new("redis-bare", "redis", "a connection for each thread, TCP_NODELAY, no pool")
    }

    fn for_thread(&self) -> Result<Self> {
        Ok(Self { client: self.client.clone(), connection: self.client.get_connection()? })
    }

    fn get(&mut self, key: &str) -> Result<Option<User>> {
        let bytes: Option<Vec<u8>> = redis_rs::get(key).query(&mut self.connection)?;
        decode(bytes)
    }

    fn set(&mut self, key: &str, user: &User) -> Result<()> {
        Ok(redis_rs::set(key, user)?.query(&mut self.connection)?)
    }
}

/// A connection from r2d2 for each operation.
#[derive(Clone)]
pub(crate) struct Pooled {
    pool: Pool<Client>,
    checked: bool,
}

impl Pooled {
    pub(crate) fn open(url: &str, checked: bool) -> Result<Self> {
        let client = Client::open(redis_rs::info(url)?)?;
        let pool = Pool::builder().max_size(CONNECTIONS).test_on_check_out(checked).build(client)?;
        Ok(Self { pool, checked })
    }
}

impl BlockingClient for Pooled {
    fn peer(&self) -> Peer {
        if self.checked {
            let config = "32 connections, TCP_NODELAY, otherwise defaults: PING at each checkout";
            Peer::new("r2d2-default", "redis", config)
        } else {
            Peer::new("r2d2-unchecked", "redis", "32 connections, TCP_NODELAY, test_on_check_out(false)")
        }
    }

    fn for_thread(&self) -> Result<Self> {
        Ok(self.clone())
    }

    fn get(&mut self, key: &str) -> Result<Option<User>> {
        let bytes: Option<Vec<u8>> = redis_rs::get(key).query(&mut *self.pool.get()?)?;
        decode(bytes)
    }

    fn set(&mut self, key: &str, user: &User) -> Result<()> {
        Ok(redis_rs::set(key, user)?.query(&mut *self.pool.get()?)?)
    }
}
