use redis_config_store::{Commit, Expect, commit::Effect};

use crate::{
    arguments::Signature,
    connect::OpenStore,
    failure::Result,
    output::{Output, plain},
    record::Done,
};

pub(super) fn run(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    expect: Expect,
    signature: &Signature,
) -> Result<()> {
    let commit = Commit::new().delete_if(key, expect).author(signature.author());
    let committed = session.store.commit(commit.message(signature.message.as_deref().unwrap_or_default()))?;
    if committed.effect == Effect::Unchanged {
        return Err(session.missing(key));
    }
    let done = Done::new(key, &committed);
    if output.is_json {
        return output.json(&done);
    }
    let name = output.paint.strong(plain(key));
    output.line(format!("{name} is deleted, at version {}, revision {}", done.version, done.revision))
}
