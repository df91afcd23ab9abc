use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{Entry, Filter};

/// Keys and what they are. Neither is copied with the map, which is made anew with each commit.
pub(crate) type Entries = BTreeMap<Arc<str>, Arc<Entry>>;

/// All keys of a namespace, or those that a watcher asked for, at one revision. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct State {
    pub(crate) epoch: Arc<str>,
    pub(crate) revision: u64,
    /// Deleted keys included.
    pub(crate) entries: Arc<Entries>,
}

impl State {
    /// Which history of the namespace this is. A new one begins when everything was lost; empty if nothing
    /// was ever committed.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// How many commits there have been.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The key's value, unless it was never there or is deleted.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Entry>> {
        self.entries.get(key).filter(|entry| entry.is_live)
    }

    /// The keys and their values, in the order of the keys; not those that are deleted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Entry>)> {
        self.entries.iter().filter(|(_, entry)| entry.is_live).map(|(key, entry)| (&**key, entry))
    }

    /// How many keys have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no key has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

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
