use std::ops::{Deref, DerefMut};

use super::{
    Execute, Service,
    runtime::{Link, dual, example},
};
use crate::{Batch, Result, Results, call::Call, clock};

/// A [`Batch`], and the service that is to run it.
#[derive(Debug)]
#[must_use = "nothing is sent until the pipeline is run"]
pub struct PendingBatch<L = Link> {
    service: Service<L>,
    batch: Batch,
}

impl<L> PendingBatch<L> {
    /// Runs the commands as one transaction: nothing else in between, and nothing at all if the server
    /// refuses one before it runs them. One that fails while it runs does not undo the others.
    ///
    /// Commands: `MULTI`, `EXEC`.
    pub fn atomic(self) -> Self {
        Self { batch: self.batch.atomic(), ..self }
    }
}

#[dual]
impl<L: Execute> PendingBatch<L> {
    /// Sends all commands in one go, and hands back their results. No commands, nothing sent.
    ///
    /// If the reply is lost, they are sent again only if that does no harm for any of them.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, `Serialization` and the like for the first command that makes no sense, before anything
    /// is sent; whatever keeps Redis from answering. What a single command fails with is in its place in the
    /// results.
    pub async fn run(self) -> Result<Results> {
        let Self { service, batch } = self;
        let call = Call::new("pipeline");
        let pipeline = call.name(batch.ready())?;
        let replies = if batch.is_empty() { Vec::new() } else { call.name(service.attempt(pipeline).await)? };
        call.name(batch.settle(replies))
    }
}

impl<L> Deref for PendingBatch<L> {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

impl<L> DerefMut for PendingBatch<L> {
    fn deref_mut(&mut self) -> &mut Batch {
        &mut self.batch
    }
}

impl<L: Execute> Service<L> {
    /// Commands to be sent in one go: one round trip for all of them. Their methods are those of [`Batch`].
    ///
    #[doc = example!("pipeline.md")]
    pub fn pipeline(&self) -> PendingBatch<L> {
        PendingBatch { batch: self.batch(), service: self.clone() }
    }
}

impl<L> Service<L> {
    pub(super) fn batch(&self) -> Batch {
        Batch::new(self.root().clone(), self.terms().clone(), clock::wall())
    }
}
