//! What the figures are to reach.

use crate::results::{Better, Record};

/// For one line of work, in one unit.
pub(super) struct Goal {
    work: &'static str,
    callers: usize,
    unit: &'static str,
    aim: Aim,
}

enum Aim {
    /// So many times a peer's figure, at least where higher is better and at most where lower is.
    Times(&'static str, f64),
    /// At most this.
    AtMost(f64),
}

/// How a goal and a figure compare.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) goal: String,
    pub(super) measured: String,
    pub(super) reached: bool,
}

const fn times(
    work: &'static str,
    callers: usize,
    unit: &'static str,
    peer: &'static str,
    factor: f64,
) -> Goal {
    Goal { work, callers, unit, aim: Aim::Times(peer, factor) }
}

const fn at_most(work: &'static str, callers: usize, unit: &'static str, bound: f64) -> Goal {
    Goal { work, callers, unit, aim: Aim::AtMost(bound) }
}

pub(super) const GOALS: [Goal; 26] = [
    times("async_get_typed", 256, "ops/s", "redis-multiplexed", 2.0),
    times("async_get_typed", 256, "ops/s", "fred", 2.0),
    times("async_get_typed", 256, "ops/s", "rustis", 1.2),
    times("async_get_typed", 256, "ops/s", "deadpool-redis", 8.0),
    times("async_set_typed", 256, "ops/s", "redis-multiplexed", 2.0),
    times("async_set_typed", 256, "ops/s", "fred", 2.0),
    times("async_set_typed", 256, "ops/s", "rustis", 1.2),
    times("async_set_typed", 256, "ops/s", "deadpool-redis", 8.0),
    times("async_get_typed", 64, "ops/s", "redis-multiplexed", 1.5),
    times("async_get_typed_p50", 1, "us", "redis-multiplexed", 1.05),
    at_most("async_get_typed_rtt1ms_p50", 64, "round trips", 1.1),
    times("async_small_among_large_p99", 16, "us", "redis-multiplexed", 1.2),
    times("blocking_get_typed_p50", 1, "us", "r2d2-unchecked", 1.05),
    times("blocking_get_typed", 32, "ops/s", "r2d2-unchecked", 1.0),
    times("blocking_get_typed", 32, "ops/s", "r2d2-default", 1.8),
    times("get_many_100", 1, "calls/s", "raw-mget", 0.95),
    times("get_many_100", 16, "calls/s", "raw-mget", 0.95),
    times("script", 1, "calls/s", "raw-evalsha", 0.8),
    times("delete_matching_1m", 1, "keys/s", "redis-cli", 1.0),
    at_most("live_load_ns", 1, "ns", 50.0),
    at_most("live_load_ns", 2, "ns", 50.0),
    at_most("config_change_p99", 1, "ms", 2.0),
    at_most("config_change_p99", 100, "ms", 2.0),
    at_most("config_change_no_sharing_p99", 100, "ms", 5.0),
    at_most("tasks_10k", 10_000, "sockets", 2.0),
    at_most("tasks_10k", 10_000, "MiB", 64.0),
];

impl Goal {
    /// None if it is not about that record.
    pub(super) fn judge(&self, record: &Record) -> Option<Verdict> {
        if (self.work, self.callers, self.unit) != (&record.work, record.callers, &record.unit) {
            return None;
        }
        match self.aim {
            Aim::AtMost(bound) => Some(Verdict {
                goal: format!("≤ {bound} {}", self.unit),
                measured: format!("{} {}", record.ours, self.unit),
                reached: record.ours <= bound,
            }),
            Aim::Times(peer, factor) => {
                let times = record.ours / record.peers.get(peer)?.value;
                let (sign, reached) = match record.better {
                    Better::Higher => ("≥", times >= factor),
                    Better::Lower => ("≤", times <= factor),
                };
                Some(Verdict {
                    goal: format!("{sign} {factor} × {peer}"),
                    measured: format!("{times:.2} ×"),
                    reached,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(
        work: &str,
        callers: usize,
        unit: &str,
        better: Better,
        ours: f64,
        peer: (&str, f64),
    ) -> Record {
        let mut record = Record::new(work, callers, unit, better, &[ours]);
        record.add_peer(peer.0, "1", "", &[peer.1]);
        record
    }

    fn verdicts(record: &Record) -> Vec<Verdict> {
        GOALS.iter().filter_map(|goal| goal.judge(record)).collect()
    }

    #[test]
    fn more_is_reached_by_being_above() {
        let judged = |ours| {
            let line =
                record("async_get_typed", 64, "ops/s", Better::Higher, ours, ("redis-multiplexed", 100.0));
            verdicts(&line).into_iter().map(|verdict| (verdict.measured, verdict.reached)).collect::<Vec<_>>()
        };
        assert_eq!(judged(150.0), [("1.50 ×".to_owned(), true)]);
        assert_eq!(judged(149.0), [("1.49 ×".to_owned(), false)]);
    }

    #[test]
    fn less_is_reached_by_being_below() {
        let reached = |ours| {
            let line =
                record("async_get_typed_p50", 1, "us", Better::Lower, ours, ("redis-multiplexed", 100.0));
            verdicts(&line).iter().all(|verdict| verdict.reached)
        };
        assert!(reached(105.0) && !reached(106.0));
        let sockets = |ours| record("tasks_10k", 10_000, "sockets", Better::Lower, ours, ("fred", 1.0));
        assert!(verdicts(&sockets(2.0))[0].reached && !verdicts(&sockets(3.0))[0].reached);
    }

    #[test]
    fn other_lines_have_other_goals() {
        assert_eq!(verdicts(&record("async_get_typed", 1, "ops/s", Better::Higher, 1.0, ("fred", 1.0))), []);
    }
}
