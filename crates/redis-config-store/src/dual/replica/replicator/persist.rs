use std::{collections::BTreeSet, io, path::PathBuf, time::Instant};

use super::{
    super::{
        super::runtime::{dual, offload},
        Replica,
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
pub(in super::super::super) async fn load(
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
    /// Writes the snapshot files that the stores ask for, if they are out of date.
    pub(super) async fn persist(&mut self, replica: &Replica) {
        let (files, mirror, confirmed) = {
            let hub = replica.hub();
            let files: BTreeSet<_> =
                hub.followers().filter_map(|member| member.snapshot_file.clone()).collect();
            // What Redis never confirmed is from a file.
            let Some(confirmed) = hub.health.confirmed().filter(|_| !files.is_empty()) else { return };
            (files, hub.mirror.clone(), confirmed)
        };
        self.snapshots.retain(|path, _| files.contains(path));
        for path in files {
            self.persist_to(path, replica, &mirror, confirmed).await;
        }
    }

    async fn persist_to(&mut self, path: PathBuf, replica: &Replica, mirror: &Mirror, confirmed: Instant) {
        let snapshot = self.snapshots.entry(path.clone()).or_default();
        if snapshot.is_saved(mirror) {
            return;
        }
        let saved = {
            let (path, namespace, state) = (path.clone(), replica.namespace.clone(), mirror.clone());
            let replaceable = snapshot.replaceable(confirmed);
            offload(move || Ok(snapshot_file::save(&path, &namespace, &state, &replaceable))).await
        };
        let error = match saved.unwrap_or_else(|error| Err(not_run(&error))) {
            Ok(saved) => {
                match saved {
                    Saved::Written => snapshot.written(mirror.clone()),
                    Saved::Kept(known) => snapshot.kept(known, clock::now()),
                }
                if self.logged.unwritten.remove(&path) {
                    tracing::info!("the snapshot file was written again");
                }
                None
            }
            Err(error) => {
                snapshot.failed();
                if self.logged.unwritten.insert(path.clone()) {
                    tracing::warn!(%error, "the snapshot file was not written");
                } else {
                    tracing::debug!(%error, "the snapshot file was not written");
                }
                Some(error)
            }
        };
        replica.hub().snapshot_written(&path, error);
    }
}
