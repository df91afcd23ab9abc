use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use super::{
    super::{
        super::runtime::{dual, offload},
        Replica,
    },
    Replicator,
};
use crate::{
    error::{Result, StoreError, StoreErrorKind},
    options::StoreOptions,
    replica::{Mirror, decode_snapshot, encode_snapshot},
    snapshot_file,
};

/// Loads the snapshot file. Returns an empty mirror if there is none.
#[dual]
pub(in super::super::super) async fn load(namespace: &str, options: &StoreOptions) -> Result<Mirror> {
    let Some(path) = options.snapshot_file.clone() else { return Ok(Mirror::default()) };
    let file = offload(move || snapshot_file::read(&path)).await.map_err(|error| {
        StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be read: {error}"))
    })?;
    match file {
        Some(file) => decode_snapshot(namespace, &file),
        None => Ok(Mirror::default()),
    }
}

#[dual]
impl Replicator {
    /// Writes the snapshot files that the stores ask for, if they are out of date.
    pub(super) async fn persist(&mut self, replica: &Replica) {
        let (files, mirror) = {
            let hub = replica.hub();
            let files: BTreeSet<_> =
                hub.followers().filter_map(|member| member.snapshot_file.clone()).collect();
            if files.is_empty() {
                return;
            }
            (files, hub.mirror.clone())
        };
        self.saved.retain(|path, _| files.contains(path));
        for path in files {
            self.persist_to(path, replica, &mirror).await;
        }
    }

    async fn persist_to(&mut self, path: PathBuf, replica: &Replica, mirror: &Mirror) {
        let is_saved = |saved: &Mirror| {
            saved.known() == mirror.known() && Arc::ptr_eq(&saved.state.entries, &mirror.state.entries)
        };
        if self.saved.get(&path).is_some_and(is_saved) {
            return;
        }
        // After a loss in Redis the file stays unchanged: it may be the only copy.
        let Some(file) = encode_snapshot(&replica.namespace, mirror) else { return };
        let written = {
            let path = path.clone();
            offload(move || snapshot_file::write(&path, &file)).await
        };
        if written.is_ok() && self.logged.unwritten.remove(&path) {
            tracing::info!("the snapshot file was written again");
        }
        let error = written.err().map(|error| {
            if self.logged.unwritten.insert(path.clone()) {
                tracing::warn!(%error, "the snapshot file was not written");
            } else {
                tracing::debug!(%error, "the snapshot file was not written");
            }
            StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be written: {error}"))
        });
        replica.hub().snapshot_written(&path, error.clone());
        match error {
            None => self.saved.insert(path, mirror.clone()),
            Some(_) => self.saved.remove(&path),
        };
    }
}
