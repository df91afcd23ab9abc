use std::sync::LazyLock;

use super::{Execute, Service, runtime::dual};
use crate::{AsKey, Category, Command, Error, Expiry, Result, Script, call::Call, expiry::Expires};

static INCREMENT_WITH_EXPIRY: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/increment_with_expiry.lua")));

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
        let reply = self.ask(call, &Command::new("INCRBY").arg(self.key(call, &key)?).arg(by)).await?;
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
        let reply = self.ask(call, &Command::new("DECRBY").arg(self.key(call, &key)?).arg(by)).await?;
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
        let Expires::InMilliseconds(lives) = self.expires(call, expiry)? else {
            return Err(call.blame(Error::invalid_input("a counter's expiry is a time to live")));
        };
        let script = INCREMENT_WITH_EXPIRY.call().key(self.key(call, &key)?);
        let script = script.arg(by.to_string()).arg(lives.to_string());
        let script = script.in_category(Category::Accumulating).failing_before_it_writes();
        let reply = call.name(self.attempt(&script).await)?;
        call.name(reply.into_integer())
    }
}
