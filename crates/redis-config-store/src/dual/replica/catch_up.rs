use super::{
    super::runtime::{Mailbox, dual},
    Replica,
    sync::LIMIT,
};
use crate::{
    clock,
    error::Result,
    replica::{Mirror, Transition},
    watch::Backlog,
};

#[dual]
impl Replica {
    /// Reads from the log the commits for which watchers of every commit were too slow.
    pub(super) async fn catch_up(&self) -> Result<()> {
        let watchers = self.hub().watchers();
        let mut caught_up = Ok(());
        for watcher in watchers {
            // A failure for one watcher does not affect the others.
            caught_up = caught_up.and(self.catch_up_one(&watcher).await);
        }
        caught_up
    }

    async fn catch_up_one(&self, watcher: &Mailbox<Backlog>) -> Result<()> {
        while let Some((mut mirror, room)) = watcher.look(behind) {
            let asked = clock::now();
            let reply = self.request_changes(&self.redis, &mirror.known(), room.clamp(1, LIMIT)).await?;
            let (transition, is_more) = mirror.apply(reply);
            // It may be ahead of the store by now; then it waits for it.
            let is_done = matches!(transition, Transition::Unchanged) && !is_more;
            let mut hub = self.hub();
            hub.record_commits(&transition, (asked, clock::now()));
            watcher.put(|backlog| backlog.catch_up(mirror, &transition, &hub.mirror));
            if is_done {
                break;
            }
        }
        Ok(())
    }
}

/// What a watcher that is behind knows, and how many commits it has room for.
fn behind(backlog: &Backlog) -> Option<(Mirror, usize)> {
    backlog.behind().map(|mirror| (mirror.clone(), backlog.room()))
}
