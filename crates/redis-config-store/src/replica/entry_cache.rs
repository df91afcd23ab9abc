use std::{collections::BTreeMap, sync::Arc, time::Instant};

use crate::read::Entry;

/// The entries that were read or committed one by one.
#[derive(Debug, Default)]
pub(crate) struct EntryCache(BTreeMap<String, CachedEntry>);

#[derive(Debug)]
pub(crate) struct CachedEntry {
    pub(crate) entry: Option<Arc<Entry>>,
    /// When Redis was asked, and when its answer came.
    pub(crate) asked: Instant,
    received: Instant,
}

impl EntryCache {
    pub(crate) fn get(&self, key: &str) -> Option<&CachedEntry> {
        self.0.get(key)
    }

    /// Records what Redis answered about a key.
    pub(crate) fn record(&mut self, key: &str, entry: Option<Arc<Entry>>, asked: Instant, received: Instant) {
        let number = |entry: &Option<Arc<Entry>>| entry.as_ref().map_or(0, |entry| entry.version.number);
        match self.0.get(key) {
            // A late answer does not overwrite what became known since.
            Some(cached) if asked < cached.received && number(&entry) <= number(&cached.entry) => {}
            _ => {
                self.0.insert(key.to_owned(), CachedEntry { entry, asked, received });
            }
        }
    }
}
