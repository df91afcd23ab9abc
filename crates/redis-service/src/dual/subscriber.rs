use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service_runtime::{Backoff, Episode, Jitter, contain};

use super::{
    THREAD,
    engine::Call,
    router::{Node, Router},
    runtime::{CancellationToken, DedicatedConnection, Link, Task, dual},
};
use crate::{
    clock,
    error::{Error, ErrorKind, Result},
    protocol::{Command, Push, Reply, RetryCategory},
    pubsub::{Gap, RawEvent, Subscribe},
    resilience::Deadline,
};

/// Listens on a connection of its own until its sink is dropped: it subscribes again after every failure,
/// without limit, and reports where messages may be missing.
pub(super) struct Subscriber<E: EventSink> {
    router: Arc<Router<Link>>,
    options: Subscribe,
    sink: E,
    stop: Arc<CancellationToken>,
    connection: DedicatedConnection,
    /// The server of `connection`.
    node: Option<Arc<Node<Link>>>,
    /// A reader waits for its events: it must not end without a word.
    is_awaited: bool,
}

/// Receives the events of a listener.
pub(super) trait EventSink: Send + 'static {
    fn deliver(&mut self, event: RawEvent);

    /// Notes that the connection is lost, or that another attempt to subscribe failed.
    fn lost(&mut self, _error: &Error) {}

    /// Notes that no event will follow.
    fn end(&mut self);
}

/// The pauses between attempts to subscribe.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), Duration::from_secs(1));

impl<E: EventSink> Subscriber<E> {
    /// A listener that has not subscribed yet.
    pub(super) fn new(
        router: &Arc<Router<Link>>,
        options: Subscribe,
        sink: E,
        stop: Arc<CancellationToken>,
    ) -> Self {
        let (router, connection) = (Arc::clone(router), DedicatedConnection::unopened());
        Self { router, options, sink, stop, connection, node: None, is_awaited: false }
    }

    /// The same listener, once it has subscribed.
    pub(super) fn awaited(mut self) -> Self {
        self.is_awaited = true;
        self
    }

    /// The same listener, if it could not subscribe yet, for a reason.
    pub(super) fn postponed(mut self, error: &Error) -> Self {
        self.sink.lost(error);
        // What the failed attempt has begun does not count.
        (self.connection, self.node) = (DedicatedConnection::unopened(), None);
        self.awaited()
    }
}

/// Subscribes, and returns once the server has confirmed every channel.
#[dual(AFIT)]
impl<E: EventSink> Call<Link> for &mut Subscriber<E> {
    type Output = ();

    fn category(&self) -> RetryCategory {
        RetryCategory::ReadOnly
    }

    fn slot(&self) -> Result<Option<u16>> {
        Ok(None)
    }

    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<()> {
        self.connection = node.open_dedicated(deadline).await?;
        self.node = Some(Arc::clone(node));
        self.establish(deadline).await
    }
}

#[dual]
impl<E: EventSink> Subscriber<E> {
    /// Requests the channels, and waits for the server to confirm each.
    async fn establish(&mut self, deadline: Deadline) -> Result<()> {
        self.connection.cancel_with(&self.stop);
        let tracking = self.options.tracking_commands();
        let mut wire = Vec::new();
        for commands in tracking.iter().chain([&self.options.commands()]) {
            commands.write_to(&mut wire);
        }
        self.connection.send(wire, deadline).await?;
        let is_tracked = match tracking {
            Some(_) => self.confirm_tracking(deadline).await?,
            None => false,
        };
        self.confirm_channels(is_tracked, deadline).await
    }

    /// Waits for the server's two answers, and returns whether it tracks. If it refuses, the listener goes on
    /// as long as it has channels.
    async fn confirm_tracking(&mut self, deadline: Deadline) -> Result<bool> {
        let mut tracking = Ok(());
        for _ in 0..2 {
            let answer =
                self.connection.next(deadline, &self.stop).await?.ok_or_else(|| self.unconfirmed())?;
            // The first refusal is the reason for the second.
            tracking = tracking.and(Reply::from_server(answer).map(drop));
        }
        if let Err(error) = &tracking
            && self.options.count() == 0
        {
            return Err(error.clone());
        }
        let is_tracked = tracking.is_ok();
        self.sink.deliver(RawEvent::Tracking(tracking));
        Ok(is_tracked)
    }

