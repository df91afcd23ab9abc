use redis_config_store::{Commit, Expect};

use super::commit_one;
use crate::{
    arguments::Signature,
    connect::OpenStore,
    failure::{Failure, Result},
    output::Output,
};

pub(super) fn run(
    session: &OpenStore,
    output: &mut Output,
    (key, number): (&str, u64),
    expect: Expect,
    signature: &Signature,
) -> Result<()> {
    let entry = session.store.entry_at(key, number).map_err(Failure::reading)?;
    let message = signature.message.clone().unwrap_or_else(|| format!("roll back to version {number}"));
    let commit = Commit::new().restore(key, &entry, expect).message(message);
    commit_one(session, output, key, commit, signature)?;
    Ok(())
}
