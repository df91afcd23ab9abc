//! The async connections of the redis crate, and what all users of that crate have in common.

use redis::{
    Client, Cmd, ConnectionInfo, IntoConnectionInfo,
    aio::{ConnectionLike, ConnectionManager, MultiplexedConnection},
    io::tcp::TcpSettings,
};

use super::{AsyncClient, Peer, TTL};
use crate::{
    failure::Result,
    user::{User, decode},
};

/// Where to connect, with `TCP_NODELAY`, which is off by default.
pub(crate) fn info(url: &str) -> Result<ConnectionInfo> {
    Ok(url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

pub(crate) fn get(key: &str) -> Cmd {
    Cmd::get(key)
}

pub(crate) fn set(key: &str, user: &User) -> Result<Cmd> {
    let mut command = Cmd::set(key, user.to_json()?);
    command.arg("PX").arg(TTL);
    Ok(command)
}

pub(crate) async fn get_over(connection: &mut impl ConnectionLike, key: &str) -> Result<Option<User>> {
    let bytes: Option<Vec<u8>> = get(key).query_async(connection).await?;
    decode(bytes)
}

pub(crate) async fn set_over(connection: &mut impl ConnectionLike, key: &str, user: &User) -> Result<()> {
    Ok(set(key, user)?.query_async(connection).await?)
}

pub(crate) async fn get_bytes_over(connection: &mut impl ConnectionLike, key: &str) -> Result<usize> {
    let bytes: Vec<u8> = get(key).query_async(connection).await?;
    Ok(bytes.len())
}

#[derive(Clone)]
pub(crate) struct Multiplexed(MultiplexedConnection);

impl Multiplexed {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(Client::open(info(url)?)?.get_multiplexed_async_connection().await?))
    }
}

impl AsyncClient for Multiplexed {
    fn peer(&self) -> Peer {
        Peer::new("redis-multiplexed", "redis", "one connection, TCP_NODELAY, otherwise defaults; RESP2")
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        get_over(&mut self.0, key).await
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        set_over(&mut self.0, key, user).await
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        get_bytes_over(&mut self.0, key).await
    }
}

#[derive(Clone)]
pub(crate) struct Manager(ConnectionManager);

impl Manager {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(Client::open(info(url)?)?.get_connection_manager().await?))
    }
}

impl AsyncClient for Manager {
    fn peer(&self) -> Peer {
        Peer::new(
            "redis-connection-manager",
            "redis",
            "one connection, TCP_NODELAY, otherwise defaults; RESP2",
        )
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        get_over(&mut self.0, key).await
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        set_over(&mut self.0, key, user).await
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        get_bytes_over(&mut self.0, key).await
    }
}
