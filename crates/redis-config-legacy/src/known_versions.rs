use std::{collections::BTreeMap, time::Instant};

use redis_config_store::Version;

/// The versions that are known locally, by key. Keys that hold nothing are not remembered: callers may derive them from
/// what their users send.
#[derive(Debug, Default)]
pub(crate) struct KnownVersions(BTreeMap<String, Known>);

#[derive(Debug)]
struct Known {
    version: Version,
    received: Instant,
}

impl KnownVersions {
    /// Records what Redis answered about a key, asked at `asked`.
    pub(crate) fn record(&mut self, key: &str, version: Option<Version>, asked: Instant, received: Instant) {
        let number = version.map_or(0, |version| version.number);
        // A late answer does not overwrite what became known since.
        let is_late = |known: &Known| asked < known.received && number <= known.version.number;
        if self.0.get(key).is_some_and(is_late) {
            return;
        }
        match version {
            Some(version) => drop(self.0.insert(key.to_owned(), Known { version, received })),
            None => drop(self.0.remove(key)),
        }
    }

    pub(crate) fn version(&self, key: &str) -> Option<Version> {
        self.0.get(key).map(|known| known.version)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use redis_config_store::extension::{digest_of, version};

    use super::*;

    #[test]
    fn late_answers_are_ignored_and_absent_keys_are_not_kept() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let numbered = |number| Some(version(number, 0, digest_of(b"")));
        let mut known = KnownVersions::default();
        known.record("a", numbered(2), at(1), at(3));
        for late in [numbered(1), None] {
            known.record("a", late, at(2), at(4));
            assert_eq!(known.version("a"), numbered(2));
        }
        known.record("a", None, at(3), at(4));
        for number in 0..100_000 {
            known.record(&format!("absent-{number}"), None, at(3), at(4));
        }
        assert!(known.version("a").is_none() && known.0.is_empty());
    }
}
