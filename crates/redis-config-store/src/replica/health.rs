use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::WakeReason;
use crate::{
    error::{StoreError, StoreErrorKind},
    status::{Eviction, Freshness, GRACE, Notifications, Status, Tracking},
    watch::ResetReason,
};

/// How well the local copy is kept current.
#[derive(Debug)]
pub(crate) struct Health {
    confirmed: Option<Instant>,
    is_failing: bool,
    syncs: u64,
    missed_hints: u64,
    is_subscribed: bool,
    refused: Option<StoreError>,
    missing_flags: Option<String>,
    tracking: Tracking,
    hints: Hints,
    /// A change was found whose notification may still be under way.
    is_hint_overdue: bool,
    last_reset: Option<ResetReason>,
    last_error: Option<StoreError>,
    snapshot_error: Option<StoreError>,
    fatal: Option<StoreError>,
    eviction: Eviction,
}

/// What is known of the server's notifications.
#[derive(Debug, PartialEq, Eq)]
enum Hints {
    None,
    Received,
    Missed,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            confirmed: None,
            is_failing: false,
            syncs: 0,
            missed_hints: 0,
            is_subscribed: false,
            refused: None,
            missing_flags: None,
            tracking: Tracking::Unknown,
            hints: Hints::None,
            is_hint_overdue: false,
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

    /// Redis answered what it was asked at `asked`. If there is more to ask for, the local copy is not current yet.
    pub(crate) fn succeeded(&mut self, asked: Instant, is_more: bool, reset: Option<ResetReason>) {
        self.syncs += 1;
        self.is_failing = false;
        self.last_reset = reset.or(self.last_reset);
        if !is_more {
            self.confirmed = Some(asked);
        }
    }

    pub(crate) fn failed(&mut self, error: StoreError) {
        self.syncs += 1;
        self.is_failing = true;
        if error.kind() == StoreErrorKind::Closed {
            self.fatal = Some(error.clone());
        }
        self.last_error = Some(error);
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing
    }

    pub(crate) fn fatal(&self) -> Option<StoreError> {
        self.fatal.clone()
    }