    /// Waits for the server's answer for each channel. If the server refuses some and the caller tolerates
    /// that, the listener goes on as long as a channel or the tracking is left.
    async fn confirm_channels(&mut self, is_tracked: bool, deadline: Deadline) -> Result<()> {
        let (mut confirmed, mut refused) = (0, 0);
        while confirmed < self.options.count() {
            let answer =
                self.connection.next(deadline, &self.stop).await?.ok_or_else(|| self.unconfirmed())?;
            match Reply::from_server(answer).and_then(Reply::into_push) {
                Ok(Push::Subscribed) => confirmed += 1,
                Ok(Push::Event(event)) => self.sink.deliver(event),
                Ok(Push::Answered | Push::Other) => {}
                Err(error) if self.options.tolerates(&error) => {
                    refused += 1;
                    if refused == self.options.count() && !is_tracked {
                        return Err(error);
                    }
                    let channel = self.options.name(confirmed).unwrap_or_default().to_vec();
                    self.sink.deliver(RawEvent::Refused { channel, error });
                    confirmed += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns why the server's answer did not come.
    fn unconfirmed(&self) -> Error {
        if self.stop.is_cancelled() {
            return Error::closed();
        }
        Error::new(ErrorKind::Timeout, "the subscription was not confirmed in time")
    }

    fn server(&self) -> &str {
        self.node.as_ref().map_or("", |node| node.server())
    }

    /// Reads messages until the connection fails.
    async fn follow(&mut self) -> Result<()> {
        let Some(node) = self.node.clone() else { return Ok(()) };
        let followed = self.follow_on(&node).await;
        followed.map_err(|error| {
            node.lost_connection(&error);
            node.blame(error)
        })
    }

    async fn follow_on(&mut self, node: &Arc<Node<Link>>) -> Result<()> {
        let mut asked: Option<Instant> = None;
        loop {
            let now = clock::now();
            let patience = match asked {
                Some(asked) => Deadline::after(asked, node.response_timeout()),
                None => Deadline::after(now, self.options.heartbeat),
            };
            match self.deliver(patience).await? {
                Some(push) => {
                    asked = None;
                    if let Push::Event(event) = push {
                        self.sink.deliver(event);
                    }
                }
                None if self.stop.is_cancelled() => return Ok(()),
                None if asked.is_some() => {
                    return Err(Error::silent());
                }
                None => {
                    let mut wire = Vec::new();
                    Command::new("PING").write_to(&mut wire);
                    self.connection.send(wire, Deadline::after(now, node.response_timeout())).await?;
                    asked = Some(clock::now());
                }
            }
        }
    }

    async fn deliver(&mut self, deadline: Deadline) -> Result<Option<Push>> {
        let value = self.connection.next(deadline, &self.stop).await?;
        value.map(|value| Reply::from_server(value).and_then(Reply::into_push)).transpose()
    }

    /// Subscribes at the server that is the right one now.
    async fn subscribe_again(&mut self) -> Result<()> {
        let router = Arc::clone(&self.router);
        let node = router.node_for(|| Ok(None))?;
        let time = node.connect_timeout();
        let connected = Deadline::after(clock::now(), time);
        self.connection = node.open_dedicated(connected).await.map_err(|error| node.failed(error, time))?;
        self.node = Some(Arc::clone(node));
        let time = node.response_timeout();
        let confirmed = Deadline::after(clock::now(), time);
        self.establish(confirmed).await.map_err(|error| node.failed(error, time))
    }
}

#[dual(AFIT)]
impl<E: EventSink> Task for Subscriber<E> {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let (mut backoff, mut trouble) = (BACKOFF, Episode::default());
        let mut event = self.follow().await;
        while !self.stop.is_cancelled() {
            if let Err(error) = event {
                self.sink.lost(&error);
                // What is logged of the server says the same, once for all of its listeners.
                if !error.is_about_reaching() && trouble.begins() {
                    tracing::warn!(%error, "not listening; subscribing again");
                } else {
                    tracing::debug!(%error, "not listening; subscribing again");
                }
            }
            let pause = Jitter::Half.apply(backoff.failed(), fastrand::f64());
            if self.stop.cancelled_within(pause).await {
                break;
            }
            event = self.subscribe_again().await;
            if event.is_err() {
                continue;
            }
            backoff.reset();
            if trouble.ends() {
                tracing::info!(server = self.server(), "listening again");
            }
            // Only now: a listener that reads the current state after this event, and then listens, misses
            // nothing.
            self.sink.deliver(RawEvent::Gap(Gap::Reconnected));
            event = self.follow().await;
        }
    }
}

impl<E: EventSink> Drop for Subscriber<E> {
    /// Also when its thread unwinds or its runtime shuts down: no reader may wait for a listener that is gone.
    fn drop(&mut self) {
        // A panic during an unwinding would abort the process.
        let told = contain(|| {
            if self.is_awaited && !self.stop.is_cancelled() {
                self.sink.deliver(RawEvent::Ended(Error::not_listening().during("subscribe")));
            }
            self.sink.end();
        });
        // Nothing is left to report it to.
        told.unwrap_or_default();
    }
}
