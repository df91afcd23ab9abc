use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Eviction, Freshness, Notifications, ResetReason, Status, StoreError, StoreErrorKind, Tracking, rung::Rung,
};

/// What is known of how well the store is kept current.
#[derive(Debug)]
pub(crate) struct Health {
    confirmed: Option<Instant>,
    failing: bool,
    syncs: u64,
    missed_hints: u64,
    is_listening: bool,
    refused: Option<StoreError>,
    missing: Option<String>,
    tracking: Tracking,
    hints: Hints,
    /// A change was found that may yet be announced.
    suspect: bool,
    last_reset: Option<ResetReason>,
    last_error: Option<StoreError>,
    snapshot_error: Option<StoreError>,
    fatal: Option<StoreError>,
    eviction: Eviction,
}

#[derive(Debug, PartialEq, Eq)]
enum Hints {
    None,
    Heard,
    Missed,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            confirmed: None,
            failing: false,
            syncs: 0,
            missed_hints: 0,
            is_listening: false,
            refused: None,
            missing: None,
            tracking: Tracking::Unknown,
            hints: Hints::None,
            suspect: false,
            last_reset: None,
            last_error: None,
            snapshot_error: None,
            fatal: None,
            eviction: Eviction::Unknown,
        }
    }

    pub(crate) fn confirmed(&self) -> Option<Instant> {
        self.confirmed
    }

    /// What Redis was asked at `asked` it has answered. If there is more to ask for, what is known is not yet as
    /// Redis has it.
    pub(crate) fn succeeded(&mut self, asked: Instant, is_more: bool, reset: Option<ResetReason>) {
        self.syncs += 1;
        self.failing = false;
        self.last_reset = reset.or(self.last_reset);
        if !is_more {
            self.confirmed = Some(asked);
        }
    }

    pub(crate) fn failed(&mut self, error: StoreError) {
        self.syncs += 1;
        self.failing = true;
        if error.kind() == StoreErrorKind::Closed {
            self.fatal = Some(error.clone());
        }
        self.last_error = Some(error);
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    pub(crate) fn fatal(&self) -> Option<StoreError> {
        self.fatal.clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.fatal.is_some()
    }

    pub(crate) fn end(&mut self, error: StoreError) {
        self.fatal.get_or_insert(error);
    }

    pub(crate) fn listening(&mut self, subscribed: Result<Option<String>, StoreError>) {
        self.is_listening = subscribed.is_ok();
        match subscribed {
            Ok(missing) => {
                self.refused = None;
                self.missing = missing;
            }
            Err(error) => self.refused = Some(error),
        }
    }

    pub(crate) fn tracking(&mut self, tracking: Result<(), StoreError>) {
        self.tracking = tracking.map_or_else(Tracking::Refused, |()| Tracking::On);
    }

    /// The connection that would be told is not there.
    pub(crate) fn tracks_no_more(&mut self) {
        if matches!(self.tracking, Tracking::On) {
            self.tracking = Tracking::Unknown;
        }
    }

    /// What came of writing the snapshot file.
    pub(crate) fn saved(&mut self, written: Result<(), StoreError>) {
        self.snapshot_error = written.err();
    }

    /// What the server says of eviction, and whether that is to be told.
    pub(crate) fn evicts(&mut self, eviction: Eviction) -> bool {
        let is_news = matches!(eviction, Eviction::Possible(_)) && self.eviction != eviction;
        self.eviction = eviction;
        is_news
    }

    /// Whether the channel is listened to.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening
    }

    /// A change was told of, in whatever way.
    pub(crate) fn heard(&mut self, rung: Rung) {
        if rung.is_announced {
            self.hints = Hints::Heard;
            self.missing = None;
        } else if rung.is_invalidated && self.hints == Hints::Missed {
            self.hints = Hints::None;
        }
        if rung.is_announced || rung.is_invalidated {
            self.suspect = false;
        }
    }

    /// Whether a change was found through tracking alone, though the server seemed to announce changes.
    pub(crate) fn misses_announcement(&self, rung: Rung) -> bool {
        let is_alone = rung.is_invalidated && !rung.is_announced && !rung.is_asked;
        is_alone && self.hints == Hints::Heard && self.missing.is_none()
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
        let is_announced = self.is_listening && self.missing.is_none();
        self.hints == Hints::Missed || !(is_announced || matches!(self.tracking, Tracking::On))
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
            (None, Some(age), _) if self.failing || age > interval.saturating_add(GRACE) => {
                Freshness::Stale(age)
            }
            (None, Some(_), Some(reason)) => Freshness::Reset(reason),
            (None, Some(_), None) => Freshness::Fresh,
        };
        Status {
            freshness,
            age,
            revision,
            epoch,
            notifications: self.notifications(),
            tracking: self.tracking.clone(),
            syncs: self.syncs,
            missed_hints: self.missed_hints,
            last_reset: self.last_reset,
            last_error: self.last_error.clone(),
            snapshot_error: self.snapshot_error.clone(),
            eviction: self.eviction.clone(),
        }
    }
}

/// How long an answer may take.
const GRACE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_and_failures_make_it_stale_and_an_answer_fresh() {
        let start = Instant::now();
        let mut health = Health::new();
        let status = |health: &Health, after| {
            let now = start + Duration::from_secs(after);
            health.status(now, Duration::from_secs(30), None, (Arc::from(""), 0)).freshness
        };
        assert!(matches!(status(&health, 0), Freshness::NotReady));
        // Whoever is still catching up knows nothing that is current.
        health.succeeded(start, true, None);
        assert!(matches!(status(&health, 0), Freshness::NotReady));
        health.succeeded(start, false, None);
        assert!(matches!(status(&health, 30), Freshness::Fresh));
        assert!(matches!(status(&health, 32), Freshness::Stale(_)));
        health.failed(StoreError::new(StoreErrorKind::Service, ""));
        assert!(matches!(status(&health, 1), Freshness::Stale(_)));
        health.succeeded(start, false, None);
        assert!(matches!(status(&health, 1), Freshness::Fresh));
        health.failed(StoreError::new(StoreErrorKind::Closed, ""));
        assert!(matches!(status(&health, 1), Freshness::Fatal(_)));
    }

    #[test]
    fn a_change_that_is_announced_late_was_announced() {
        let mut health = Health::new();
        health.listening(Ok(None));
        let announced = Rung { is_announced: true, ..Rung::default() };
        health.found();
        health.heard(announced);
        health.missed();
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_blind());
        health.found();
        health.missed();
        assert!(matches!(health.notifications(), Notifications::Broken) && health.is_blind());
        health.heard(announced);
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_blind());
    }

    #[test]
    fn whoever_is_told_in_one_of_two_ways_is_not_blind() {
        let invalidated = Rung { is_invalidated: true, ..Rung::default() };
        let mut health = Health::new();
        health.listening(Ok(Some("Ktgxe".to_owned())));
        assert!(health.is_blind());
        health.tracking(Ok(()));
        health.found();
        health.heard(invalidated);
        health.missed();
        assert!(matches!(health.notifications(), Notifications::Missing(_)) && !health.is_blind());
        health.tracking(Err(StoreError::new(StoreErrorKind::Service, "")));
        assert!(health.is_blind());
        health.listening(Ok(None));
        assert!(!health.is_blind() && !health.misses_announcement(invalidated));
        health.heard(Rung { is_announced: true, ..Rung::default() });
        assert!(health.misses_announcement(invalidated));
        health.found();
        health.missed();
        assert!(health.is_blind() && health.missed_hints == 1);
    }
}
