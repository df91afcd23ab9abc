use std::{fmt, sync::Arc, time::Duration};

use redis_service_runtime::{CallbackGuard, Panicked, contain};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Service, THREAD,
    ending::Ending,
    runtime::{ListenerHandle, Mailbox, Source, dual, example, not_spawned},
    subscriber::{EventSink, Subscriber},
};
use crate::{
    error::{Error, ErrorKind, Outcome, Result},
    operations::channels,
    pubsub::{Event, EventBuffer, RawEvent, Subscribe},
    values::Encoding,
};

#[dual]
impl Service {
    /// Publishes a value to a channel and returns how many receivers got it. A client counts once for each
    /// matching channel and pattern.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `PUBLISH`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded; `InvalidInput` if the channel's name is empty.
    #[doc(alias = "PUBLISH")]
    pub async fn publish<T: Serialize + Sync + ?Sized>(&self, channel: &str, value: &T) -> Result<u64> {
        self.client.run(channels::publish(self.client.scope(), channel, value)).await
    }

    /// Publishes bytes to a channel as they are, and returns how many receivers got them.
    ///
    /// Command: `PUBLISH`.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    #[doc(alias = "PUBLISH")]
    pub async fn publish_raw(&self, channel: &str, payload: impl AsRef<[u8]> + Send + Sync) -> Result<u64> {
        self.client.run(channels::publish_raw(self.client.scope(), channel, payload.as_ref())).await
    }
}

#[dual]
impl Service {
    /// Subscribes to channels on a connection of its own. It returns once the server has confirmed each
    /// channel: every message that is published from then on is delivered, or its loss is reported as
    /// [`Event::Gap`].
    ///
    /// If Redis is [unavailable](Error::is_unavailable), it returns once the call's attempts or its deadline have
    /// run out, and subscribes in the background, without limit: as after a lost connection, [`Event::Gap`] comes before
    /// the first message. [`Subscription::is_subscribed`] tells, and [`Subscribe::fail_if_unavailable`] makes it an error.
    ///
    /// Commands: `SUBSCRIBE`, `PSUBSCRIBE`.
    ///
    /// # Errors
    ///
    /// The server's refusal; a failure to log in or to connect that waiting does not mend; `Closed` if the service is
    /// closed meanwhile, or its runtime has shut down; `Connection` if the blocking API gets no thread to listen on.
    #[doc(alias = "SUBSCRIBE")]
    #[doc(alias = "PSUBSCRIBE")]
    pub async fn subscribe<T: DeserializeOwned>(
        &self,
        to: impl Into<Subscribe> + Send,
    ) -> Result<Subscription<T>> {
        self.listen("subscribe", to.into(), |encoding, payload| encoding.decode(&payload)).await
    }

    /// Subscribes to channels as [`subscribe`](Self::subscribe) does, and returns the payloads as bytes.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    #[doc(alias = "SUBSCRIBE")]
    #[doc(alias = "PSUBSCRIBE")]
    pub async fn subscribe_raw(&self, to: impl Into<Subscribe> + Send) -> Result<Subscription<Vec<u8>>> {
        self.listen("subscribe_raw", to.into(), |_, payload| Ok(payload)).await
    }

    async fn listen<T>(
        &self,
        operation: &'static str,
        options: Subscribe,
        decode: fn(Encoding, Vec<u8>) -> Result<T>,
    ) -> Result<Subscription<T>> {
        let mailbox = Arc::new(Mailbox::new(EventBuffer::new(options.buffer)));
        let closes = Arc::clone(&mailbox);
        let ending = Arc::new(Ending::closing(move || closes.close()));
        self.start(operation, options, Arc::clone(&mailbox), &ending).await?;
        Ok(Subscription { mailbox, ending, encoding: self.client.scope().policy.encoding(), decode })
    }

