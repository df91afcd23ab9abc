use super::{
    super::{
        run_script::run_script,
        runtime::{Service, dual},
    },
    Replica,
};
use crate::{
    clock,
    error::{During, Result},
    protocol::{SYNC, SyncReply},
};

/// How many commits are read at a time.
pub(super) const LIMIT: usize = 256;

#[dual]
impl Replica {
    /// Asks Redis for the changes since `known`, at most `limit` commits.
    pub(in super::super) async fn request_changes(
        &self,
        redis: &Service,
        known: &[String; 3],
        limit: usize,
    ) -> Result<SyncReply> {
        let known = known.iter().map(|argument| argument.clone().into_bytes());
        let arguments: Vec<_> = known.chain([limit.to_string().into_bytes()]).collect();
        let reply = run_script(redis, &SYNC, &self.keys, &arguments).await.during("sync")?;
        SyncReply::read(reply).during("sync")
    }

    /// Applies changes until there are no more, and notifies watchers and observers. Returns whether there were any.
    pub(in super::super) async fn sync(&self, redis: &Service) -> Result<bool> {
        let mut is_change = false;
        loop {
            let known = self.hub().mirror.known();
            let asked = clock::now();
            let reply = self.request_changes(redis, &known, LIMIT).await;
            let applied = match reply {
                Ok(reply) => self.hub().apply(asked, &known, reply),
                Err(error) => {
                    self.hub().fail(error.clone());
                    return Err(error);
                }
            };
            is_change |= applied.is_change;
            let is_more = applied.is_more;
            applied.notify();
            if !is_more {
                return Ok(is_change);
            }
        }
    }
}
