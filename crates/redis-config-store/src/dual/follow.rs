use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use redis_service::{Event, Gap, Subscribe};

use super::{
    disk,
    runtime::{Bell, Listening, dual, offload, spawn},
    store::Shared,
    task::Task,
};
use crate::{Error, Result, clock, mirror::Step, rung::Rung, snapshot, status::missing_flags};

/// Follows a namespace in the background, for as long as anybody holds the store.
///
/// Whatever wakes it, it does the same: asks what is new since what is known. So what was announced, what
/// was not, and what was announced twice come to the same.
struct Follower {
    shared: Weak<Shared>,
    bell: Arc<Bell>,
    listening: Option<Listening>,
    /// When to try to listen again.
    retry: Option<Instant>,
    /// The revision that the snapshot file has.
    saved: Option<(Arc<str>, u64)>,
}

/// How many commits are asked for at a time.
const LIMIT: usize = 256;

/// How long an announcement may take that is on its way.
const HINT_GRACE: Duration = Duration::from_secs(1);

/// How long to wait before Redis is asked again after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// How much more often Redis is asked while nothing is announced.
const WHEN_BLIND: u32 = 6;

impl Shared {
    /// Has the namespace followed, and looked at now.
    pub(super) fn follow(self: &Arc<Self>) {
        let was_followed = std::mem::replace(&mut self.desk().is_followed, true);
        if !was_followed {
            spawn(Follower {
                shared: Arc::downgrade(self),
                bell: Arc::clone(&self.bell),
                listening: None,
                retry: None,
                saved: None,
            });
        }
        self.bell.ask();
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

    /// Reads from the log what watchers of every commit were too slow for.
    async fn catch_up(&self) -> Result<()> {
        let watchers = self.desk().watchers.clone();
        for watcher in watchers.iter().filter_map(Weak::upgrade) {
            while let Some((mut mirror, room)) = watcher.wants() {
                let reply = self.sync(&mirror.known(), room.clamp(1, LIMIT)).await?;
                let (step, is_more) = mirror.apply(reply);
                // It may know more than everybody else by now; then it waits for them.
                let is_done = matches!(step, Step::Same) && !is_more;
                let desk = self.desk();
                watcher.with(|backlog| backlog.catch_up(mirror, &step, &desk.mirror));
                if is_done {
                    break;
                }
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

#[dual]
impl Follower {
    /// Listens for announcements, unless it does already, or has failed to a moment ago.
    async fn listen(&mut self, shared: &Shared) {
        let now = clock::now();
        if self.listening.is_some() || self.retry.is_some_and(|retry| now < retry) {
            return;
        }
        // One message says as much as a thousand.
        let options = Subscribe::to([&shared.channel[..]]).buffer(1);
        let subscribed = match shared.redis.subscribe_raw(options).await {
            Ok(subscription) => {
                let bell = Arc::clone(&self.bell);
                self.listening = Some(subscription.on_message(move |event| match event {
                    Event::Gap(Gap::Reconnected) => bell.ask(),
                    _ => bell.hint(),
                }));
                Ok(shared.missing_flags().await)
            }
            Err(error) => {
                self.retry = Some(now + RETRY.max(shared.options.interval / WHEN_BLIND));
                Err(Error::from(error))
            }
        };
        shared.desk().health.listening(subscribed);
    }

    async fn turn(&mut self, shared: &Shared, woken: Rung) {
        let is_missed = {
            let health = &mut shared.desk().health;
            if woken.is_hinted {
                health.heard();
            }
            let is_missed = !woken.is_rung() && health.suspects();
            if is_missed {
                health.missed();
            }
            is_missed
        };
        if is_missed && self.listening.is_some() {
            let missing = shared.missing_flags().await;
            shared.desk().health.listening(Ok(missing));
        }
        match shared.look().await {
            Ok(is_change) if is_change && !woken.is_rung() => shared.desk().health.found(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "what is known of the configuration may be out of date"),
        }
        if let Err(error) = shared.catch_up().await {
            tracing::warn!(%error, "a watcher could not be told what it was too slow for");
        }
        self.save(shared).await;
    }

    /// Writes the snapshot file, if there is to be one, and it is out of date.
    async fn save(&mut self, shared: &Shared) {
        let Some(path) = shared.options.snapshot_file.clone() else { return };
        let mirror = shared.desk().mirror.clone();
        let at = (Arc::clone(&mirror.state.epoch), mirror.state.revision);
        if self.saved.as_ref() == Some(&at) {
            return;
        }
        // What was lost in Redis stays in the file: it may be all that is left.
        let Some(file) = snapshot::encode(&shared.namespace, &mirror) else { return };
        match offload(move || disk::write(&path, &file)).await {
            Ok(()) => self.saved = Some(at),
            Err(error) => tracing::warn!(%error, "the snapshot file was not written"),
        }
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
        // So that a fleet does not ask as one.
        pause.mul_f64(0.8 + fastrand::f64() / 5.0)
    }
}

#[dual(AFIT)]
impl Task for Follower {
    async fn run(mut self) {
        let mut woken = self.bell.wait(Duration::ZERO).await;
        while !woken.is_stopped {
            let Some(shared) = self.shared.upgrade() else { return };
            self.listen(&shared).await;
            self.turn(&shared, woken).await;
            if shared.desk().health.is_over() {
                shared.close();
                return;
            }
            let pause = self.pause(&shared);
            drop(shared);
            woken = self.bell.wait(pause).await;
        }
    }
}
