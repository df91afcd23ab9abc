use std::{sync::Arc, time::Duration};

use crate::{ResetReason, StoreError, Version};

/// How current what the store holds locally is, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// In a word.
    pub freshness: Freshness,
    /// How long ago Redis confirmed what is held, counted from when it was asked. `None` if it never did.
    pub age: Option<Duration>,
    /// The revision that is held.
    pub revision: u64,
    /// The epoch that is held.
    pub epoch: Arc<str>,
    /// Whether the server announces changes.
    pub notifications: Notifications,
    /// Whether the server tracks the keys, and tells of changes in this way as well. If it does neither, changes
    /// are found only by looking.
    pub tracking: Tracking,
    /// How many times Redis was asked what is new.
    pub syncs: u64,
    /// How many changes were found by looking that nobody had announced.
    pub missed_hints: u64,
    /// The last time that Redis had lost something.
    pub last_reset: Option<ResetReason>,
    /// Why Redis was not reached, when it was not.
    pub last_error: Option<StoreError>,
    /// Why the snapshot file was not written, the last time that it should have been.
    pub snapshot_error: Option<StoreError>,
    /// Whether the server may evict the store's keys when its memory is full.
    pub eviction: Eviction,
}

/// How current, in a word.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// Redis has confirmed nothing: nobody follows, or it was not reached yet. What there is comes from the
    /// snapshot file.
    NotReady,
    /// As Redis had it, an interval and a second ago at most.
    Fresh,
    /// Redis has not confirmed it for this long.
    Stale(Duration),
    /// Redis has lost something, and nobody has mended it.
    Reset(ResetReason),
    /// Nothing is asked any more.
    Fatal(StoreError),
}

/// Whether changes are announced, by keyspace notifications. If not, and the keys are not [tracked](Tracking)
/// either, they are found by looking, more often than otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notifications {
    /// Nothing has changed so far, and whether the server announces changes could not be asked.
    Unknown,
    /// They are.
    Working,
    /// The server has these notifications (`notify-keyspace-events`) switched off, of `Ktgxe`.
    Missing(String),
    /// A change was found that had not been announced.
    Broken,
    /// They cannot be listened to.
    Refused(StoreError),
}

/// Whether the server tracks the store's keys, and tells when they change or are lost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tracking {
    /// It was not asked so far: nobody follows.
    Unknown,
    /// It does.
    On,
    /// It does not: the user may not ask for it (kind `Permission`), or the server is too old.
    Refused(StoreError),
}

/// Whether the server may evict the store's keys when its memory is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Eviction {
    /// It could not be asked, or was not so far.
    Unknown,
    /// It does not evict keys without an expiry.
    Safe,
    /// It does, by this policy.
    Possible(String),
}

impl Eviction {
    /// From the server's `INFO memory`.
    pub(crate) fn parse(info: &str) -> Self {
        let policy = info.lines().find_map(|line| line.trim_end().strip_prefix("maxmemory_policy:"));
        match policy {
            None => Self::Unknown,
            Some(policy) if policy.starts_with("allkeys") => Self::Possible(policy.to_owned()),
            Some(_) => Self::Safe,
        }
    }
}

/// Which of the flags that the store needs are not among those that the server has, if any.
pub(crate) fn missing_flags(flags: &str) -> Option<String> {
    let has = |flag: char| flags.contains(flag) || (flags.contains('A') && flag != 'K');
    let missing: String = "Ktgxe".chars().filter(|flag| !has(*flag)).collect();
    (!missing.is_empty()).then_some(missing)
}

impl Status {
    /// Whether what is held is as Redis had it, an interval and a second ago at most.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self.freshness, Freshness::Fresh)
    }
}

/// How current a live value is, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveStatus {
    /// How current everything is that the store holds.
    pub store: Status,
    /// The version of the value that is held, if any is.
    pub version: Option<Version>,
    /// Why the current value is not the one that is held: it does not pass, or was lost.
    pub problem: Option<StoreError>,
}

impl LiveStatus {
    /// Whether the value that is held is the current one, an interval and a second ago at most.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.problem.is_none() && self.store.is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_missing_unless_there_or_implied() {
        assert_eq!(missing_flags(""), Some("Ktgxe".to_owned()));
        assert_eq!(missing_flags("Ktgxe"), None);
        assert_eq!(missing_flags("AK"), None);
        assert_eq!(missing_flags("AE"), Some("K".to_owned()));
        assert_eq!(missing_flags("Kt"), Some("gxe".to_owned()));
    }

    #[test]
    fn policies_that_evict_everything_are_told() {
        assert_eq!(Eviction::parse("a:1\r\nmaxmemory_policy:noeviction\r\n"), Eviction::Safe);
        assert_eq!(Eviction::parse("maxmemory_policy:volatile-lru\r\n"), Eviction::Safe);
        assert_eq!(
            Eviction::parse("maxmemory_policy:allkeys-lru\r\n"),
            Eviction::Possible("allkeys-lru".to_owned())
        );
        assert_eq!(Eviction::parse(""), Eviction::Unknown);
    }
}
