//! Where the pages are.

use std::path::{Path, PathBuf};

/// `docs/benchmarks` of this workspace.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks")
}
