use super::{
    super::{super::runtime::dual, Replica},
    Replicator,
};
use crate::{
    clock,
    error::Result,
    protocol::{Damage, SyncReply},
    replica::{Mirror, WakeReason},
};

/// After how many intervals all values are verified without a reason.
const INTERVALS: u32 = 100;

/// How many times a verification is attempted while commits interfere.
const ATTEMPTS: u32 = 3;

#[dual]
impl Replicator {
    /// Verifies all values if there is a reason to, or the last verification was long ago.
    pub(super) async fn verify(&mut self, replica: &Replica, reason: WakeReason) {
        self.is_doubtful |= reason.is_doubtful || reason.is_reconnected;
        let now = clock::now();
        let is_due = now.saturating_duration_since(self.verified) >= replica.interval() * INTERVALS;
        if !self.is_doubtful && !is_due {
            return;
        }
        for _ in 0..ATTEMPTS {
            match replica.verify().await {
                Ok(true) => {
                    (self.verified, self.is_doubtful) = (now, false);
                    if self.logged.unverified.ends() {
                        tracing::info!("the values were verified");
                    }
                    return;
                }
                // A commit interfered.
                Ok(false) if replica.sync(&replica.redis).await.is_err() => return,
                Ok(false) => {}
                Err(error) => {
                    if !error.is_unavailable() && self.logged.unverified.begins() {
                        tracing::warn!(%error, "the values could not be verified");
                    } else {
                        tracing::debug!(%error, "the values could not be verified");
                    }
                    return;
                }
            }
        }
        // A verification without a reason waits for its next turn.
        self.verified = now;
    }
}

#[dual]
impl Replica {
    /// Reads all values again, though nothing was committed: another program may have written one. Returns whether they
    /// could be compared: a commit in between prevents that.
    async fn verify(&self) -> Result<bool> {
        let known = self.hub().mirror.known();
        let asked = clock::now();
        let reply = self.request_changes(&self.redis, &Mirror::default().known(), 1).await?;
        let applied = {
            let mut hub = self.hub();
            let (known, reply) = match reply {
                SyncReply::Damaged { damage: Damage::Unreadable, .. } => (known, reply),
                SyncReply::Snapshot { current, .. } => match hub.mirror.differs_from(&current) {
                    Some(true) => (hub.mirror.known(), SyncReply::Rewritten { current }),
                    compared => return Ok(compared.is_some()),
                },
                // A synchronization gets every other answer as well.
                _ => return Ok(true),
            };
            hub.apply(asked, &known, reply)
        };
        applied.notify();
        Ok(true)
    }
}
