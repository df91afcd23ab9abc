use std::ops::RangeBounds;

use super::{Service, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::counters,
    values::{AsKey, BoundedIncrement, Expiry, Overflow},
};

/// Counters: bare integers, whatever the codec. A missing key counts as 0.
#[dual]
impl Service {
    /// Adds `by` to the counter, and hands back what it is now.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `INCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no integer; `Operation` if it would overflow. Nothing is changed then.
    #[doc(alias = "INCRBY")]
    pub async fn increment(&self, key: impl AsKey, by: i64) -> Result<i64> {
        self.client.run_on(&key, move |on| counters::increment(on, by)).await
    }

    /// Takes `by` from the counter, and hands back what it is now.
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

    /// Adds `by` to a counter that expires, in one step, and hands back what it is now. The first increment
    /// sets the expiry; later ones do not extend it; an expiry that was lost is set anew.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Commands: a script of `INCRBY`, `PTTL` and `PEXPIRE`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment); `InvalidInput` if the expiry is no time to live.
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

    /// Adds `by` to the counter unless that takes it out of `bounds`, in one step, and tells what was added.
    ///
    /// Adding minds the upper bound, taking away (a negative `by`) the lower one. So a counter that is out of
    /// bounds already can come back, and goes no further out.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Commands: a script of `GET`, `INCRBY` and `SET … KEEPTTL`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment), save that it cannot overflow; `InvalidInput` if no number is within
    /// the bounds.
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

    /// Adds `by` to the counter unless the operation `id` has done so before, and hands back what the counter
    /// was after the first time.
    ///
    /// An operation is remembered for `remembered_for`, however often it is repeated. Within that time it may
    /// be repeated safely, and is: after a lost reply it is sent again. `by` is that of the first time.
    ///
    /// It is remembered in a key beside the counter's, on the same slot of a cluster: `once:{counter}:id`, or
    /// `counter:once:id` if the counter's key has a hash tag.
    ///
    /// Commands: a script of `GET`, `INCRBY` and `SET … PX`.
    ///
    /// # Errors
    ///
    /// As [`increment`](Self::increment): an operation that fails so is not remembered. `InvalidInput` if the
    /// id is empty, the time is no time to live, or the key has a `}` but no hash tag.
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

    /// Adds `by` to a counter that may have a fraction, and hands back what it is now.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`. The server counts with 17 digits, so
    /// fractions add up nearly, not exactly.
    ///
    /// Command: `INCRBYFLOAT`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `by` is infinite or no number; `WrongType` if the key holds no number; `Operation` if
    /// the sum would be infinite. Nothing is changed then.
    #[doc(alias = "INCRBYFLOAT")]
    pub async fn increment_float(&self, key: impl AsKey, by: f64) -> Result<f64> {
        self.client.run_on(&key, move |on| counters::increment_float(on, by)).await
    }
}
