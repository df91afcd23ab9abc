use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use redis_service_runtime::Jitter;

use super::{
    THREAD, disk,
    runtime::{Mailbox, Task, dual, offload},
    shared_listener::Membership,
    store::Shared,
};
use crate::{
    Result, StoreError, StoreErrorKind,
    backlog::Backlog,
    clock,
    mirror::{Mirror, Step},
    rung::Rung,
    snapshot,
    status::missing_flags,
    sync::{Damage, SyncReply},
};

/// Follows a namespace in the background, for as long as anybody holds the store.
///
/// Whatever wakes it, it does the same: asks what is new since what is known. So what was announced, what
/// was not, and what was announced twice come to the same.
struct Follower {
    shared: Weak<Shared>,
    bell: Arc<Mailbox<Rung>>,
    /// Listens for it, together with all that follow stores on the same service.
    membership: Option<Membership>,
    /// When all values were read last.
    checked: Instant,
    /// There is reason to read them again.
    is_doubtful: bool,
    /// What the snapshot file has.
    saved: Option<Mirror>,
    /// Whether the server was asked what it evicts.
    knows_server: bool,
}

/// How many commits are asked for at a time.
const LIMIT: usize = 256;

/// How long an announcement may take that is on its way.
const HINT_GRACE: Duration = Duration::from_secs(1);

/// How long a store waits to be listened for before it looks.
const SETTLED: Duration = Duration::from_millis(500);

/// How long to wait before Redis is asked again after a failure.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// After how many intervals all values are read again.
const CHECKED: u32 = 100;

/// How often in a row that is tried while others commit.
const CHECKS: u32 = 3;

/// Within what time what the server says of one commit is heard in both ways. It sends them together; but where many
/// stores are listened for, all are woken by the first before any hears of the second.
const TOGETHER: Duration = Duration::from_millis(20);

/// How much more often Redis is asked while nothing is announced.
pub(super) const WHEN_BLIND: u32 = 6;

impl Shared {
    /// Has the namespace followed, and looked at now.
    pub(super) fn follow(self: &Arc<Self>) {
        let was_followed = std::mem::replace(&mut self.desk().is_followed, true);
        if !was_followed {
            self.background.spawn(Follower {
                shared: Arc::downgrade(self),
                bell: Arc::clone(&self.bell),
                membership: None,
                checked: clock::now(),
                // Until it is listened for, or cannot be: then there is.
                is_doubtful: false,
                saved: None,
                knows_server: false,
            });
        }
        self.ask();
    }
}

#[dual]
impl Shared {
    /// Asks what is new until nothing is, tells everybody, and says whether anything was.
    pub(super) async fn look(&self) -> Result<bool> {
        let mut is_change = false;
        loop {
            let known = self.desk().mirror.known();
            let asked = clock::now();
            let reply = self.sync(&known, LIMIT).await;
            let settled = match reply {
                Ok(reply) => self.desk().settle(asked, &known, reply),
                Err(error) => {
                    self.desk().fail(error.clone());
                    return Err(error);
                }
            };
            is_change |= settled.is_change;
            let is_more = settled.is_more;
            settled.tell();
            if !is_more {
                return Ok(is_change);
            }
        }
    }

    /// Reads all values again, though nothing was committed: somebody else may have written one. Says whether they
    /// could be compared: not if something was committed meanwhile.
    async fn check(&self) -> Result<bool> {
        let known = self.desk().mirror.known();
        let asked = clock::now();
        let reply = self.sync(&Mirror::default().known(), 1).await?;
        let settled = {
            let mut desk = self.desk();
            let (known, reply) = match reply {
                SyncReply::Damaged { damage: Damage::Unreadable, .. } => (known, reply),
                SyncReply::Snapshot { hash, .. } => match desk.mirror.contradicts(&hash) {
                    Some(true) => (desk.mirror.known(), SyncReply::Rewritten { hash }),
                    compared => return Ok(compared.is_some()),
                },
                // What it says otherwise, whoever looks is told as well.
                _ => return Ok(true),
            };
            desk.settle(asked, &known, reply)
        };
        settled.tell();
        Ok(true)
    }

    /// Reads from the log what watchers of every commit were too slow for.
    async fn catch_up(&self) -> Result<()> {
        let watchers = self.desk().watchers.clone();
        let mut caught_up = Ok(());
        for watcher in watchers.iter().filter_map(Weak::upgrade) {
            // Whoever cannot be helped keeps nobody from being helped.
            caught_up = caught_up.and(self.catch_up_one(&watcher).await);
        }
        caught_up
    }

    async fn catch_up_one(&self, watcher: &Mailbox<Backlog>) -> Result<()> {
        while let Some((mut mirror, room)) = watcher.look(wants) {
            let reply = self.sync(&mirror.known(), room.clamp(1, LIMIT)).await?;
            let (step, is_more) = mirror.apply(reply);
            // It may know more than everybody else by now; then it waits for them.
            let is_done = matches!(step, Step::Same) && !is_more;
            let desk = self.desk();
            watcher.put(|backlog| backlog.catch_up(mirror, &step, &desk.mirror));
            if is_done {
                break;
            }
        }
        Ok(())
    }

    /// Whether the server announces what the store needs, if it may be asked.
    async fn missing_flags(&self) -> Option<String> {
        let query = self.redis.command("CONFIG GET").arg("notify-keyspace-events");
        let flags = query.query::<HashMap<String, String>>().await.ok()?;
        missing_flags(flags.get("notify-keyspace-events")?)
    }
}

