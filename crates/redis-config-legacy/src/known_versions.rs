use std::{collections::BTreeMap, time::Instant};

use redis_config_store::Version;

/// The versions that are known locally, by key.
#[derive(Debug, Default)]
pub(crate) struct KnownVersions(BTreeMap<String, Known>);

#[derive(Debug)]
struct Known {
    version: Option<Version>,
    received: Instant,
}

impl KnownVersions {
    /// Records what Redis answered about a key, asked at `asked`.
    pub(crate) fn record(&mut self, key: &str, version: Option<Version>, asked: Instant, received: Instant) {
        let number = |version: Option<Version>| version.map_or(0, |version| version.number);
        match self.0.get(key) {
            // A late answer does not overwrite what became known since.
            Some(known) if asked < known.received && number(version) <= number(known.version) => {}
            _ => {
                self.0.insert(key.to_owned(), Known { version, received });
            }
        }
    }

    pub(crate) fn version(&self, key: &str) -> Option<Version> {
        self.0.get(key)?.version
    }
}
