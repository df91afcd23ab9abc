use fred::{
    bytes::Bytes,
    clients::Client,
    interfaces::{ClientLike, KeysInterface},
    types::{
        Builder, Expiration,
        config::{Config, TcpConfig},
    },
};

use super::{AsyncClient, Peer, TTL};
use crate::{
    failure::Result,
    user::{User, decode},
};

#[derive(Clone)]
pub(crate) struct Fred(Client);

impl Fred {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let client = Builder::from_config(Config::from_url(url)?)
            .with_connection_config(|config| {
                config.tcp = TcpConfig { nodelay: Some(true), ..TcpConfig::default() };
            })
            .build()?;
        client.init().await?;
        Ok(Self(client))
    }
}

impl AsyncClient for Fred {
    fn peer(&self) -> Peer {
        let config = "one client, which pipelines by itself (max_feed_count 200), TCP_NODELAY as in its README, \
                      otherwise defaults; RESP2; values as Bytes";
        Peer::new("fred", "fred", config)
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        let bytes: Option<Bytes> = self.0.get(key).await?;
        decode(bytes)
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        let value = Bytes::from(user.to_json()?);
        let expiration = Some(Expiration::PX(i64::try_from(TTL)?));
        Ok(self.0.set(key, value, expiration, None, false).await?)
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        let bytes: Bytes = self.0.get(key).await?;
        Ok(bytes.len())
    }
}
