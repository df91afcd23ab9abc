use std::ops::{Deref, DerefMut};

use super::{
    Service,
    runtime::{dual, example},
};
use crate::{
    batch::{Batch, BatchResults},
    error::Result,
};

/// A [`Batch`] with the service that will run it.
///
#[doc = example!("atomic.md")]
#[derive(Debug)]
#[must_use = "nothing is sent until the pipeline is run"]
pub struct Pipeline {
    service: Service,
    batch: Batch,
}

impl Pipeline {
    /// Runs the commands as one transaction: no other client's command runs in between, and none of them runs
    /// if the server refuses one before it runs them. A command that fails while it runs does not undo the
    /// others.
    ///
    /// Commands: `MULTI`, `EXEC`.
    pub fn atomic(self) -> Self {
        Self { batch: self.batch.atomic(), ..self }
    }
}

#[dual]
impl Pipeline {
    /// Sends all commands in one round trip and returns their results. Without commands it sends nothing.
    ///
    /// If the reply is lost, the batch is retried only if every command in it may be.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, `Serialization` and the like for the first invalid command, before anything is sent;
    /// any failure to reach Redis or to get its reply. A single command's error is in its place in the
    /// results.
    pub async fn run(self) -> Result<BatchResults> {
        let Self { service, batch } = self;
        service.client.run_batch(batch).await.map_err(|error| error.during("pipeline"))
    }
}

impl Deref for Pipeline {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

impl DerefMut for Pipeline {
    fn deref_mut(&mut self) -> &mut Batch {
        &mut self.batch
    }
}

impl Service {
    /// Starts a batch of commands, which share one round trip. Its methods are those of [`Batch`].
    ///
    #[doc = example!("pipeline.md")]
    pub fn pipeline(&self) -> Pipeline {
        Pipeline { batch: self.client.batch(), service: self.clone() }
    }
}
