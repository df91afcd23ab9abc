use std::{collections::BTreeMap, sync::Arc};

use crate::LegacyEntry;

/// What a watcher delivers.
///
/// It delivers one key at a time: the layout has no commits, and nothing says which changes belong together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LegacyEvent {
    /// Every watched key as it is. The first event, and the only one of its kind.
    Initial(BTreeMap<String, Arc<LegacyEntry>>),
    /// A key changed.
    Change(LegacyChange),
}

/// How one key differs from what the watcher delivered before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LegacyChange {
    /// The key, without the prefix.
    pub key: String,
    /// The entry before; `None` if the key held nothing.
    pub before: Option<Arc<LegacyEntry>>,
    /// The entry now; `None` if the key holds nothing. The layout does not say whether it was deleted, expired,
    /// evicted or flushed.
    pub after: Option<Arc<LegacyEntry>>,
    /// Whether `after` does not follow from `before`: the version fell or the history was replaced, because the key
    /// was trimmed, deleted and put again, restored, or lost in a failover; or, if `after` is `None`, the key is now
    /// of another type. When several changes are delivered as one, whether any of them was such a change.
    pub is_reset: bool,
}
