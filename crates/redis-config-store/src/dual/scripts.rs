use redis_service::Script;

use super::runtime::{Service, dual};
use crate::{Result, name::Name};

/// Runs a script on the two keys of a namespace.
///
/// Each of ours may be sent again: two of them write nothing, and a commit is recognised by its operation. If one
/// fails, that is before its first write: a commit checks everything first, rights included, and the first write
/// is the one that a server without memory or replicas refuses.
#[dual]
pub(super) async fn run(
    redis: &Service,
    script: &Script,
    name: &Name,
    arguments: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>> {
    let query = redis.script(script).key(&*name.current).key(&*name.log);
    let query = arguments.iter().fold(query, |query, argument| query.arg(&argument[..]));
    Ok(query.idempotent().failing_before_it_writes().run().await?)
}
