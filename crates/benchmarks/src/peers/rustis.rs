use rustis::{
    client::Client,
    commands::{SetExpiration, StringCommands},
    resp::BulkString,
};

use super::{AsyncClient, Peer, TTL};
use crate::{
    failure::Result,
    user::{User, decode},
};

#[derive(Clone)]
pub(crate) struct Rustis(Client);

impl Rustis {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self(Client::connect(url).await?))
    }
}

impl AsyncClient for Rustis {
    fn peer(&self) -> Peer {
        let config = "one multiplexed client, \"the preferred mode for most Web applications\"; defaults \
                      (TCP_NODELAY, max_messages_per_wave 48); RESP3";
        Peer::new("rustis", "rustis", config)
    }

    async fn get(&mut self, key: &str) -> Result<Option<User>> {
        let bytes: Option<BulkString> = self.0.get(key).await?;
        decode(bytes.as_ref().map(BulkString::as_bytes))
    }

    async fn set(&mut self, key: &str, user: &User) -> Result<()> {
        let value = BulkString::new(user.to_json()?);
        match self.0.set_with_options(key, value, None, SetExpiration::Px(TTL)).await? {
            true => Ok(()),
            false => Err("rustis did not set the key".into()),
        }
    }

    async fn get_bytes(&mut self, key: &str) -> Result<usize> {
        let bytes: BulkString = self.0.get(key).await?;
        Ok(bytes.len())
    }
}
