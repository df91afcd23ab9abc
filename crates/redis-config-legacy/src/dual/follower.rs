use std::{collections::BTreeSet, sync::Arc, time::Duration};

use redis_config_store::{StoreErrorKind, error::Result, extension::Filter};
use redis_service::{
    pubsub::{Event, Subscribe},
    values::Pattern,
};
use redis_service_runtime::{Episode, Jitter};

use super::{
    THREAD,
    inbox::Inbox,
    runtime::{CommandTarget, ListenerHandle, Task, dual},
    store::Store,
};
use crate::{clock, hints::Hints};

/// Follows the keys of one watcher until the watcher is closed.
///
/// A notification is only a hint to check a key. At every interval all keys are checked: a change without a
/// notification goes unnoticed no longer than that.
pub(super) struct Follower {
    store: Store,
    filter: Filter,
    inbox: Arc<Inbox>,
    subscription: Option<ListenerHandle>,
    /// What is logged already.
    deaf: Episode,
    out_of_date: Episode,
}

/// How long to wait after a failure before Redis is asked again.
const RETRY: Duration = Duration::from_secs(1);

impl Follower {
    /// # Errors
    ///
    /// `InvalidInput` if the watched key is invalid.
    pub(super) fn new(store: Store, filter: Filter, inbox: Arc<Inbox>) -> Result<Self> {
        if let Filter::Key(key) = &filter {
            store.shared.prefix.key(key)?;
        }
        let (deaf, out_of_date) = (Episode::default(), Episode::default());
        Ok(Self { store, filter, inbox, subscription: None, deaf, out_of_date })
    }

    /// How long until every key is checked again.
    fn pause(&self) -> Duration {
        Jitter::Spread.apply(self.store.shared.options.interval, fastrand::f64())
    }
}

#[dual]
impl Follower {
    /// Subscribes to notifications, unless it has already.
    async fn subscribe(&mut self) -> Result<()> {
        if self.subscription.is_some() {
            return Ok(());
        }
        let shared = &self.store.shared;
        let redis = &shared.redis;
        let mut space = format!("__keyspace@{}__:", redis.database()).into_bytes();
        // The prefix that the service adds to each key.
        space.extend(redis.redis_key("k")?);
        space.pop();
        let channel = [&space[..], shared.prefix.of(&self.filter).as_bytes()].concat();
        let options = match &self.filter {
            Filter::Key(_) => Subscribe::to([channel]),
            Filter::Prefix(_) | Filter::All => {
                Subscribe::to_patterns([Pattern::starts_with(channel).as_bytes()])
            }
        };
        let subscription = redis.subscribe_raw(options).await?;
        let (inbox, prefix) = (Arc::clone(&self.inbox), shared.prefix.clone());
        self.subscription = Some(subscription.on_message(move |event| match event {
            Event::Message(message) => {
                let key = message.channel.as_bytes().strip_prefix(&space[..]);
                let key = key.and_then(|key| std::str::from_utf8(key).ok());
                if let Some(name) = key.and_then(|key| prefix.name(key)) {
                    inbox.hints.put(|hints| hints.add(name));
                }
            }
            _ => drop(inbox.hints.put(Hints::add_all)),
        }));
        Ok(())
    }

    /// Checks every key that exists, and those that existed before.
    async fn check_all(&mut self) -> Result<()> {
        match self.subscribe().await {
            Ok(()) if self.deaf.ends() => {
                tracing::info!("there are notifications of configuration changes again");
            }
            Ok(()) => {}
            // While Redis does not answer, nothing but that needs saying.
            Err(error) if !error.is_unavailable() && self.deaf.begins() => {
                tracing::warn!(%error, "there are no notifications of configuration changes: they are found at intervals");
            }
            Err(error) => tracing::debug!(%error, "there are no notifications of configuration changes"),
        }
        let asked = clock::now();
        let mut keys = self.store.names(&self.filter).await?;
        keys.extend(self.inbox.events.look(|backlog| backlog.keys().cloned().collect::<Vec<_>>()));
        self.check(keys).await?;
        self.inbox.events.put(|backlog| backlog.confirm(asked));
        Ok(())
    }

    async fn check(&self, keys: BTreeSet<String>) -> Result<()> {
        for key in keys {
            let known = self.inbox.events.look(|backlog| backlog.version(&key));
            let look = self.store.look(&key, known).await?;
            self.inbox.events.put(|backlog| backlog.offer(&key, look));
        }
        Ok(())
    }
}

#[dual(AFIT)]
impl Task for Follower {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut due = clock::now();
        loop {
            let patience = due.saturating_duration_since(clock::now());
            let hints = self.inbox.hints.take_within(patience).await;
            if self.inbox.hints.is_closed() {
                return;
            }
            let names = hints.and_then(Hints::into_names).filter(|_| clock::now() < due);
            let is_all = names.is_none();
            let checked = match names {
                Some(names) => self.check(names).await,
                None => self.check_all().await,
            };
            match checked {
                Ok(()) if is_all => {
                    due = clock::now() + self.pause();
                    if self.out_of_date.ends() {
                        tracing::info!("the local copy of the configuration is up to date again");
                    }
                }
                Ok(()) => {}
                Err(error) if error.kind() == StoreErrorKind::Closed => return self.inbox.close(),
                Err(error) => {
                    if self.out_of_date.begins() {
                        tracing::warn!(%error, "the local copy of the configuration may be out of date");
                    } else {
                        tracing::debug!(%error, "the local copy of the configuration may be out of date");
                    }
                    due = clock::now() + RETRY.min(self.pause());
                }
            }
        }
    }
}
