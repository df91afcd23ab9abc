use std::{marker::PhantomData, time::SystemTime};

use super::{Batch, BatchHandle};
use crate::{
    operations::{KeyScope, OperationResult},
    values::{AsKey, OwnedKey},
};

/// A key and the batch that operations on it are queued in: what the typed structures of a batch have in
/// common.
#[derive(Debug)]
pub(super) struct BatchKey<'a, T> {
    batch: &'a mut Batch,
    key: OwnedKey,
    values: PhantomData<fn() -> T>,
}

impl<'a, T> BatchKey<'a, T> {
    pub(super) fn new(batch: &'a mut Batch, key: &impl AsKey) -> Self {
        Self { batch, key: OwnedKey::of(key), values: PhantomData }
    }

    /// Queues an operation on the key.
    pub(super) fn queue<R>(
        &mut self,
        make: impl FnOnce(KeyScope<'_>) -> OperationResult<R>,
    ) -> BatchHandle<R> {
        let made = make(self.batch.on(&self.key));
        self.batch.queue(made)
    }

    /// Returns when the batch was begun, by this machine's clock.
    pub(super) fn started(&self) -> SystemTime {
        self.batch.started
    }
}
