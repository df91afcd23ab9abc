//! Structs as hashes.

use std::time::SystemTime;

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyScope, Keyed, OperationResult, ReplyContext, read};
use crate::{
    error::Result,
    protocol::{Reply, RetryCategory, Script},
    values::{Expires, Expiry, decode_fields, encode_fields},
};

static REPLACE_HASH: Script =
    Script::new(concat!(include_str!("scripts/rights.lua"), include_str!("scripts/replace_hash.lua")));

pub(crate) fn set_struct<S: Serialize + ?Sized>(
    on: KeyScope<'_>,
    value: &S,
    expiry: Expiry,
    now: SystemTime,
) -> OperationResult<()> {
    let script = |on: Keyed<'_>| {
        let fields = encode_fields(on.scope.policy.encoding(), value)?;
        let (expire, milliseconds) = match on.expires(expiry, now)? {
            Expires::InMilliseconds(time) => ("PEXPIRE", time),
            Expires::AtMilliseconds(time) => ("PEXPIREAT", time),
            Expires::Never => ("PERSIST", 0),
            Expires::Keep => ("", 0),
        };
        let call = REPLACE_HASH.call().key(on.whole()?).arg(expire).arg(milliseconds.to_string());
        let call = fields.into_iter().fold(call, |call, (name, value)| call.arg(name).arg(value));
        Ok(call.in_category(RetryCategory::LastWins).failing_before_it_writes())
    };
    on.make("set_struct", script, read::done)
}

pub(crate) fn get_struct<S: DeserializeOwned>(on: KeyScope<'_>) -> OperationResult<Option<S>> {
    on.make("get_struct", |on| on.command("HGETALL"), fields)
}

fn fields<S: DeserializeOwned>(reply: Reply, asked: &ReplyContext<'_>) -> Result<Option<S>> {
    let fields = reply.into_pairs()?.into_iter();
    let fields = fields.map(|(name, value)| Ok((name.into_value()?, value.into_value()?)));
    let fields = fields.collect::<Result<Vec<_>>>()?;
    if fields.is_empty() {
        return Ok(None);
    }
    decode_fields(asked.scope.policy.encoding(), &fields).map(Some)
}
