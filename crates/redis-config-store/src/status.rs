//! How current the local copy is, and why.

use std::{sync::Arc, time::Duration};

use crate::{error::StoreError, version::Version, watch::ResetReason};

/// How current the store's local copy is, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// How current, in one word.
    pub freshness: Freshness,
    /// How long ago Redis confirmed the local copy, counted from the question. `None` if it never did.
    pub age: Option<Duration>,
    /// The revision of the local copy.
    pub revision: u64,
    /// The epoch of the local copy.
    pub epoch: Arc<str>,
    /// Whether the server sends keyspace notifications of changes.
    pub notifications: Notifications,
    /// Whether the server tracks the keys and sends invalidations. Without both, the store finds changes only by
    /// polling.
    pub tracking: Tracking,
    /// How often the store asked Redis for changes.
    pub syncs: u64,
    /// How many changes the store found by polling, without a notification or an invalidation.
    pub missed_hints: u64,
    /// The last loss in Redis.
    pub last_reset: Option<ResetReason>,
    /// The last failure to reach Redis.
    pub last_error: Option<StoreError>,
    /// Why the snapshot file could not be read when the store was opened, until it is written; or why it could not be
    /// written, if the last attempt failed.
    pub snapshot_error: Option<StoreError>,
    /// Whether the server may evict the store's keys when its memory is full.
    pub eviction: Eviction,
}

/// How current the local copy is, in one word.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// Redis has confirmed nothing: nothing is watched, or Redis was not reached yet. A local copy comes from the
    /// snapshot file.
    NotReady,
    /// Redis confirmed it, an interval and a second ago at most.
    Fresh,
    /// Redis has not confirmed it for this long.
    Stale(Duration),
    /// Redis has lost something, and it was not repaired.
    Reset(ResetReason),
    /// The store no longer asks Redis.
    Fatal(StoreError),
}

/// Whether the server sends keyspace notifications of changes. If it does not, and the keys are not [tracked](Tracking)
/// either, the store polls more often.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notifications {
    /// Nothing has changed so far, and the server's setting could not be read.
    Unknown,
    /// Notifications arrive.
    Working,
    /// The server's `notify-keyspace-events` lacks these of the flags `Ktgxe`.
    Missing(String),
    /// The store found a change without a notification.
    Broken,
    /// The subscription failed.
    Refused(StoreError),
}

/// Whether the server tracks the store's keys, and sends invalidations when they change or are lost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tracking {
    /// The store has not asked for it: nothing is watched.
    Unknown,
    /// The server tracks the keys.
    On,
    /// The server does not: the user has no right to it (kind `Permission`), or the server is too old.
    Refused(StoreError),
}

/// Whether the server may evict the store's keys when its memory is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Eviction {
    /// The server's policy could not be read, or was not read so far.
    Unknown,
    /// The server does not evict keys without an expiry.
    Safe,
    /// The server may evict the keys, by this policy.
    Possible(String),
}

impl Eviction {
    /// Parses the server's `INFO memory`.
    pub(crate) fn parse(info: &str) -> Self {
        let policy = info.lines().find_map(|line| line.trim_end().strip_prefix("maxmemory_policy:"));
        match policy {
            None => Self::Unknown,
            Some(policy) if policy.starts_with("allkeys") => Self::Possible(policy.to_owned()),
            Some(_) => Self::Safe,
        }
    }
}

/// The flags of `notify-keyspace-events` that the store needs and the server lacks, if any.
pub(crate) fn missing_flags(flags: &str) -> Option<String> {
    let has = |flag: char| flags.contains(flag) || (flags.contains('A') && flag != 'K');
    let missing: String = "Ktgxe".chars().filter(|flag| !has(*flag)).collect();
    (!missing.is_empty()).then_some(missing)
}

impl Status {
    /// Whether Redis confirmed the local copy an interval and a second ago at most.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self.freshness, Freshness::Fresh)
    }

    /// The status of a value that Redis confirmed this long ago; the local copy may be newer.
    pub(crate) fn with_age(self, age: Option<Duration>, interval: Duration) -> Self {
        let freshness = match (self.freshness, age) {
            (Freshness::Stale(_), Some(age)) => Freshness::Stale(age),
            (Freshness::Fresh, Some(age)) if age > interval.saturating_add(GRACE) => Freshness::Stale(age),
            (Freshness::Fresh, None) => Freshness::NotReady,
            (freshness, _) => freshness,
        };
        Self { freshness, age, ..self }
    }
}

/// How long an answer may take before the copy is stale.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// How current a live value is, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveStatus {
    /// The status of the store.
    pub store: Status,
    /// The version of the held value, if there is one.
    pub version: Option<Version>,
    /// Why the held value is not the current one: the current one is invalid, or was lost.
    pub problem: Option<StoreError>,
}

impl LiveStatus {
    /// Whether the held value was the current one an interval and a second ago at most.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.problem.is_none() && self.store.is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_missing_unless_set_or_implied() {
        assert_eq!(missing_flags(""), Some("Ktgxe".to_owned()));
        assert_eq!(missing_flags("Ktgxe"), None);
        assert_eq!(missing_flags("AK"), None);
        assert_eq!(missing_flags("AE"), Some("K".to_owned()));
        assert_eq!(missing_flags("Kt"), Some("gxe".to_owned()));
    }

    #[test]
    fn policies_that_evict_all_keys_are_recognized() {
        assert_eq!(Eviction::parse("a:1\r\nmaxmemory_policy:noeviction\r\n"), Eviction::Safe);
        assert_eq!(Eviction::parse("maxmemory_policy:volatile-lru\r\n"), Eviction::Safe);
        assert_eq!(
            Eviction::parse("maxmemory_policy:allkeys-lru\r\n"),
            Eviction::Possible("allkeys-lru".to_owned())
        );
        assert_eq!(Eviction::parse(""), Eviction::Unknown);
    }
}
