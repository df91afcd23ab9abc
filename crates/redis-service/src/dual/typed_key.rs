use super::{
    client::Client,
    runtime::{Link, dual},
};
use crate::{
    AsKey, Result,
    key::OwnedKey,
    operations::{KeyScope, Made},
};

/// A key, and the service that it is on: what typed structures have in common.
#[derive(Clone, Debug)]
pub(super) struct TypedKey {
    client: Client<Link>,
    key: OwnedKey,
}

impl TypedKey {
    pub(super) fn new(client: &Client<Link>, key: &impl AsKey) -> Self {
        Self { client: client.clone(), key: OwnedKey::of(key) }
    }

    pub(super) fn scope(&self) -> KeyScope<'_> {
        self.client.on(&self.key)
    }
}

#[dual]
impl TypedKey {
    pub(super) async fn run<T>(&self, made: Made<T>) -> Result<T> {
        self.client.run(made).await
    }
}
