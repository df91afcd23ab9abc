use std::{
    hash::{BuildHasher, RandomState},
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use super::rules::Direction;
use crate::lock::lock;

/// What happened at a proxy until now.
///
/// Each thing is counted right after it happened, so that what is counted is done, while what a peer has just seen may
/// still be missing: see [`Proxy::wait_until`](crate::Proxy::wait_until).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections accepted, those that the upstream refused included.
    pub accepted: u64,
    /// Connections not yet closed by both ends.
    pub open: u64,
    /// Bytes forwarded from clients to the server.
    pub to_server: u64,
    /// Bytes forwarded from the server to clients.
    pub to_client: u64,
    /// How often a stream was altered: bytes inverted, and insertions made.
    pub alterations: u64,
}

/// How every connection forwards.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
    pub(super) slice: Option<usize>,
}

/// What all connections of a proxy share.
#[derive(Debug, Default)]
pub(super) struct ProxyControls {
    shape: Mutex<Shape>,
    statistics: Mutex<Statistics>,
    counted: Condvar,
}

impl ProxyControls {
    pub(super) fn reshape(&self, change: impl FnOnce(&mut Shape)) {
        change(&mut lock(&self.shape));
    }

    pub(super) fn slice(&self) -> Option<usize> {
        lock(&self.shape).slice
    }

    /// The delay for a piece whose share of the jitter is `share`, from 0 to 1.
    pub(super) fn delay(&self, share: f64) -> Duration {
        let shape = *lock(&self.shape);
        shape.delay + shape.jitter.mul_f64(share)
    }

    pub(super) fn statistics(&self) -> Statistics {
        *lock(&self.statistics)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Statistics)) {
        change(&mut lock(&self.statistics));
        self.counted.notify_all();
    }

    pub(super) fn forwarded(&self, direction: Direction, bytes: usize) {
        self.count(|statistics| match direction {
            Direction::ToServer => statistics.to_server += bytes as u64,
            Direction::ToClient => statistics.to_client += bytes as u64,
        });
    }

    pub(super) fn altered(&self) {
        self.count(|statistics| statistics.alterations += 1);
    }

    pub(super) fn wait_until(
        &self,
        within: Duration,
        mut condition: impl FnMut(&Statistics) -> bool,
    ) -> bool {
        let statistics = lock(&self.statistics);
        let waited = self.counted.wait_timeout_while(statistics, within, |now| !condition(now));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// A number from 0 to 1, good enough for jitter.
pub(super) fn share() -> f64 {
    f64::from(RandomState::new().hash_one(0) as u32) / f64::from(u32::MAX)
}
