use redis_service::Script;

use super::runtime::{Service, dual};
use crate::{error::Result, protocol::NamespaceKeys};

/// Runs a script on the two keys of a namespace.
///
/// Each of our scripts may be sent again: two of them write nothing, and a commit is recognized by its operation. A
/// script that fails does so before its first write: a commit checks everything first, rights included, and a server
/// without memory or replicas refuses the first write.
#[dual]
pub(super) async fn run_script(
    redis: &Service,
    script: &Script,
    keys: &NamespaceKeys,
    arguments: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>> {
    let query = redis.script(script).key(&*keys.current).key(&*keys.log);
    let query = arguments.iter().fold(query, |query, argument| query.arg(&argument[..]));
    Ok(query.idempotent().failing_before_it_writes().run().await?)
}
