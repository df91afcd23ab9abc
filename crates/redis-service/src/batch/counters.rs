use std::ops::RangeBounds;

use super::{Batch, BatchHandle};
use crate::{
    operations::counters,
    values::{AsKey, BoundedIncrement, Expiry, Overflow},
};

/// Counters: bare integers, with every codec. A missing key counts as 0.
impl Batch {
    /// Adds `by` to the counter; the result is the new value. Command: `INCRBY`.
    #[doc(alias = "INCRBY")]
    pub fn increment(&mut self, key: impl AsKey, by: i64) -> BatchHandle<i64> {
        self.queue(counters::increment(self.on(&key), by))
    }

    /// Subtracts `by` from the counter; the result is the new value. Command: `DECRBY`.
    #[doc(alias = "DECRBY")]
    pub fn decrement(&mut self, key: impl AsKey, by: i64) -> BatchHandle<i64> {
        self.queue(counters::decrement(self.on(&key), by))
    }

    /// Adds `by` to a counter that expires; the result is the new value. Commands: the script of the
    /// service's method.
    #[doc(alias = "INCRBY")]
    pub fn increment_with_expiry(
        &mut self,
        key: impl AsKey,
        by: i64,
        expiry: impl Into<Expiry>,
    ) -> BatchHandle<i64> {
        self.queue(counters::increment_with_expiry(self.on(&key), by, expiry.into(), self.started))
    }

    /// Adds `by` to the counter unless the sum would be out of `bounds`; the result says what was added.
    /// Commands: the script of the service's method.
    #[doc(alias = "INCRBY")]
    pub fn increment_within(
        &mut self,
        key: impl AsKey,
        by: i64,
        bounds: impl RangeBounds<i64>,
        overflow: Overflow,
    ) -> BatchHandle<BoundedIncrement> {
        self.queue(counters::increment_within(self.on(&key), by, &bounds, overflow))
    }

    /// Adds `by` to the counter once for each operation `id`; the result is the counter's value after the
    /// first time. Commands: the script of the service's method.
    #[doc(alias = "INCRBY")]
    pub fn increment_once(
        &mut self,
        key: impl AsKey,
        by: i64,
        id: &str,
        remembered_for: impl Into<Expiry>,
    ) -> BatchHandle<i64> {
        self.queue(counters::increment_once(self.on(&key), by, id, remembered_for.into(), self.started))
    }

    /// Adds `by` to a counter that may have a fraction; the result is the new value. Command: `INCRBYFLOAT`.
    #[doc(alias = "INCRBYFLOAT")]
    pub fn increment_float(&mut self, key: impl AsKey, by: f64) -> BatchHandle<f64> {
        self.queue(counters::increment_float(self.on(&key), by))
    }
}