    /// Subscribes as [`subscribe_raw`](Self::subscribe_raw) does, and calls `listener` for every event
    /// directly from the thread or task that reads the connection, and so without delay. No other event is
    /// read while `listener` runs, so it must be quick: waking a waiter is. Events are not buffered, so
    /// [`Subscribe::buffer`] has no effect here. A panic of `listener` is logged.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    #[doc(alias = "SUBSCRIBE")]
    #[doc(alias = "PSUBSCRIBE")]
    pub async fn subscribe_with(
        &self,
        to: impl Into<Subscribe> + Send,
        listener: impl FnMut(Event<Vec<u8>>) + Send + 'static,
    ) -> Result<ListenerHandle> {
        let mut listener = listener;
        let listener = move |event: Result<RawEvent>| {
            if let Ok(event) = event {
                listener(event.into_event(Ok));
            }
        };
        self.subscribe_inline("subscribe_with", to.into(), listener).await
    }

    pub(super) async fn subscribe_inline(
        &self,
        operation: &'static str,
        options: Subscribe,
        listener: impl FnMut(Result<RawEvent>) + Send + 'static,
    ) -> Result<ListenerHandle> {
        let (ending, guard) = (Arc::new(Ending::default()), Arc::new(CallbackGuard::default()));
        let direct = InlineSink { listener, guard: Arc::clone(&guard) };
        self.start(operation, options, direct, &ending).await?;
        Ok(ListenerHandle::new(guard, move || ending.end()))
    }

    async fn start(
        &self,
        operation: &'static str,
        options: Subscribe,
        sink: impl EventSink,
        ending: &Arc<Ending>,
    ) -> Result<()> {
        let started = match options.check() {
            Ok(()) => self.start_listener(options, sink, ending).await,
            Err(error) => Err(error),
        };
        started.map_err(|error| error.during(operation))
    }

    async fn start_listener(
        &self,
        options: Subscribe,
        sink: impl EventSink,
        ending: &Arc<Ending>,
    ) -> Result<()> {
        let engine = &self.client.engine;
        // Before the round trips, so that closing the service ends them.
        engine.register_listener(ending);
        let is_patient = options.is_patient();
        let mut listener = Subscriber::new(&engine.router, options, sink, Arc::clone(&ending.stop));
        let subscribed = engine.call(self.client.call_options(), &mut listener).await;
        // Only the service can have cancelled it so far.
        if ending.stop.is_cancelled() {
            return Err(Error::closed());
        }
        let listener = match subscribed {
            Ok(()) => listener.awaited(),
            Err(error) if is_patient && error.is_unavailable() => {
                tracing::debug!(%error, "not listening yet; subscribing in the background");
                listener.postponed(&error)
            }
            Err(error) => return Err(error),
        };
        engine.background.try_spawn(listener).map_err(not_spawned)
    }
}

impl EventSink for Arc<Mailbox<EventBuffer>> {
    fn deliver(&mut self, event: RawEvent) {
        self.put(|backlog| backlog.push(event));
    }

    fn lost(&mut self, _error: &Error) {
        self.put(EventBuffer::lost);
    }

    fn end(&mut self) {
        self.close();
    }
}

/// A listener that the reader of the connection calls.
struct InlineSink<F> {
    listener: F,
    guard: Arc<CallbackGuard>,
}

impl<F: FnMut(Result<RawEvent>) + Send + 'static> EventSink for InlineSink<F> {
    fn deliver(&mut self, event: RawEvent) {
        self.guard.call(|| (self.listener)(Ok(event)));
    }

    fn lost(&mut self, error: &Error) {
        self.guard.call(|| (self.listener)(Err(error.clone())));
    }

    fn end(&mut self) {}
}

/// The events of channels and patterns. It ends only when it, or the service, is closed, or when its listener is
/// gone: [`Event::Ended`] is the last event then.
///
#[doc = example!("subscription.md")]
pub struct Subscription<T> {
    mailbox: Arc<Mailbox<EventBuffer>>,
    ending: Arc<Ending>,
    encoding: Encoding,
    decode: fn(Encoding, Vec<u8>) -> Result<T>,
}

