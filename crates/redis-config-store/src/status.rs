use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Error, ErrorKind, ResetReason, Version};

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
    /// Whether changes are announced, or found only by looking.
    pub notifications: Notifications,
    /// How many times Redis was asked what is new.
    pub syncs: u64,
    /// How many changes were found by looking that nobody had announced.
    pub missed_hints: u64,
    /// The last time that Redis had lost something.
    pub last_reset: Option<ResetReason>,
    /// Why Redis was not reached, when it was not.
    pub last_error: Option<Error>,
    /// Whether the server may evict the store's keys when its memory is full.
    pub eviction: Eviction,
}

/// How current, in a word.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// Nothing is known.
    NotReady,
    /// As Redis had it, an interval ago at most.
    Fresh,
    /// Redis has not confirmed it for this long.
    Stale(Duration),
    /// Redis has lost something, and nobody has mended it.
    Reset(ResetReason),
    /// Nothing is asked any more.
    Fatal(Error),
}

/// Whether changes are announced. If not, they are found by looking, more often than otherwise.
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
    Refused(Error),
}

/// Whether the server may evict the store's keys when its memory is full.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Eviction {
    /// It could not be asked.
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

/// What is known of how well the store is kept current.
#[derive(Debug)]
pub(crate) struct Health {
    confirmed: Option<Instant>,
    failing: bool,
    syncs: u64,
    missed_hints: u64,
    is_listening: bool,
    refused: Option<Error>,
    missing: Option<String>,
    hints: Hints,
    /// A change was found that may yet be announced.
    suspect: bool,
    last_reset: Option<ResetReason>,
    last_error: Option<Error>,
    fatal: Option<Error>,
    pub(crate) eviction: Eviction,
}

#[derive(Debug, PartialEq, Eq)]
enum Hints {
    None,
    Heard,
    Missed,
}

impl Health {
    pub(crate) fn new(eviction: Eviction) -> Self {
        Self {
            confirmed: None,
            failing: false,
            syncs: 0,
            missed_hints: 0,
            is_listening: false,
            refused: None,
            missing: None,
            hints: Hints::None,
            suspect: false,
            last_reset: None,
            last_error: None,
            fatal: None,
            eviction,
        }
    }

    pub(crate) fn confirmed(&self) -> Option<Instant> {
        self.confirmed
    }

    /// What Redis was asked at `asked` it has answered.
    pub(crate) fn succeeded(&mut self, asked: Instant, reset: Option<ResetReason>) {
        self.syncs += 1;
        self.confirmed = Some(asked);
        self.failing = false;
        self.last_reset = reset.or(self.last_reset);
    }

    pub(crate) fn failed(&mut self, error: Error) {
        self.syncs += 1;
        self.failing = true;
        if error.kind() == ErrorKind::Closed {
            self.fatal = Some(error.clone());
        }
        self.last_error = Some(error);
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    pub(crate) fn is_over(&self) -> bool {
        self.fatal.is_some()
    }

    pub(crate) fn end(&mut self, error: Error) {
        self.fatal.get_or_insert(error);
    }

    pub(crate) fn listening(&mut self, subscribed: Result<Option<String>, Error>) {
        self.is_listening = subscribed.is_ok();
        match subscribed {
            Ok(missing) => {
                self.refused = None;
                self.missing = missing;
            }
            Err(error) => self.refused = Some(error),
        }
    }

    /// A change was announced.
    pub(crate) fn heard(&mut self) {
        self.hints = Hints::Heard;
        self.suspect = false;
        self.missing = None;
    }

    /// A change was found that had not been announced. The announcement may be on its way.
    pub(crate) fn found(&mut self) {
        self.suspect = true;
    }

    pub(crate) fn suspects(&self) -> bool {
        self.suspect
    }

    /// Nor was it since.
    pub(crate) fn missed(&mut self) {
        if std::mem::take(&mut self.suspect) {
            self.hints = Hints::Missed;
            self.missed_hints += 1;
        }
    }

    /// Whether changes are found only by looking.
    pub(crate) fn is_blind(&self) -> bool {
        !self.is_listening || self.missing.is_some() || self.hints == Hints::Missed
    }

    fn notifications(&self) -> Notifications {
        match (&self.refused, &self.missing, &self.hints) {
            (Some(error), _, _) => Notifications::Refused(error.clone()),
            (None, Some(missing), _) => Notifications::Missing(missing.clone()),
            (None, None, Hints::Missed) => Notifications::Broken,
            (None, None, Hints::Heard) => Notifications::Working,
            (None, None, Hints::None) => Notifications::Unknown,
        }
    }

    /// `told` is what is wrong with the namespace now, `interval` how old what is fresh may be.
    pub(crate) fn status(
        &self,
        now: Instant,
        interval: Duration,
        told: Option<ResetReason>,
        (epoch, revision): (Arc<str>, u64),
    ) -> Status {
        let age = self.confirmed.map(|confirmed| now.saturating_duration_since(confirmed));
        let freshness = match (&self.fatal, age, told) {
            (Some(error), _, _) => Freshness::Fatal(error.clone()),
            (None, None, _) => Freshness::NotReady,
            (None, Some(age), _) if self.failing || age > interval + GRACE => Freshness::Stale(age),
            (None, Some(_), Some(reason)) => Freshness::Reset(reason),
            (None, Some(_), None) => Freshness::Fresh,
        };
        Status {
            freshness,
            age,
            revision,
            epoch,
            notifications: self.notifications(),
            syncs: self.syncs,
            missed_hints: self.missed_hints,
            last_reset: self.last_reset,
            last_error: self.last_error.clone(),
            eviction: self.eviction.clone(),
        }
    }
}

/// How long an answer may take.
const GRACE: Duration = Duration::from_secs(1);

impl Status {
    /// Whether what is held is as Redis had it, an interval ago at most.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self.freshness, Freshness::Fresh)
    }
}

/// How current a [live](crate::Status) value is, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveStatus {
    /// How current everything is that the store holds.
    pub store: Status,
    /// The version of the value that is held, if any is.
    pub version: Option<Version>,
    /// Why the current value is not the one that is held: it does not pass, or was lost.
    pub problem: Option<Error>,
}

impl LiveStatus {
    /// Whether the value that is held is the current one, an interval ago at most.
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

    #[test]
    fn age_and_failures_make_it_stale_and_an_answer_fresh() {
        let start = Instant::now();
        let mut health = Health::new(Eviction::Unknown);
        let status = |health: &Health, after| {
            let now = start + Duration::from_secs(after);
            health.status(now, Duration::from_secs(30), None, (Arc::from(""), 0)).freshness
        };
        assert!(matches!(status(&health, 0), Freshness::NotReady));
        health.succeeded(start, None);
        assert!(matches!(status(&health, 30), Freshness::Fresh));
        assert!(matches!(status(&health, 32), Freshness::Stale(_)));
        health.failed(Error::new(ErrorKind::Service, ""));
        assert!(matches!(status(&health, 1), Freshness::Stale(_)));
        health.succeeded(start, None);
        assert!(matches!(status(&health, 1), Freshness::Fresh));
        health.failed(Error::new(ErrorKind::Closed, ""));
        assert!(matches!(status(&health, 1), Freshness::Fatal(_)));
    }

    #[test]
    fn a_change_that_is_announced_late_was_announced() {
        let mut health = Health::new(Eviction::Unknown);
        health.listening(Ok(None));
        health.found();
        health.heard();
        health.missed();
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_blind());
        health.found();
        health.missed();
        assert!(matches!(health.notifications(), Notifications::Broken) && health.is_blind());
        health.heard();
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_blind());
    }
}
