//! Counters: bare integers, with every codec.

use std::{ops::RangeBounds, time::SystemTime};

use super::{KeyScope, Keyed, OperationResult, read};
use crate::{
    error::Error,
    protocol::{RetryCategory, Script, ScriptCall},
    values::{BoundedIncrement, BoundedStep, Expiry, Overflow, operation_key},
};

static INCREMENT_WITH_EXPIRY: Script = Script::new(concat!(
    include_str!("scripts/rights.lua"),
    include_str!("scripts/increment_with_expiry.lua")
));
static INCREMENT_WITHIN: Script = Script::new(include_str!("scripts/increment_within.lua"));
static INCREMENT_ONCE: Script =
    Script::new(concat!(include_str!("scripts/rights.lua"), include_str!("scripts/increment_once.lua")));

pub(crate) fn increment(on: KeyScope<'_>, by: i64) -> OperationResult<i64> {
    on.make("increment", |on| Ok(on.command("INCRBY")?.arg(by)), read::integer)
}

pub(crate) fn decrement(on: KeyScope<'_>, by: i64) -> OperationResult<i64> {
    on.make("decrement", |on| Ok(on.command("DECRBY")?.arg(by)), read::integer)
}

pub(crate) fn increment_with_expiry(
    on: KeyScope<'_>,
    by: i64,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<i64> {
    let script = |on: Keyed<'_>| {
        let lives = on.time_to_live(expiry, now)?;
        let call = INCREMENT_WITH_EXPIRY.call().key(on.whole()?).arg(by.to_string()).arg(lives.to_string());
        Ok(counting(call))
    };
    on.make("increment_with_expiry", script, read::written_integer)
}

pub(crate) fn increment_within(
    on: KeyScope<'_>,
    by: i64,
    bounds: &impl RangeBounds<i64>,
    overflow: Overflow,
) -> OperationResult<BoundedIncrement> {
    let script = |on: Keyed<'_>| {
        let BoundedStep { by, bound, last } = BoundedStep::within(by, bounds)?;
        let call = INCREMENT_WITHIN.call().key(on.whole()?);
        let call = call.arg(by.to_string()).arg(bound.to_string()).arg(last.to_string());
        Ok(counting(call.arg(match overflow {
            Overflow::Refuse => "refuse",
            Overflow::Saturate => "saturate",
        })))
    };
    on.make("increment_within", script, |reply, _| BoundedIncrement::from_reply(reply))
}

pub(crate) fn increment_once(
    on: KeyScope<'_>,
    by: i64,
    id: &str,
    remembered_for: Expiry,
    now: SystemTime,
) -> OperationResult<i64> {
    let script = |on: Keyed<'_>| {
        let lives = on.time_to_live(remembered_for, now)?;
        let beside = operation_key(on.scope.namespace, &on, id)?;
        let call = INCREMENT_ONCE.call().key(on.whole()?).key(beside);
        let call = call.arg(by.to_string()).arg(lives.to_string());
        // The second run finds what the first has remembered, and changes nothing.
        Ok(counting(call).in_category(RetryCategory::LastWins))
    };
    on.make("increment_once", script, read::written_integer)
}

pub(crate) fn increment_float(on: KeyScope<'_>, by: f64) -> OperationResult<f64> {
    let command = |on: Keyed<'_>| {
        if !by.is_finite() {
            return Err(Error::invalid_input("the increment is not a finite number"));
        }
        Ok(on.command("INCRBYFLOAT")?.arg(by))
    };
    on.make("increment_float", command, read::float)
}

/// A script whose last step is the addition.
fn counting(call: ScriptCall) -> ScriptCall {
    call.in_category(RetryCategory::Accumulating).failing_before_it_writes()
}
