use std::ops::{Deref, DerefMut};

use super::{
    Service,
    runtime::{dual, example},
};
use crate::{
    batch::{Batch, BatchResults},
    error::Result,
};

/// A [`Batch`], and the service that is to run it.
#[derive(Debug)]
#[must_use = "nothing is sent until the pipeline is run"]
pub struct PendingBatch {
    service: Service,
    batch: Batch,
}

impl PendingBatch {
    /// Runs the commands as one transaction: nothing else in between, and nothing at all if the server
    /// refuses one before it runs them. One that fails while it runs does not undo the others.
    ///
    /// Commands: `MULTI`, `EXEC`.
    pub fn atomic(self) -> Self {
        Self { batch: self.batch.atomic(), ..self }
    }
}

#[dual]
impl PendingBatch {
    /// Sends all commands in one go, and hands back their results. No commands, nothing sent.
    ///
    /// If the reply is lost, they are sent again only if that does no harm for any of them.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, `Serialization` and the like for the first command that makes no sense, before anything
    /// is sent; whatever keeps Redis from answering. What a single command fails with is in its place in the
    /// results.
    pub async fn run(self) -> Result<BatchResults> {
        let Self { service, batch } = self;
        service.client.run_batch(batch).await.map_err(|error| error.during("pipeline"))
    }
}

impl Deref for PendingBatch {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

impl DerefMut for PendingBatch {
    fn deref_mut(&mut self) -> &mut Batch {
        &mut self.batch
    }
}

impl Service {
    /// Commands to be sent in one go: one round trip for all of them. Their methods are those of [`Batch`].
    ///
    #[doc = example!("pipeline.md")]
    pub fn pipeline(&self) -> PendingBatch {
        PendingBatch { batch: self.client.batch(), service: self.clone() }
    }
}
