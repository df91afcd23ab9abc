use std::{collections::BTreeMap, fmt, sync::Arc};

use super::Entry;
use crate::watch::Filter;

/// Keys and their entries. A copy of the map shares both; each commit makes such a copy.
pub(crate) type Entries = BTreeMap<Arc<str>, Arc<Entry>>;

/// The keys of a namespace, or those that a watcher watches, at one revision. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct State {
    pub(crate) epoch: Arc<str>,
    pub(crate) revision: u64,
    /// Deleted keys included.
    pub(crate) entries: Arc<Entries>,
}

impl State {
    /// Identifies the history of the namespace. A new one begins after everything was lost. Empty if nothing was ever
    /// committed.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The number of commits so far.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The key's entry, unless the key never existed or is deleted.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Entry>> {
        self.entries.get(key).filter(|entry| entry.is_live)
    }

    /// The keys and their entries, in the order of the keys, without deleted ones.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Entry>)> {
        self.entries.iter().filter(|(_, entry)| entry.is_live).map(|(key, entry)| (&**key, entry))
    }

    /// The number of keys that have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no key has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The part of it that a filter matches.
    pub(crate) fn only(&self, filter: &Filter) -> Self {
        if matches!(filter, Filter::All) {
            return self.clone();
        }
        let wanted = self.entries.iter().filter(|(key, _)| filter.matches(key));
        let entries = wanted.map(|(key, entry)| (Arc::clone(key), Arc::clone(entry))).collect();
        Self { entries: Arc::new(entries), ..self.clone() }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("epoch", &self.epoch)
            .field("revision", &self.revision)
            .field("entries", &self.entries)
            .finish()
    }
}
