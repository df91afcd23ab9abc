use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute, Service,
    runtime::{Mailbox, Stop, dual, spawn},
    subscribing::Listener,
    task::Task,
};
use crate::{
    Command, Deadline, Error, Event, InvalidMessage, Message, Result, Subscribe, call::Call, clock,
    codec::Encoding, pubsub::Heard,
};

#[dual]
impl<L: Execute> Service<L> {
    /// Publishes a value to a channel, and tells how many heard it: clients, each by channel and pattern.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `PUBLISH`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded; `InvalidInput` if the channel has no name.
    pub async fn publish<T: Serialize + Sync + ?Sized>(&self, channel: &str, value: &T) -> Result<u64> {
        let call = Call::on("publish", channel);
        let payload = self.encode(call, value)?;
        self.send_to(call, channel, &payload).await
    }

    /// Publishes bytes to a channel, untouched, and tells how many heard them.
    ///
    /// Command: `PUBLISH`.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub async fn publish_raw(&self, channel: &str, payload: impl AsRef<[u8]> + Send + Sync) -> Result<u64> {
        let call = Call::on("publish_raw", channel);
        self.check_size(call, payload.as_ref().len())?;
        self.send_to(call, channel, payload.as_ref()).await
    }

    async fn send_to(&self, call: Call<'_>, channel: &str, payload: &[u8]) -> Result<u64> {
        if channel.is_empty() {
            return Err(call.blame(Error::invalid_input("the name of the channel is empty")));
        }
        let reply = self.ask(call, &Command::new("PUBLISH").arg(channel).arg(payload)).await?;
        call.name(reply.into_count())
    }
}

#[dual]
impl Service {
    /// Listens to channels, on a connection of its own. It comes back when the server has confirmed each:
    /// whatever is published from then on is heard, or its loss is told.
    ///
    /// Commands: `SUBSCRIBE`, `PSUBSCRIBE`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the service from listening now. Later failures are mended in the background, and heard
    /// of as [`Event::Gap`].
    pub async fn subscribe<T: DeserializeOwned>(
        &self,
        to: impl Into<Subscribe> + Send,
    ) -> Result<Subscription<T>> {
        self.listen("subscribe", to.into(), |encoding, payload| encoding.decode(&payload)).await
    }

    /// Listens to channels as [`subscribe`](Self::subscribe) does, and hands out the payloads as they are.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub async fn subscribe_raw(&self, to: impl Into<Subscribe> + Send) -> Result<Subscription<Vec<u8>>> {
        self.listen("subscribe_raw", to.into(), |_, payload| Ok(payload)).await
    }

    async fn listen<T>(
        &self,
        operation: &'static str,
        options: Subscribe,
        decode: fn(Encoding, Vec<u8>) -> Result<T>,
    ) -> Result<Subscription<T>> {
        let call = Call::new(operation);
        let link = &self.shared().link;
        call.name(options.check().and_then(|()| link.check_open()))?;
        let mailbox = Arc::new(Mailbox::new(options.buffer));
        let stop = Arc::new(Stop::default());
        let deadline = Deadline::after(clock::now(), self.deadline());
        let settings = Arc::new(link.settings().clone());
        let listener =
            Listener::subscribe(settings, options, Arc::clone(&mailbox), Arc::clone(&stop), deadline).await;
        let listener = call.name(listener)?;
        self.shared().stop_too(&stop);
        spawn(listener);
        Ok(Subscription { mailbox, stop, encoding: self.encoding(), decode })
    }
}

/// What is heard on channels; ends only when it, or the service, is closed.
pub struct Subscription<T> {
    mailbox: Arc<Mailbox>,
    stop: Arc<Stop>,
    encoding: Encoding,
    decode: fn(Encoding, Vec<u8>) -> Result<T>,
}

#[dual]
impl<T> Subscription<T> {
    /// What is heard next; `None` once the subscription or its service is closed.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_event(&mut self) -> Option<Event<T>> {
        let heard = self.mailbox.take().await?;
        Some(self.read(heard))
    }

    /// Stops listening, at once. What was heard before can still be taken.
    pub fn close(&self) {
        self.stop.stop();
        self.mailbox.close();
    }
}

impl<T: Send + 'static> Subscription<T> {
    /// Has `listener` called for everything that is heard, one after the other, in the background: on a
    /// thread of its own, or as a task. If it panics, that is logged, and the next event is handed to it all
    /// the same.
    #[must_use = "dropping the handle stops listening"]
    pub fn on_message(self, listener: impl FnMut(Event<T>) + Send + 'static) -> Listening {
        let listening = Listening { mailbox: Arc::clone(&self.mailbox), stop: Arc::clone(&self.stop) };
        spawn(Pump { subscription: self, listener });
        listening
    }
}

/// A listener that is being called in the background. Dropping this, or [`close`](Self::close), ends that: no
/// further call begins.
pub struct Listening {
    mailbox: Arc<Mailbox>,
    stop: Arc<Stop>,
}

impl Listening {
    /// Stops listening. A call that has begun is let finish; no further one begins.
    pub fn close(&self) {
        self.mailbox.discard();
        self.stop.stop();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}

struct Pump<T, F> {
    subscription: Subscription<T>,
    listener: F,
}

#[dual(AFIT)]
impl<T: Send + 'static, F: FnMut(Event<T>) + Send + 'static> Task for Pump<T, F> {
    async fn run(mut self) {
        while let Some(event) = self.subscription.next_event().await {
            let listener = &mut self.listener;
            if panic::catch_unwind(AssertUnwindSafe(|| listener(event))).is_err() {
                tracing::error!("a listener panicked; it is called again with the next message");
            }
        }
    }
}

impl<T> Subscription<T> {
    #[allow(dead_code, reason = "for the Stream of the async API")]
    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    pub(crate) fn read(&self, heard: Heard) -> Event<T> {
        match heard {
            Heard::Gap(gap) => Event::Gap(gap),
            Heard::Message { channel, pattern, payload } => {
                let channel = text(channel);
                match (self.decode)(self.encoding, payload) {
                    Ok(payload) => Event::Message(Message { channel, pattern: pattern.map(text), payload }),
                    Err(error) => {
                        let error = error.during("subscribe").on_key(&channel);
                        Event::Invalid(InvalidMessage { channel, error })
                    }
                }
            }
        }
    }
}

fn text(name: Vec<u8>) -> String {
    String::from_utf8(name).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
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
