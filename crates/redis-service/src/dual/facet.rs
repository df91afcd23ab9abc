use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, runtime::dual};
use crate::{AsKey, Command, Reply, Result, call::Call, key::OwnedKey};

/// A key, and the service that it is on: what typed structures have in common.
#[derive(Debug)]
pub(super) struct Facet<L> {
    service: Service<L>,
    key: OwnedKey,
}

impl<L> Facet<L> {
    pub(super) fn new(service: &Service<L>, key: &impl AsKey) -> Self {
        Self { service: service.clone(), key: OwnedKey::of(key) }
    }

    pub(super) fn service(&self) -> &Service<L> {
        &self.service
    }

    pub(super) fn call<'a>(&'a self, operation: &'a str) -> Call<'a> {
        Call::on(operation, &self.key)
    }

    /// A command on the key.
    pub(super) fn command(&self, call: Call<'_>, name: &'static str) -> Result<Command> {
        Ok(Command::new(name).arg(self.service.key(call, &self.key)?))
    }

    /// A command on the key with one value.
    pub(super) fn with_value<V: Serialize + ?Sized>(
        &self,
        call: Call<'_>,
        name: &'static str,
        value: &V,
    ) -> Result<Command> {
        Ok(self.command(call, name)?.arg(self.service.encode(call, value)?))
    }

    /// A command on the key with many values; `None` if there are none.
    pub(super) fn with_values<V: Serialize>(
        &self,
        call: Call<'_>,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Option<Command>> {
        let mut values = values.into_iter().peekable();
        let command = self.command(call, name)?;
        if values.peek().is_none() {
            return Ok(None);
        }
        let add = |command: Command, value| Ok(command.arg(self.service.encode(call, &value)?));
        values.try_fold(command, add).map(Some)
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, call: Call<'_>, bytes: &[u8]) -> Result<T> {
        self.service.decode(call, bytes)
    }

    pub(super) fn decode_found<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        reply: Reply,
    ) -> Result<Option<T>> {
        self.service.decode_found(call, reply)
    }

    pub(super) fn decode_all<T: DeserializeOwned>(&self, call: Call<'_>, reply: Reply) -> Result<Vec<T>> {
        let values = call.name(reply.into_values())?;
        values.iter().map(|bytes| self.decode(call, bytes)).collect()
    }
}

#[dual]
impl<L: Execute> Facet<L> {
    pub(super) async fn ask(&self, call: Call<'_>, command: &Command) -> Result<Reply> {
        self.service.ask(call, command).await
    }

    /// How many there were, of a command that counts; 0 without it.
    pub(super) async fn count(&self, call: Call<'_>, command: Option<Command>) -> Result<u64> {
        let Some(command) = command else { return Ok(0) };
        call.name(self.ask(call, &command).await?.into_count())
    }
}

impl<L> Clone for Facet<L> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), key: self.key.clone() }
    }
}
