use super::{
    client::Client,
    runtime::{Link, SendIfAsync, dual},
};
use crate::{
    error::Result,
    operations::{KeyScope, OperationResult},
    values::{AsKey, OwnedKey},
};

/// A key and its service: what the typed structures have in common.
#[derive(Clone, Debug)]
pub(super) struct TypedKey {
    client: Client<Link>,
    key: OwnedKey,
}

impl TypedKey {
    pub(super) fn new(client: &Client<Link>, key: &impl AsKey) -> Self {
        Self { client: client.clone(), key: OwnedKey::of(key) }
    }

    pub(super) fn client(&self) -> &Client<Link> {
        &self.client
    }

    pub(super) fn key(&self) -> &OwnedKey {
        &self.key
    }
}

#[dual]
impl TypedKey {
    /// Runs an operation on the key.
    pub(super) async fn run<T>(
        &self,
        make: impl FnOnce(KeyScope<'_>) -> OperationResult<T> + SendIfAsync,
    ) -> Result<T> {
        self.client.run_on(&self.key, make).await
    }
}
