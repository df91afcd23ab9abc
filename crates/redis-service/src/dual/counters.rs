use std::{ops::RangeBounds, sync::LazyLock};

use super::{Execute, Service, runtime::dual};
use crate::{
    AsKey, Bounded, Category, Error, Expiry, Overflow, Result, Script,
    call::Call,
    counter::{Step, operation_key},
    expiry::Expires,
};

static INCREMENT_WITH_EXPIRY: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/increment_with_expiry.lua")));
static INCREMENT_WITHIN: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/increment_within.lua")));
static INCREMENT_ONCE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/increment_once.lua")));

/// Counters: bare integers, whatever the codec. A missing key counts as 0.
#[dual]
impl<L: Execute> Service<L> {
    /// Adds `by` to the counter, and hands back what it is now.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `INCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no integer; `Operation` if it would overflow. Nothing is changed then.
    pub async fn increment(&self, key: impl AsKey, by: i64) -> Result<i64> {
        let call = Call::on("increment", &key);
        let reply = self.ask(call, &self.on(call, "INCRBY", &key)?.arg(by)).await?;
        call.name(reply.into_integer())
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
    pub async fn decrement(&self, key: impl AsKey, by: i64) -> Result<i64> {
        let call = Call::on("decrement", &key);
        let reply = self.ask(call, &self.on(call, "DECRBY", &key)?.arg(by)).await?;
        call.name(reply.into_integer())
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
    pub async fn increment_with_expiry(
        &self,
        key: impl AsKey,
        by: i64,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<i64> {
        let call = Call::on("increment_with_expiry", &key);
        let lives = self.time_to_live(call, expiry)?;
        let script = INCREMENT_WITH_EXPIRY.call().key(self.key(call, &key)?);
        let script = script.arg(by.to_string()).arg(lives.to_string());
        let script = script.in_category(Category::Accumulating).failing_before_it_writes();
        let reply = call.name(self.attempt(&script).await)?;
        call.name(reply.into_written_integer())
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
    pub async fn increment_within(
        &self,
        key: impl AsKey,
        by: i64,
        bounds: impl RangeBounds<i64> + Send,
        overflow: Overflow,
    ) -> Result<Bounded> {
        let call = Call::on("increment_within", &key);
        let Step { by, bound, last } = call.name(Step::within(by, &bounds))?;
        let script = INCREMENT_WITHIN.call().key(self.key(call, &key)?);
        let script = script.arg(by.to_string()).arg(bound.to_string()).arg(last.to_string());
        let script = script.arg(match overflow {
            Overflow::Refuse => "refuse",
            Overflow::Saturate => "saturate",
        });
        let script = script.in_category(Category::Accumulating).failing_before_it_writes();
        let reply = call.name(self.attempt(&script).await)?;
        call.name(Bounded::from_reply(reply))
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
    pub async fn increment_once(
        &self,
        key: impl AsKey,
        by: i64,
        id: &str,
        remembered_for: impl Into<Expiry> + Send,
    ) -> Result<i64> {
        let call = Call::on("increment_once", &key);
        let lives = self.time_to_live(call, remembered_for)?;
        let beside = call.name(operation_key(self.root(), &key, id))?;
        let script = INCREMENT_ONCE.call().key(self.key(call, &key)?).key(beside);
        let script = script.arg(by.to_string()).arg(lives.to_string());
        // The second run meets what the first has remembered, and changes nothing.
        let script = script.in_category(Category::LastWins).failing_before_it_writes();
        let reply = call.name(self.attempt(&script).await)?;
        call.name(reply.into_written_integer())
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
    pub async fn increment_float(&self, key: impl AsKey, by: f64) -> Result<f64> {
        let call = Call::on("increment_float", &key);
        if !by.is_finite() {
            return Err(call.blame(Error::invalid_input("the increment is not a finite number")));
        }
        let command = self.on(call, "INCRBYFLOAT", &key)?.arg(by);
        let reply = self.ask(call, &command).await?;
        call.name(reply.into_float().map(Option::unwrap_or_default))
    }
}

impl<L> Service<L> {
    fn time_to_live(&self, call: Call<'_>, expiry: impl Into<Expiry>) -> Result<i64> {
        match self.expires(call, expiry)? {
            Expires::InMilliseconds(lives) => Ok(lives),
            _ => Err(call.blame(Error::invalid_input("a counter's expiry is a time to live"))),
        }
    }
}
