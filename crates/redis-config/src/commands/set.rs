use redis_config_store::{Commit, Expect};

use super::commit_one;
use crate::{
    arguments::{Expected, Signature},
    connect::OpenStore,
    failure::Result,
    input,
    output::Output,
};

pub(super) struct Put<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    pub(super) is_string: bool,
}

pub(super) fn expect(if_absent: bool, expected: Expected) -> Expect {
    if if_absent { Expect::Absent } else { expected.into() }
}

pub(super) fn run(
    open: impl FnOnce() -> Result<OpenStore>,
    output: &mut Output,
    put: &Put<'_>,
    expect: Expect,
    signature: &Signature,
) -> Result<()> {
    // Before Redis is asked: an invalid value fails at once.
    let value = input::value(&input::text(put.value)?, put.is_string)?;
    let commit = Commit::new().put_bytes(put.key, value, expect);
    let commit = commit.message(signature.message.as_deref().unwrap_or_default());
    commit_one(&open()?, output, put.key, commit, signature)?;
    Ok(())
}
