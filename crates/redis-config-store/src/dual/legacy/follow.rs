use std::{collections::BTreeSet, sync::Arc, time::Duration};

use redis_service::{
    pubsub::{Event, Subscribe},
    values::Pattern,
};
use redis_service_runtime::Jitter;

use super::{
    super::{
        THREAD,
        runtime::{CommandTarget, ListenerHandle, Task, dual},
    },
    Legacy,
    inbox::Inbox,
};
use crate::{ErrorKind, Filter, Result, clock, legacy::Hints};

/// Follows the keys of one watcher, until that is closed.
///
/// What Redis announces is no more than a hint to look at a key. At every interval all keys are looked at: so
/// nothing that was not announced stays unnoticed for longer.
pub(super) struct Follower {
    legacy: Legacy,
    filter: Filter,
    inbox: Arc<Inbox>,
    listening: Option<ListenerHandle>,
}

/// How long to wait before Redis is asked again after a failure.
const RETRY: Duration = Duration::from_secs(1);

impl Follower {
    /// # Errors
    ///
    /// `InvalidInput` if the one key that is to be watched makes no sense.
    pub(super) fn new(legacy: Legacy, filter: Filter, inbox: Arc<Inbox>) -> Result<Self> {
        if let Filter::Key(key) = &filter {
            legacy.shared.prefix.key(key)?;
        }
        Ok(Self { legacy, filter, inbox, listening: None })
    }

    /// How long until everything is looked at again.
    fn pause(&self) -> Duration {
        Jitter::Spread.apply(self.legacy.shared.options.interval, fastrand::f64())
    }
}

#[dual]
impl Follower {
    /// Listens for announcements, unless it does already.
    async fn listen(&mut self) -> Result<()> {
        if self.listening.is_some() {
            return Ok(());
        }
        let shared = &self.legacy.shared;
        let redis = &shared.redis;
        let mut space = format!("__keyspace@{}__:", redis.database()).into_bytes();
        // What the service puts before each key.
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
        self.listening = Some(subscription.on_message(move |event| match event {
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

    /// Looks at every key there is, and at those that were there.
    async fn look_at_all(&mut self) -> Result<()> {
        if let Err(error) = self.listen().await {
            tracing::warn!(%error, "changes of configuration are not heard of, only found by looking");
        }
        let asked = clock::now();
        let mut keys = self.legacy.names(&self.filter).await?;
        keys.extend(self.inbox.events.look(|backlog| backlog.keys().cloned().collect::<Vec<_>>()));
        self.look_at(keys).await?;
        self.inbox.events.put(|backlog| backlog.confirm(asked));
        Ok(())
    }

    async fn look_at(&self, keys: BTreeSet<String>) -> Result<()> {
        for key in keys {
            let known = self.inbox.events.look(|backlog| backlog.version(&key));
            let look = self.legacy.look(&key, known).await?;
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
            let looked = match names {
                Some(names) => self.look_at(names).await,
                None => self.look_at_all().await,
            };
            match looked {
                Ok(()) if is_all => due = clock::now() + self.pause(),
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Closed => return self.inbox.close(),
                Err(error) => {
                    tracing::warn!(%error, "what is known of the configuration may be out of date");
                    due = clock::now() + RETRY.min(self.pause());
                }
            }
        }
    }
}
