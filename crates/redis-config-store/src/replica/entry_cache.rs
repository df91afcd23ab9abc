use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use crate::{
    read::{Entries, Entry},
    version::Version,
};

/// How many keys that do not exist are remembered. Callers may derive keys from what their users send.
const MOST_ABSENT: usize = 1000;

/// The entries that were read or committed one by one, and when the namespace was followed besides.
#[derive(Debug, Default)]
pub(crate) struct EntryCache {
    entries: BTreeMap<String, CachedEntry>,
    /// The keys that did not exist, the oldest first. Some may exist by now.
    absent: VecDeque<String>,
    /// When the last answer about the whole namespace came.
    followed: Option<Instant>,
    /// When the last answer came that reported a loss.
    lost: Option<Instant>,
}

/// What is known of a key.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// Its entry; `None` if it never existed.
    Entry(Option<Arc<Entry>>),
    /// Its version, and whether it is no deletion: a commit found it as it was to be.
    Version(Version, bool),
}

#[derive(Debug)]
pub(crate) struct CachedEntry {
    pub(crate) known: Known,
    /// When Redis was asked, and when its answer came.
    pub(crate) asked: Instant,
    received: Instant,
}

impl EntryCache {
    /// The entry of a key, if nothing later is known from following the namespace: there, the key has the version
    /// `number` (0: none), and Redis was asked at `confirmed`.
    ///
    /// An answer that came before the other question was asked is the earlier one. Of two questions at the same time,
    /// the one that was asked first may have been answered last: the higher version is the later one.
    pub(crate) fn latest(&self, key: &str, number: u64, confirmed: Option<Instant>) -> Option<&CachedEntry> {
        let cached = self.entries.get(key)?;
        let is_latest = if self.followed.is_none_or(|followed| followed <= cached.asked) {
            true
        } else if confirmed.is_some_and(|confirmed| confirmed >= cached.received) {
            false
        } else {
            (cached.known.number(), Some(cached.asked)) > (number, confirmed)
        };
        is_latest.then_some(cached)
    }

    /// The entry of a key, if nothing else is known of the namespace.
    pub(crate) fn get(&self, key: &str) -> Option<&CachedEntry> {
        self.entries.get(key)
    }

    /// Records what Redis answered about a key. `state` is what is known from following the namespace.
    pub(crate) fn record(
        &mut self,
        key: &str,
        known: Known,
        (asked, received): (Instant, Instant),
        state: &Entries,
    ) {
        // The answer may be from before the loss.
        if self.lost.is_some_and(|lost| asked < lost) {
            return;
        }
        let before = self.entries.get(key);
        // A late answer does not overwrite what became known since.
        if before.is_some_and(|cached| asked < cached.received && known.number() <= cached.known.number()) {
            return;
        }
        let is_newly_absent = known.is_absent() && before.is_none_or(|cached| !cached.known.is_absent());
        self.entries.insert(key.to_owned(), CachedEntry { known, asked, received });
        if is_newly_absent {
            self.absent.push_back(key.to_owned());
            self.evict(state);
        }
    }

    /// Redis answered about the whole namespace. After a loss, what was read before is no longer known.
    pub(crate) fn followed(&mut self, received: Instant, is_loss: bool) {
        self.followed = Some(received);
        if is_loss {
            self.lost = Some(received);
            self.entries.clear();
            self.absent.clear();
        }
    }

    /// Forgets the oldest of too many absent keys.
    fn evict(&mut self, state: &Entries) {
        if self.absent.len() <= MOST_ABSENT {
            return;
        }
        let Some(key) = self.absent.pop_front() else { return };
        let is_absent = self.entries.get(&key).is_some_and(|cached| cached.known.is_absent());
        // Where it is in the state, that is out of date, and would be the answer.
        if is_absent && !state.contains_key(&*key) {
            self.entries.remove(&key);
        }
    }
}

impl Known {
    /// The number of the version; 0 if the key never existed.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Entry(entry) => entry.as_ref().map_or(0, |entry| entry.version.number),
            Self::Version(version, _) => version.number,
        }
    }

    /// The version, unless the key does not exist.
    pub(crate) fn version(&self) -> Option<Version> {
        match self {
            Self::Entry(entry) => entry.as_ref().filter(|entry| entry.is_live).map(|entry| entry.version),
            Self::Version(version, is_live) => is_live.then_some(*version),
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Entry(None))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::version::Digest;

    fn stored(number: u64) -> Arc<Entry> {
        let stored = format!("{number} 1 {} {number} 1700 0 0 0 ", Digest::of(b""));
        Arc::new(Entry::parse(stored.as_bytes()).unwrap())
    }

    fn entry(number: u64) -> Known {
        Known::Entry(Some(stored(number)))
    }

    /// The version that is known of the key.
    fn known(cache: &EntryCache, number: u64, confirmed: Option<Instant>) -> u64 {
        cache.latest("a", number, confirmed).map_or(number, |cached| cached.known.number())
    }

    #[test]
    fn of_two_answers_to_questions_at_the_same_time_the_higher_version_is_the_later_one() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut cache = EntryCache::default();
        cache.record("a", entry(3), (at(10), at(20)), &Entries::new());
        assert_eq!(known(&cache, 0, None), 3);
        // The other question was asked before this one, and answered after it.
        cache.followed(at(30), false);
        assert_eq!([2, 3, 4].map(|number| known(&cache, number, Some(at(5)))), [3, 3, 4]);
        // The other question was asked later; the first only led a part of the way.
        assert_eq!(known(&cache, 2, Some(at(20))), 2);
        assert_eq!(known(&cache, 2, None), 3);
        // This question was asked after the other was answered, and another history has begun.
        cache.record("a", entry(1), (at(30), at(40)), &Entries::new());
        assert_eq!(known(&cache, 5, Some(at(5))), 1);
    }

    #[test]
    fn after_a_loss_nothing_from_before_it_is_known() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut cache = EntryCache::default();
        cache.record("a", entry(3), (at(1), at(2)), &Entries::new());
        cache.followed(at(10), true);
        assert!(cache.get("a").is_none());
        cache.record("a", entry(3), (at(9), at(11)), &Entries::new());
        assert!(cache.get("a").is_none());
        cache.record("a", entry(1), (at(10), at(11)), &Entries::new());
        assert_eq!(known(&cache, 0, Some(at(8))), 1);
    }

    #[test]
    fn absent_keys_are_bounded_and_bring_back_no_older_value() {
        let now = Instant::now();
        let mut cache = EntryCache::default();
        let state: Entries = [("a".into(), stored(1))].into();
        cache.record("a", Known::Entry(None), (now, now), &state);
        cache.record("b", Known::Entry(None), (now, now), &state);
        cache.record("b", entry(1), (now, now), &state);
        for number in 0..100_000 {
            cache.record(&format!("absent-{number}"), Known::Entry(None), (now, now), &state);
            cache.record("absent", Known::Entry(None), (now, now), &state);
        }
        assert!(cache.absent.len() <= MOST_ABSENT && cache.entries.len() <= MOST_ABSENT + 2);
        assert!(cache.get("absent-99999").is_some() && cache.get("absent-0").is_none());
        assert!(cache.get("a").is_some_and(|cached| cached.known.is_absent()));
        assert!(cache.get("b").is_some_and(|cached| !cached.known.is_absent()));
    }
}
