use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Whether connections to a server can be opened, and which changes of that are worth a line of the log.
///
/// An outage begins when a connection cannot be opened. Timeouts and connections that break do not begin one:
/// what follows them is an attempt to connect, and its result says whether the server is there.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    state: Mutex<State>,
}

/// A change to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionChange {
    /// The first connection was opened.
    Connected,
    /// A connection replaces one that broke.
    Reconnected,
    /// The server does not answer.
    Unanswered,
    /// The server answers, and lets no connection in.
    Refused,
    /// The outage is over.
    Recovered {
        after: Duration,
        /// The number of calls that failed meanwhile.
        failed_calls: u64,
    },
}

/// How long no line follows the end of an outage, or a reconnection. A server that comes and goes gets a pair of
/// lines in this time, not one for each attempt to connect; an outage that lasts is logged late, not never.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct State {
    /// `None` while connections can be opened, as far as is known.
    down: Option<Down>,
    was_connected: bool,
    /// Whether a connection broke since the last one was opened.
    has_lost: bool,
    /// The end of the last outage that was logged.
    recovered: Option<Instant>,
    /// The last reconnection that was logged.
    reconnected: Option<Instant>,
}

#[derive(Debug)]
struct Down {
    since: Instant,
    failed_calls: u64,
    logged: Option<ConnectionChange>,
}

impl Outage {
    /// Notes that a connection was opened.
    pub(crate) fn connected(&self, now: Instant) -> Option<ConnectionChange> {
        let mut state = self.state();
        let is_first = !std::mem::replace(&mut state.was_connected, true);
        let has_lost = std::mem::take(&mut state.has_lost);
        if state.down.is_some() {
            return state.recover(now);
        }
        if is_first {
            return Some(ConnectionChange::Connected);
        }
        let may_log = is_over(state.recovered, now) && is_over(state.reconnected, now);
        (has_lost && may_log).then(|| {
            state.reconnected = Some(now);
            ConnectionChange::Reconnected
        })
    }

    /// Notes that a call got its answer.
    pub(crate) fn answered(&self, now: Instant) -> Option<ConnectionChange> {
        self.state().recover(now)
    }

    /// Notes that a connection broke.
    pub(crate) fn lost(&self) {
        self.state().has_lost = true;
    }

    /// Notes that no connection could be opened; `failure` is `Unanswered` or `Refused`.
    pub(crate) fn failed(&self, failure: ConnectionChange, now: Instant) -> Option<ConnectionChange> {
        let mut state = self.state();
        let may_log = is_over(state.recovered, now);
        let down = state.down.get_or_insert(Down { since: now, failed_calls: 0, logged: None });
        let is_news = match down.logged {
            None => may_log,
            // What begins as silence may end as a refusal, which needs another remedy.
            Some(logged) => logged == ConnectionChange::Unanswered && failure == ConnectionChange::Refused,
        };
        is_news.then(|| {
            down.logged = Some(failure);
            failure
        })
    }

    /// Counts a call that failed.
    pub(crate) fn call_failed(&self) {
        if let Some(down) = &mut self.state().down {
            down.failed_calls += 1;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn recover(&mut self, now: Instant) -> Option<ConnectionChange> {
        let Down { since, failed_calls, logged } = self.down.take()?;
        logged?;
        self.recovered = Some(now);
        Some(ConnectionChange::Recovered { after: now.saturating_duration_since(since), failed_calls })
    }
}

/// Whether the quiet time after `line` is over.
fn is_over(line: Option<Instant>, now: Instant) -> bool {
    line.is_none_or(|line| now.saturating_duration_since(line) >= QUIET)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionChange::{Connected, Reconnected, Recovered, Refused, Unanswered};

    struct Bench {
        outage: Outage,
        start: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { outage: Outage::default(), start: Instant::now() }
        }

        fn connected(&self, second: u64) -> Option<ConnectionChange> {
            self.outage.connected(self.at(second))
        }

        fn failed(&self, failure: ConnectionChange, second: u64) -> Option<ConnectionChange> {
            self.outage.failed(failure, self.at(second))
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }
    }

    fn recovered(seconds: u64, failed_calls: u64) -> Option<ConnectionChange> {
        Some(Recovered { after: Duration::from_secs(seconds), failed_calls })
    }

    #[test]
    fn an_outage_is_a_line_when_it_begins_and_one_when_it_ends() {
        let bench = Bench::new();
        assert_eq!(bench.connected(0), Some(Connected));
        assert_eq!(bench.connected(1), None, "another connection of a pool");
        bench.outage.call_failed();
        assert_eq!(bench.failed(Unanswered, 2), Some(Unanswered));
        for second in 2..14 {
            bench.outage.call_failed();
            assert_eq!(bench.failed(Unanswered, second), None);
        }
        assert_eq!(bench.connected(14), recovered(12, 12));
        assert_eq!(bench.connected(15), None);
    }

    #[test]
    fn a_server_that_was_never_there_is_an_outage_as_well() {
        let bench = Bench::new();
        assert_eq!(bench.failed(Unanswered, 0), Some(Unanswered));
        assert_eq!(bench.connected(5), recovered(5, 0));
    }

    #[test]
    fn a_call_that_is_answered_ends_it() {
        let bench = Bench::new();
        assert_eq!(bench.outage.answered(bench.at(0)), None);
        assert_eq!(bench.failed(Refused, 0), Some(Refused));
        assert_eq!(bench.outage.answered(bench.at(3)), recovered(3, 0));
        assert_eq!(bench.outage.answered(bench.at(3)), None);
    }

    #[test]
    fn silence_that_becomes_a_refusal_is_a_second_line_and_no_more() {
        let bench = Bench::new();
        assert_eq!(bench.failed(Unanswered, 0), Some(Unanswered));
        assert_eq!(bench.failed(Refused, 1), Some(Refused));
        assert_eq!(bench.failed(Unanswered, 2), None);
        assert_eq!(bench.failed(Refused, 3), None);
        assert_eq!(bench.connected(4), recovered(4, 0));
    }

    #[test]
    fn a_server_that_comes_and_goes_gets_a_pair_of_lines_in_ten_seconds() {
        let bench = Bench::new();
        let mut lines = 0;
        for second in 0..100 {
            lines += usize::from(bench.failed(Unanswered, second).is_some());
            lines += usize::from(bench.connected(second).is_some());
        }
        assert_eq!(lines, 20);
    }

    #[test]
    fn an_outage_soon_after_another_is_logged_once_it_lasts() {
        let bench = Bench::new();
        assert_eq!(bench.failed(Unanswered, 0), Some(Unanswered));
        assert_eq!(bench.connected(1), recovered(1, 0));
        assert_eq!(bench.failed(Unanswered, 2), None);
        assert_eq!(bench.failed(Unanswered, 10), None);
        assert_eq!(bench.failed(Unanswered, 11), Some(Unanswered));
        assert_eq!(bench.connected(20), recovered(18, 0));
    }

    #[test]
    fn a_connection_that_broke_is_replaced_with_a_line_in_ten_seconds_at_most() {
        let bench = Bench::new();
        assert_eq!(bench.connected(0), Some(Connected));
        let mut lines = 0;
        for second in 0..100 {
            bench.outage.lost();
            match bench.connected(second) {
                Some(change) => {
                    assert_eq!(change, Reconnected);
                    lines += 1;
                }
                None => assert_eq!(bench.connected(second), None),
            }
        }
        assert_eq!(lines, 10);
    }
}