    /// Whether the store can no longer be kept current.
    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal.is_some()
    }

    pub(crate) fn end(&mut self, error: StoreError) {
        self.fatal.get_or_insert(error);
    }

    /// The subscription began, with the flags that the server lacks; or it failed.
    pub(crate) fn subscribed(&mut self, subscribed: Result<Option<String>, StoreError>) {
        self.is_subscribed = subscribed.is_ok();
        match subscribed {
            Ok(missing_flags) => {
                self.refused = None;
                self.missing_flags = missing_flags;
            }
            Err(error) => self.refused = Some(error),
        }
    }

    pub(crate) fn tracking(&mut self, tracking: Result<(), StoreError>) {
        self.tracking = tracking.map_or_else(Tracking::Refused, |()| Tracking::On);
    }

    /// The connection that receives invalidations is gone.
    pub(crate) fn tracking_lost(&mut self) {
        if matches!(self.tracking, Tracking::On) {
            self.tracking = Tracking::Unknown;
        }
    }

    /// Why the snapshot file could not be read or written.
    pub(crate) fn snapshot_error(&self) -> Option<&StoreError> {
        self.snapshot_error.as_ref()
    }

    /// Records the result of writing the snapshot file.
    pub(crate) fn snapshot_written(&mut self, written: Result<(), StoreError>) {
        self.snapshot_error = written.err();
    }

    /// Records the server's eviction policy. Returns whether it calls for a warning.
    pub(crate) fn record_eviction(&mut self, eviction: Eviction) -> bool {
        let is_new = matches!(eviction, Eviction::Possible(_)) && self.eviction != eviction;
        self.eviction = eviction;
        is_new
    }

    pub(crate) fn is_subscribed(&self) -> bool {
        self.is_subscribed
    }

    /// The replicator was woken.
    pub(crate) fn woken(&mut self, reason: WakeReason) {
        if reason.is_notified {
            self.hints = Hints::Received;
            self.missing_flags = None;
        } else if reason.is_invalidated && self.hints == Hints::Missed {
            self.hints = Hints::None;
        }
        if reason.is_notified || reason.is_invalidated {
            self.is_hint_overdue = false;
        }
    }

    /// Whether a change was found through tracking alone, though the server seemed to send notifications.
    pub(crate) fn lacks_notification(&self, reason: WakeReason) -> bool {
        let is_alone = reason.is_invalidated && !reason.is_notified && !reason.is_requested;
        is_alone && self.hints == Hints::Received && self.missing_flags.is_none()
    }

    /// A change was found without a hint. The hint may be under way.
    pub(crate) fn hint_overdue(&mut self) {
        self.is_hint_overdue = true;
    }

    pub(crate) fn is_hint_overdue(&self) -> bool {
        self.is_hint_overdue
    }

    /// The overdue hint did not arrive.
    pub(crate) fn hint_missed(&mut self) {
        if std::mem::take(&mut self.is_hint_overdue) {
            self.hints = Hints::Missed;
            self.missed_hints += 1;
        }
    }

    /// Whether changes are found only by polling.
    pub(crate) fn is_polling(&self) -> bool {
        let is_notified = self.is_subscribed && self.missing_flags.is_none();
        self.hints == Hints::Missed || !(is_notified || matches!(self.tracking, Tracking::On))
    }

    fn notifications(&self) -> Notifications {
        match (&self.refused, &self.missing_flags, &self.hints) {
            (Some(error), _, _) => Notifications::Refused(error.clone()),
            (None, Some(missing), _) => Notifications::Missing(missing.clone()),
            (None, None, Hints::Missed) => Notifications::Broken,
            (None, None, Hints::Received) => Notifications::Working,
            (None, None, Hints::None) => Notifications::Unknown,
        }
    }

    /// The status. `damage` is what is wrong with the namespace now; a fresh copy is no older than `interval`.
    pub(crate) fn status(
        &self,
        now: Instant,
        interval: Duration,
        damage: Option<ResetReason>,
        (epoch, revision): (Arc<str>, u64),
    ) -> Status {
        let age = self.confirmed.map(|confirmed| now.saturating_duration_since(confirmed));
        let freshness = match (&self.fatal, age, damage) {
            (Some(error), _, _) => Freshness::Fatal(error.clone()),
            (None, None, _) => Freshness::NotReady,
            (None, Some(age), _) if self.is_failing || age > interval.saturating_add(GRACE) => {
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
        // While it is catching up, the copy is not current.
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
    fn a_late_notification_is_a_notification() {
        let mut health = Health::new();
        health.subscribed(Ok(None));
        let notified = WakeReason { is_notified: true, ..WakeReason::default() };
        health.hint_overdue();
        health.woken(notified);
        health.hint_missed();
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_polling());
        health.hint_overdue();
        health.hint_missed();
        assert!(matches!(health.notifications(), Notifications::Broken) && health.is_polling());
        health.woken(notified);
        assert!(matches!(health.notifications(), Notifications::Working) && !health.is_polling());
    }

    #[test]
    fn one_of_two_kinds_of_hints_is_enough() {
        let invalidated = WakeReason { is_invalidated: true, ..WakeReason::default() };
        let mut health = Health::new();
        health.subscribed(Ok(Some("Ktgxe".to_owned())));
        assert!(health.is_polling());
        health.tracking(Ok(()));
        health.hint_overdue();
        health.woken(invalidated);
        health.hint_missed();
        assert!(matches!(health.notifications(), Notifications::Missing(_)) && !health.is_polling());
        health.tracking(Err(StoreError::new(StoreErrorKind::Service, "")));
        assert!(health.is_polling());
        health.subscribed(Ok(None));
        assert!(!health.is_polling() && !health.lacks_notification(invalidated));
        health.woken(WakeReason { is_notified: true, ..WakeReason::default() });
        assert!(health.lacks_notification(invalidated));
        health.hint_overdue();
        health.hint_missed();
        assert!(health.is_polling() && health.missed_hints == 1);
    }
}
