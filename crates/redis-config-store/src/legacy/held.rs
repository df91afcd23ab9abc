use std::{collections::BTreeMap, time::Instant};

use crate::Version;

/// The versions that are known locally.
#[derive(Debug, Default)]
pub(crate) struct Held(BTreeMap<String, Known>);

#[derive(Debug)]
struct Known {
    version: Option<Version>,
    received: Instant,
}

impl Held {
    /// Remembers what Redis said of a key, when it was asked at `asked`.
    pub(crate) fn hold(&mut self, key: &str, version: Option<Version>, asked: Instant, received: Instant) {
        let number = |version: Option<Version>| version.map_or(0, |version| version.number);
        match self.0.get(key) {
            // A late answer does not take back what is known since.
            Some(held) if asked < held.received && number(version) <= number(held.version) => {}
            _ => {
                self.0.insert(key.to_owned(), Known { version, received });
            }
        }
    }

    pub(crate) fn version(&self, key: &str) -> Option<Version> {
        self.0.get(key)?.version
    }
}
