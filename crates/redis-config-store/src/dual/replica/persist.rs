use std::sync::Arc;

use super::{
    super::{
        runtime::{dual, offload},
        store::Shared,
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
pub(in super::super) async fn load(namespace: &str, options: &StoreOptions) -> Result<Mirror> {
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
    /// Writes the snapshot file, if the options ask for one and it is out of date.
    pub(super) async fn persist(&mut self, shared: &Shared) {
        let Some(path) = shared.options.snapshot_file.clone() else { return };
        let mirror = shared.hub().mirror.clone();
        let is_saved = |saved: &Mirror| {
            saved.known() == mirror.known() && Arc::ptr_eq(&saved.state.entries, &mirror.state.entries)
        };
        if self.saved.as_ref().is_some_and(is_saved) {
            return;
        }
        // After a loss in Redis the file stays unchanged: it may be the only copy.
        let Some(file) = encode_snapshot(&shared.namespace, &mirror) else { return };
        let written = offload(move || snapshot_file::write(&path, &file)).await;
        if written.is_ok() && self.logged.unwritten.ends() {
            tracing::info!("the snapshot file was written again");
        }
        let written = written.map_err(|error| {
            if self.logged.unwritten.begins() {
                tracing::warn!(%error, "the snapshot file was not written");
            } else {
                tracing::debug!(%error, "the snapshot file was not written");
            }
            StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be written: {error}"))
        });
        self.saved = written.is_ok().then_some(mirror);
        shared.hub().health.snapshot_written(written);
    }
}