#[dual]
impl<T> Subscription<T> {
    /// Waits for the next event. Returns `None` once the subscription has ended.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<Event<T>> {
        let event = self.mailbox.take().await?;
        Some(self.read(event))
    }

    /// Waits for the next event, but no longer than `time`. Returns `None` if none arrived, or the
    /// subscription has ended; [`has_ended`](Self::has_ended) distinguishes these.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_within(&mut self, time: Duration) -> Option<Event<T>> {
        let event = self.mailbox.take_within(time).await?;
        Some(self.read(event))
    }

    /// Returns whether the subscription has ended, and every event has been taken.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        // In this order: nothing arrives once it is closed.
        self.mailbox.is_closed() && self.mailbox.look(EventBuffer::is_empty)
    }

    /// Returns whether the server has confirmed the subscription, and its connection is not known to be lost. If it is
    /// not, the subscription connects in the background, and [`Event::Gap`] follows once it is.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        !self.mailbox.is_closed() && self.mailbox.look(EventBuffer::is_subscribed)
    }

    /// Unsubscribes at once. Events that arrived earlier can still be taken.
    pub fn close(&self) {
        self.ending.end();
    }

    /// Returns a handle that closes the subscription from elsewhere: from another thread, while this one waits
    /// for the next event. Dropping the handle closes nothing.
    #[must_use]
    pub fn closer(&self) -> SubscriptionCloser {
        SubscriptionCloser(Arc::clone(&self.ending))
    }
}

/// Closes a [`Subscription`] from elsewhere. It is cheap to clone.
#[derive(Clone)]
pub struct SubscriptionCloser(Arc<Ending>);

impl SubscriptionCloser {
    /// Unsubscribes at once, as [`Subscription::close`] does: it wakes the waiting reader. Events that arrived
    /// earlier can still be taken.
    pub fn close(&self) {
        self.0.end();
    }
}

impl fmt::Debug for SubscriptionCloser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionCloser").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Subscription<T> {
    /// Calls `listener` for every event, one after the other, in the background: on a thread of its own, or
    /// as a task. A panic of `listener` is logged, and it is still called for the next event. If the system
    /// provides no thread, or the runtime shuts down, the subscription ends, and `listener` is called once more,
    /// with [`Event::Ended`].
    #[must_use = "dropping the handle stops listening"]
    pub fn on_message(self, listener: impl FnMut(Event<T>) + Send + 'static) -> ListenerHandle {
        let (ending, mailbox) = (Arc::clone(&self.ending), Arc::clone(&self.mailbox));
        ListenerHandle::spawn(self, listener, move || {
            mailbox.discard();
            ending.end();
        })
    }
}

#[dual(AFIT)]
impl<T: Send + 'static> Source for Subscription<T> {
    type Item = Event<T>;

    const THREAD: &'static str = THREAD;

    async fn next(&mut self) -> Option<Event<T>> {
        self.next_event().await
    }

    fn lost(&self) -> Option<Event<T>> {
        Some(Event::Ended(Error::not_listening().during("subscribe")))
    }
}

impl<T> Subscription<T> {
    #[allow(dead_code, reason = "for the Stream of the async API")]
    pub(crate) fn mailbox(&self) -> &Mailbox<EventBuffer> {
        &self.mailbox
    }

    pub(crate) fn read(&self, event: RawEvent) -> Event<T> {
        event.into_event(|payload| decode(self.decode, self.encoding, payload))
    }
}

/// Decodes a payload. `Deserialize` is the user's code: its panic must not end the subscription.
fn decode<T>(decode: fn(Encoding, Vec<u8>) -> Result<T>, encoding: Encoding, payload: Vec<u8>) -> Result<T> {
    contain(|| decode(encoding, payload)).unwrap_or_else(|Panicked| {
        tracing::error!("the type of a message panicked while it was decoded");
        Err(Error::new(ErrorKind::Deserialization, "the type panicked while the payload was decoded")
            .with_outcome(Outcome::Applied))
    })
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