/// What a watcher that is behind knows, and how many commits it has room for.
fn wants(backlog: &Backlog) -> Option<(Mirror, usize)> {
    backlog.wants().map(|mirror| (mirror.clone(), backlog.room()))
}

#[dual]
impl Follower {
    /// Joins those who listen, and waits a moment for that to be settled: then one look will do. Says why to look.
    async fn join(&mut self) -> Rung {
        let mut woken = self.wait(Duration::ZERO).await;
        let Some(shared) = self.shared.upgrade() else { return woken };
        let (membership, is_next) = shared.join();
        self.membership = Some(membership);
        drop(shared);
        let until = clock::now() + SETTLED;
        // However it is settled, there is reason to doubt then.
        while is_next && !woken.is_doubted {
            let left = until.saturating_duration_since(clock::now());
            let Some(rung) = self.bell.take_within(left).await else { break };
            woken = woken.and(rung);
        }
        woken
    }

    /// Asks whether anything is announced, now that it is listened for.
    async fn ask_flags(&self, shared: &Shared) {
        let missing = shared.missing_flags().await;
        shared.desk().health.listening(Ok(missing));
    }

    async fn turn(&mut self, shared: &Shared, woken: Rung) {
        if woken.is_listened {
            self.ask_flags(shared).await;
        }
        let is_missed = {
            let health = &mut shared.desk().health;
            health.heard(woken);
            let is_missed = !woken.is_rung() && health.suspects();
            if is_missed {
                health.missed();
            }
            is_missed
        };
        if is_missed && shared.desk().health.is_listening() {
            self.ask_flags(shared).await;
        }
        match shared.look().await {
            Ok(true) if !woken.is_rung() => shared.desk().health.found(),
            Ok(true) if shared.desk().health.misses_announcement(woken) => {
                self.ask_flags(shared).await;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "what is known of the configuration may be out of date"),
        }
        self.check(shared, woken).await;
        if let Err(error) = shared.catch_up().await {
            tracing::warn!(%error, "a watcher could not be told what it was too slow for");
        }
        self.save(shared).await;
        self.knows_server &= !woken.is_reconnected;
        let is_answering = !shared.desk().health.is_failing();
        if is_answering && !self.knows_server {
            self.knows_server = shared.ask_eviction().await;
        }
    }

    /// Has all values read again if there is reason to, or it has not been done for long.
    async fn check(&mut self, shared: &Shared, woken: Rung) {
        self.is_doubtful |= woken.is_doubted || woken.is_reconnected;
        let now = clock::now();
        let is_due = now.saturating_duration_since(self.checked) >= shared.options.interval * CHECKED;
        if !self.is_doubtful && !is_due {
            return;
        }
        for _ in 0..CHECKS {
            match shared.check().await {
                Ok(true) => {
                    (self.checked, self.is_doubtful) = (now, false);
                    return;
                }
                // A commit came in between.
                Ok(false) if shared.look().await.is_err() => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the values could not be checked");
                    return;
                }
            }
        }
        // Without a reason, once is enough until the next time.
        self.checked = now;
    }

    /// Writes the snapshot file, if there is to be one, and it is out of date.
    async fn save(&mut self, shared: &Shared) {
        let Some(path) = shared.options.snapshot_file.clone() else { return };
        let mirror = shared.desk().mirror.clone();
        let is_saved = |saved: &Mirror| {
            saved.known() == mirror.known() && Arc::ptr_eq(&saved.state.entries, &mirror.state.entries)
        };
        if self.saved.as_ref().is_some_and(is_saved) {
            return;
        }
        // What was lost in Redis stays in the file: it may be all that is left.
        let Some(file) = snapshot::encode(&shared.namespace, &mirror) else { return };
        let written = offload(move || disk::write(&path, &file)).await;
        let written = written.map_err(|error| {
            tracing::warn!(%error, "the snapshot file was not written");
            StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be written: {error}"))
        });
        self.saved = written.is_ok().then_some(mirror);
        shared.desk().health.saved(written);
    }

    /// Waits until it is woken, or for `pause`, and tells by what it was woken.
    async fn wait(&self, pause: Duration) -> Rung {
        let woken = self.bell.take_within(pause).await.unwrap_or_default();
        if !woken.is_announced || woken.is_invalidated || self.bell.look(|rung| !rung.is_tracked) {
            return woken;
        }
        // The server says the same in its other way as well: one look will do.
        woken.and(self.bell.take_within(TOGETHER).await.unwrap_or_default())
    }

    /// How long until Redis is asked again if nothing happens.
    fn pause(&self, shared: &Shared) -> Duration {
        let interval = shared.options.interval;
        let health = &shared.desk().health;
        let pause = if health.is_failing() {
            RETRY.min(interval)
        } else if health.is_blind() {
            interval / WHEN_BLIND
        } else {
            interval
        };
        let pause = if health.suspects() { pause.min(HINT_GRACE) } else { pause };
        Jitter::Spread.apply(pause, fastrand::f64())
    }
}

impl Drop for Follower {
    /// Whoever is not followed any more is told, whatever the reason.
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            let message = "nothing follows the store any more: its runtime was shut down, or it panicked";
            shared.end(StoreError::new(StoreErrorKind::Closed, message));
        }
    }
}

#[dual(AFIT)]
impl Task for Follower {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut woken = self.join().await;
        while let Some(shared) = self.shared.upgrade().filter(|shared| shared.check_open().is_ok()) {
            self.turn(&shared, woken).await;
            if shared.desk().health.is_over() {
                shared.close();
                return;
            }
            let pause = self.pause(&shared);
            drop(shared);
            woken = self.wait(pause).await;
        }
    }
}
