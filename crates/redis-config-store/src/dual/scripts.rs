use redis_service::ErrorKind;

use super::runtime::{Service, dual};
use crate::{Result, name::Name, script::Script};

/// Runs a script on the two keys of a namespace: by its hash, and once by its source if the server does not
/// know it.
///
/// Each of ours may be sent again: two of them write nothing, and a commit is recognised by its operation.
#[dual]
pub(super) async fn run(
    redis: &Service,
    script: &Script,
    name: &Name,
    arguments: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>> {
    match send(redis, "EVALSHA", &script.hash, name, arguments).await {
        Err(error) if error.kind() == ErrorKind::NoScript => {
            Ok(send(redis, "EVAL", script.source, name, arguments).await?)
        }
        settled => Ok(settled?),
    }
}

#[dual]
async fn send(
    redis: &Service,
    command: &'static str,
    script: &str,
    name: &Name,
    arguments: &[Vec<u8>],
) -> redis_service::Result<Vec<Vec<u8>>> {
    let query = redis.command(command).arg(script).arg(2).key(&*name.current).key(&*name.log);
    arguments.iter().fold(query, |query, argument| query.arg(&argument[..])).idempotent().query().await
}
