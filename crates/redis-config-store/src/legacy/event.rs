use std::{collections::BTreeMap, sync::Arc};

use crate::LegacyEntry;

/// What a watcher of the legacy layout is told.
///
/// One key at a time: the layout has no commits, and nothing says which changes belong together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LegacyEvent {
    /// How things are. The first event, and the only one of its kind.
    Initial(BTreeMap<String, Arc<LegacyEntry>>),
    /// Redis holds something else than it did.
    Change(LegacyChange),
}

/// How one key is different from what the watcher was told before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LegacyChange {
    /// The key, without the prefix.
    pub key: String,
    /// What was; `None` if the key held nothing.
    pub before: Option<Arc<LegacyEntry>>,
    /// What is; `None` if the key holds nothing. The layout does not say whether it was deleted, expired, was
    /// evicted or flushed.
    pub after: Option<Arc<LegacyEntry>>,
    /// What is does not follow from what was: the version fell, or the history was replaced, by whoever
    /// trimmed it, or deleted the key and put it again, or restored it, or by a failover; or, if nothing is,
    /// the key is of another type now. Of several changes that are told as one, whether any was so.
    pub is_reset: bool,
}
