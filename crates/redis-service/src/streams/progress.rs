use std::time::{Duration, Instant};

use super::{Consume, StreamId};

/// What a consumer asks for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// As many items are under way as may be: wait until one is dropped.
    Full,
    /// Up to `count` pending items after this one: its own, or any that have been idle for too long.
    Pending { of: Pending, after: Option<StreamId>, count: usize },
    /// Up to `count` new items; wait for them for at most this long.
    New { count: usize, block: Duration },
}

/// Which pending items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    Own,
    Idle,
}

/// The order in which a consumer reads: after each connect what it has not acknowledged, then what is idle for too
/// long, then new items; and again and again what is idle for too long.
#[derive(Debug)]
pub(crate) struct Progress {
    at_most: usize,
    heartbeat: Duration,
    /// The time between two looks at idle items.
    interval: Duration,
    phase: Phase,
    next_look: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Pending { of: Pending, after: Option<StreamId> },
    New,
}

impl Phase {
    const OWN: Self = Self::Pending { of: Pending::Own, after: None };
    const IDLE: Self = Self::Pending { of: Pending::Idle, after: None };
}

/// An item that is idle for too long waits no longer than this until it is found.
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

impl Progress {
    pub(crate) fn new(options: &Consume, now: Instant) -> Self {
        let interval = (options.claim_after / 2).min(LONGEST_INTERVAL);
        let (at_most, heartbeat) = (options.at_most as usize, options.heartbeat);
        Self { at_most, heartbeat, interval, phase: Phase::OWN, next_look: now }
    }

    /// The connection is new: what was on its way on the last one may be lost.
    pub(crate) fn connected(&mut self) {
        self.phase = Phase::OWN;
    }

    /// `under_way` is the number of items and other events that are not dropped yet.
    pub(crate) fn next(&mut self, now: Instant, under_way: usize) -> Step {
        let count = self.at_most.saturating_sub(under_way);
        if count == 0 {
            return Step::Full;
        }
        if self.phase == Phase::New && now >= self.next_look {
            self.phase = Phase::IDLE;
        }
        match self.phase {
            Phase::Pending { of, after } => Step::Pending { of, after, count },
            Phase::New => {
                let block = self.heartbeat.min(self.next_look.saturating_duration_since(now));
                Step::New { count, block: block.max(Duration::from_millis(1)) }
            }
        }
    }

    /// A page of pending items was read. `next` is its last item, if there may be more.
    pub(crate) fn read_pending(&mut self, next: Option<StreamId>, now: Instant) {
        let Phase::Pending { of, .. } = self.phase else { return };
        self.phase = match (next, of) {
            (Some(after), _) => Phase::Pending { of, after: Some(after) },
            (None, Pending::Own) => Phase::IDLE,
            (None, Pending::Idle) => {
                self.next_look = now.checked_add(self.interval).unwrap_or(now);
                Phase::New
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_pending_comes_before_what_is_new() {
        let began = clock::now();
        let options = Consume::by("c").at_most(3).claim_after(4 * SECOND).heartbeat(5 * SECOND);
        let mut progress = Progress::new(&options, began);
        let id = StreamId::new(1, 1);
        let pending = |of, after, count| Step::Pending { of, after, count };
        assert_eq!(progress.next(began, 0), pending(Pending::Own, None, 3));
        progress.read_pending(Some(id), began);
        assert_eq!(progress.next(began, 2), pending(Pending::Own, Some(id), 1));
        assert_eq!(progress.next(began, 3), Step::Full);
        assert_eq!(progress.next(began, 9), Step::Full);
        progress.read_pending(None, began);
        assert_eq!(progress.next(began, 0), pending(Pending::Idle, None, 3));
        progress.read_pending(Some(id), began);
        assert_eq!(progress.next(began, 0), pending(Pending::Idle, Some(id), 3));
        progress.read_pending(None, began);
        // It looks again after half of the time, and blocks no longer than until then.
        assert_eq!(progress.next(began, 1), Step::New { count: 2, block: 2 * SECOND });
        let later = began + 2 * SECOND - Duration::from_nanos(1);
        assert_eq!(progress.next(later, 0), Step::New { count: 3, block: Duration::from_millis(1) });
        assert_eq!(progress.next(began + 2 * SECOND, 0), pending(Pending::Idle, None, 3));
        progress.connected();
        assert_eq!(progress.next(began, 0), pending(Pending::Own, None, 3));
    }

    #[test]
    fn a_look_at_idle_items_is_never_far_away() {
        let began = clock::now();
        let options = Consume::by("c").claim_after(Duration::MAX).heartbeat(Duration::MAX);
        let mut progress = Progress::new(&options, began);
        progress.read_pending(None, began);
        progress.read_pending(None, began);
        assert_eq!(progress.next(began, 0), Step::New { count: 16, block: LONGEST_INTERVAL });
    }
}
