use std::io;

use super::{
    super::{
        runtime::{dual, offload},
        store::Shared,
    },
    Replicator,
};
use crate::{
    clock,
    error::{Result, StoreError, StoreErrorKind},
    options::StoreOptions,
    replica::Mirror,
    snapshot_file::{self, Saved},
};

/// Loads the snapshot file. Returns an empty mirror if there is none, or if it cannot be used: then why as well.
#[dual]
pub(in super::super) async fn load(
    namespace: &str,
    options: &StoreOptions,
) -> Result<(Mirror, Option<StoreError>)> {
    let Some(path) = options.snapshot_file.clone() else { return Ok((Mirror::default(), None)) };
    let namespace = namespace.to_owned();
    let loaded = offload(move || Ok(snapshot_file::load(&path, &namespace))).await;
    let loaded = loaded.unwrap_or_else(|error| Err(not_run(&error)));
    if let Ok((_, Some(error))) = &loaded {
        tracing::warn!(%error, "the store opens without its snapshot file");
    }
    loaded
}

/// The runtime did not run it.
fn not_run(error: &io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be reached: {error}"))
}

#[dual]
impl Replicator {
    /// Writes the snapshot file, if the options ask for one and it is out of date.
    pub(super) async fn persist(&mut self, shared: &Shared) {
        let Some(path) = shared.options.snapshot_file.clone() else { return };
        let (mirror, confirmed) = {
            let hub = shared.hub();
            (hub.mirror.clone(), hub.health.confirmed())
        };
        // What Redis never confirmed is from the file.
        let Some(confirmed) = confirmed.filter(|_| !self.snapshot.is_saved(&mirror)) else { return };
        let (namespace, state) = (shared.namespace.clone(), mirror.clone());
        let replaceable = self.snapshot.replaceable(confirmed);
        let saved = offload(move || Ok(snapshot_file::save(&path, &namespace, &state, &replaceable))).await;
        let saved = saved.unwrap_or_else(|error| Err(not_run(&error)));
        match &saved {
            Ok(Saved::Written) => self.snapshot.written(mirror),
            Ok(Saved::Kept(known)) => self.snapshot.kept(known.clone(), clock::now()),
            Err(error) => {
                tracing::warn!(%error, "the snapshot file was not written");
                self.snapshot.failed();
            }
        }
        shared.hub().health.snapshot_written(saved.map(drop));
    }
}
