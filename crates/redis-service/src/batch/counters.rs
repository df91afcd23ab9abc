use std::ops::RangeBounds;

use super::{Batch, BatchHandle};
use crate::{
    operations::counters,
    values::{AsKey, BoundedIncrement, Expiry, Overflow},
};

/// Counters: bare integers, whatever the codec. A missing key counts as 0.
impl Batch {
    /// Adds `by` to the counter, and hands back what it is then. Command: `INCRBY`.
    pub fn increment(&mut self, key: impl AsKey, by: i64) -> BatchHandle<i64> {
        self.queue(counters::increment(self.on(&key), by))
    }

    /// Takes `by` from the counter, and hands back what it is then. Command: `DECRBY`.
    pub fn decrement(&mut self, key: impl AsKey, by: i64) -> BatchHandle<i64> {
        self.queue(counters::decrement(self.on(&key), by))
    }

    /// Adds `by` to a counter that expires, and hands back what it is then. Commands: a script, as of the service's method.
    pub fn increment_with_expiry(
        &mut self,
        key: impl AsKey,
        by: i64,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<i64> {
        self.queue(counters::increment_with_expiry(self.on(&key), by, expiry.into(), self.started))
    }

    /// Adds `by` to the counter unless that takes it out of `bounds`, and tells what was added. Commands: a script, as of
    /// the service's method.
    pub fn increment_within(
        &mut self,
        key: impl AsKey,
        by: i64,
        bounds: impl RangeBounds<i64>,
        overflow: Overflow,
    ) -> BatchHandle<BoundedIncrement> {
        self.queue(counters::increment_within(self.on(&key), by, &bounds, overflow))
    }

    /// Adds `by` to the counter unless the operation `id` has done so before. Commands: a script, as of the service's
    /// method.
    pub fn increment_once(
        &mut self,
        key: impl AsKey,
        by: i64,
        id: &str,
        remembered_for: impl Into<Expiry>,
    ) -> BatchHandle<i64> {
        self.queue(counters::increment_once(self.on(&key), by, id, remembered_for.into(), self.started))
    }

    /// Adds `by` to a counter that may have a fraction, and hands back what it is then. Command: `INCRBYFLOAT`.
    pub fn increment_float(&mut self, key: impl AsKey, by: f64) -> BatchHandle<f64> {
        self.queue(counters::increment_float(self.on(&key), by))
    }
}
