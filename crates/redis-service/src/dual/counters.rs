use std::ops::RangeBounds;

use super::{
    Service,
    runtime::{dual, example},
};
use crate::{
    clock,
    error::Result,
    operations::counters,
    values::{AsKey, BoundedIncrement, Expiry, Overflow},
};

/// Counters: bare integers, with every codec. A missing key counts as 0.
///
#[doc = example!("counters.md")]
#[dual]
impl Service {
    /// Adds `by` to the counter and returns the new value.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `INCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key does not hold an integer; `Operation` if the counter would overflow. The
    /// counter is unchanged then.
    #[doc(alias = "INCRBY")]
    pub async fn increment(&self, key: impl AsKey, by: i64) -> Result<i64> {
        self.client.run_on(&key, move |on| counters::increment(on, by)).await
    }

    /// Subtracts `by` from the counter and returns the new value.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `DECRBY`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment).
    #[doc(alias = "DECRBY")]
    pub async fn decrement(&self, key: impl AsKey, by: i64) -> Result<i64> {
        self.client.run_on(&key, move |on| counters::decrement(on, by)).await
    }

    /// Adds `by` to a counter that expires, in one step, and returns the new value. The first increment sets
    /// the expiry; later ones do not extend it. If the counter has lost its expiry, the increment sets it
    /// again.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Commands: a script of `INCRBY`, `PTTL` and `PEXPIRE`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment); `InvalidInput` if the expiry is not a time to live.
    #[doc(alias = "INCRBY")]
    pub async fn increment_with_expiry(
        &self,
        key: impl AsKey,
        by: i64,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<i64> {
        self.client
            .run_on(&key, move |on| counters::increment_with_expiry(on, by, expiry.into(), clock::wall()))
            .await
    }

    /// Adds `by` to the counter unless the sum would be out of `bounds`, in one step, and returns what it
    /// added.
    ///
    /// Adding checks the upper bound only; subtracting (a negative `by`) checks the lower bound only. So a
    /// counter that is already out of bounds can come back, and goes no further out.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Commands: a script of `GET`, `INCRBY` and `SET … KEEPTTL`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment), except that it cannot overflow; `InvalidInput` if the bounds
    /// contain no number.
    #[doc(alias = "INCRBY")]
    pub async fn increment_within(
        &self,
        key: impl AsKey,
        by: i64,
        bounds: impl RangeBounds<i64> + Send,
        overflow: Overflow,
    ) -> Result<BoundedIncrement> {
        self.client.run_on(&key, move |on| counters::increment_within(on, by, &bounds, overflow)).await
    }

    /// Adds `by` to the counter once for each operation `id`, and returns the counter's value after the first
    /// time.
    ///
    /// Redis remembers the `id` for `remembered_for`, counted from the first time. Within that time the call
    /// is idempotent, and is retried after a lost reply; a repeated call's `by` has no effect.
    ///
    /// The `id` is stored in a key beside the counter's, on the same slot of a cluster: `once:{counter}:id`,
    /// or `counter:once:id` if the counter's key has a hash tag.
    ///
    /// Commands: a script of `GET`, `INCRBY` and `SET … PX`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment): an operation that fails so is not remembered. `InvalidInput` if the
    /// id is empty, the time is not a time to live, or the key has a `}` but no hash tag.
    #[doc(alias = "INCRBY")]
    pub async fn increment_once(
        &self,
        key: impl AsKey,
        by: i64,
        id: &str,
        remembered_for: impl Into<Expiry> + Send,
    ) -> Result<i64> {
        self.client
            .run_on(&key, move |on| {
                counters::increment_once(on, by, id, remembered_for.into(), clock::wall())
            })
            .await
    }

    /// Adds `by` to a counter that may have a fraction, and returns the new value.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. The server counts with 17 digits, so
    /// sums of fractions are approximate.
    ///
    /// Command: `INCRBYFLOAT`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `by` is infinite or NaN; `WrongType` if the key does not hold a number; `Operation`
    /// if the sum would be infinite. The counter is unchanged then.
    #[doc(alias = "INCRBYFLOAT")]
    pub async fn increment_float(&self, key: impl AsKey, by: f64) -> Result<f64> {
        self.client.run_on(&key, move |on| counters::increment_float(on, by)).await
    }
}
