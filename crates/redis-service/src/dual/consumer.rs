mod handler;
mod reader;

use std::{fmt, sync::Arc, time::Duration};

use redis_service_runtime::{Panicked, contain};
use serde::de::DeserializeOwned;

pub use self::handler::ConsumerHandle;
use self::reader::StreamReader;
use super::{
    StreamGroup,
    ending::Ending,
    runtime::{Mailbox, dual, example, not_spawned},
};
use crate::{
    error::{Error, ErrorKind, Outcome, Result},
    operations::consumer::ConsumerCommands,
    streams::{Consume, Delivery, DeliveryBuffer, Freed, RawStreamEvent, StreamEvent, StreamId, UnderWay},
    values::AsKey,
};

#[dual]
impl<T: DeserializeOwned> StreamGroup<T> {
    /// Reads as a consumer of the group, on a connection of its own: first what a consumer of this name has not
    /// acknowledged, then what has been pending for [too long](Consume::claim_after) with any consumer, then new
    /// items. It returns once the server has answered, and reads in the background from then on.
    ///
    /// Commands: `XREADGROUP` with `BLOCK`; scripts with `XPENDING`, `XCLAIM`, `XINFO`, `XGROUP SETID`, `XACK`, and
    /// `XRANGE` and `XADD` for [dead letters](Consume::dead_letters); `XGROUP CREATE` if the group is to be
    /// [created](Consume::create).
    ///
    /// # Errors
    ///
    /// `InvalidInput` if a name or key is invalid; `Operation` with the code `NOGROUP` if there is no such group; `Slot`
    /// if the stream of dead letters is on another slot of a cluster; `Closed` if the service is closed meanwhile, or
    /// its runtime has shut down; any other failure to read now. After later failures the consumer reconnects in the
    /// background, and reports that as [`StreamEvent::Interrupted`].
    #[doc(alias = "XREADGROUP")]
    #[doc(alias = "worker")]
    #[doc(alias = "queue")]
    pub async fn consume(&self, options: Consume) -> Result<Consumer<T>> {
        let client = self.stream.key.client();
        let commands = ConsumerCommands::new(client.on(self.stream.key.key()), &self.name, &options)?;
        let mailbox = Arc::new(Mailbox::new(DeliveryBuffer::default()));
        let freed = Arc::new(Mailbox::new(Freed::default()));
        let (closes, wakes) = (Arc::clone(&mailbox), Arc::clone(&freed));
        // What was not taken stays pending, and is delivered again.
        let ending = Arc::new(Ending::closing(move || {
            closes.discard();
            wakes.close();
        }));
        let under_way = under_way(&freed);
        // Before the round trips, so that closing the service ends them.
        client.engine.register_listener(&ending);
        let mut reader = StreamReader::new(client, commands, &options, &mailbox, freed, under_way, &ending);
        let read = client.engine.call(client.call_options(), &mut reader).await;
        // Only the service can have cancelled it so far.
        if ending.stop.is_cancelled() {
            return Err(Error::closed().during("consume"));
        }
        read.map_err(|error| reader.blame(error))?;
        let started = client.engine.background.try_spawn(reader.awaited());
        started.map_err(|error| not_spawned(error).during("consume"))?;
        Ok(Consumer { group: self.clone(), options, mailbox, ending })
    }
}

fn under_way(freed: &Arc<Mailbox<Freed>>) -> Arc<UnderWay> {
    let freed = Arc::clone(freed);
    // Once the consumer has ended, nothing waits for it.
    Arc::new(UnderWay::new(move || freed.put(Freed::set).unwrap_or_default()))
}

/// The items of a group, as one of its consumers receives them. It ends only when it, or the service, is closed, or
/// when what reads the stream is gone: [`StreamEvent::Ended`] is the last event then.
///
/// Every item is delivered **at least once**: again if it was not acknowledged, if an acknowledgement was lost, or if
/// handling it took longer than [`Consume::claim_after`]. [`Delivery::deliveries`] says how often it was.
///
#[doc = example!("consumer.md")]
pub struct Consumer<T> {
    group: StreamGroup<T>,
    options: Consume,
    mailbox: Arc<Mailbox<DeliveryBuffer>>,
    ending: Arc<Ending>,
}

#[dual]
impl<T: DeserializeOwned> Consumer<T> {
    /// Waits for the next event. Returns `None` once the consumer has ended.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_event(&mut self) -> Option<StreamEvent<T>> {
        let event = self.mailbox.take().await?;
        Some(self.decode(event))
    }

    /// Waits for the next event, but no longer than `time`. Returns `None` if none arrived, or the consumer has
    /// ended; [`has_ended`](Self::has_ended) distinguishes these.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no event.
    pub async fn next_within(&mut self, time: Duration) -> Option<StreamEvent<T>> {
        let event = self.mailbox.take_within(time).await?;
        Some(self.decode(event))
    }
}

#[dual]
impl<T> Consumer<T> {
    /// Acknowledges an item, and returns whether it was pending. [`StreamGroup::acknowledge`] does the same from
    /// anywhere, and for several items at once.
    ///
    /// Command: `XACK`.
    ///
    /// # Errors
    ///
    /// As [`StreamGroup::acknowledge`].
    #[doc(alias = "XACK")]
    pub async fn acknowledge(&self, id: StreamId) -> Result<bool> {
        Ok(self.group.acknowledge(&[id]).await? > 0)
    }

    /// States that an item could not be handled, and why. If it was delivered as often as
    /// [allowed](Consume::dead_letters), it is moved to the stream of dead letters with the reason, and the result is
    /// `true`. Otherwise it is delivered again, as any item that is not acknowledged.
    ///
    /// Up to 1024 bytes of the reason are stored. It is for you to see that it contains no secret.
    ///
    /// # Errors
    ///
    /// As [`StreamGroup::move_to`].
    #[doc(alias = "dead letter")]
    pub async fn fail<V: Sync>(&self, delivery: &Delivery<V>, reason: &str) -> Result<bool> {
        self.failed(delivery.id, delivery.deliveries, reason).await
    }

    async fn failed(&self, id: StreamId, deliveries: u64, reason: &str) -> Result<bool> {
        match &self.options.dead_letters {
            Some(letters) if deliveries >= letters.deliveries => {
                self.group.move_to(&letters.stream, id, reason).await
            }
            _ => Ok(false),
        }
    }
}

impl<T> Consumer<T> {
    /// Returns whether the consumer has ended, and every event has been taken.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        // In this order: nothing arrives once it is closed.
        self.mailbox.is_closed() && self.mailbox.look(DeliveryBuffer::is_empty)
    }

    /// Ends the consumer at once. Items that were not taken stay pending, and are delivered again.
    pub fn close(&self) {
        self.ending.end();
    }

    /// Returns a handle that closes the consumer from elsewhere: from another thread, while this one waits for the
    /// next event. Dropping the handle closes nothing.
    #[must_use]
    pub fn closer(&self) -> ConsumerCloser {
        ConsumerCloser(Arc::clone(&self.ending))
    }

    #[allow(dead_code, reason = "for the Stream of the async API")]
    pub(crate) fn mailbox(&self) -> &Mailbox<DeliveryBuffer> {
        &self.mailbox
    }
}

impl<T: DeserializeOwned> Consumer<T> {
    pub(crate) fn decode(&self, event: RawStreamEvent) -> StreamEvent<T> {
        let (client, key) = (self.group.stream.key.client(), self.group.stream.key.key());
        // `Deserialize` is the user's code: its panic must not end the consumer.
        let decode = |bytes: &[u8]| {
            contain(|| client.scope().policy.decode(bytes)).unwrap_or_else(|Panicked| Err(panicked()))
        };
        event.into_event(decode, |error| error.during("consume").on_key(key.as_key().unwrap_or_default()))
    }
}

fn panicked() -> Error {
    tracing::error!("the type of an item panicked while it was decoded");
    Error::new(ErrorKind::Deserialization, "the type panicked while the item was decoded")
        .with_outcome(Outcome::Applied)
}

/// Closes a [`Consumer`] from elsewhere. It is cheap to clone.
#[derive(Clone)]
pub struct ConsumerCloser(Arc<Ending>);

impl ConsumerCloser {
    /// Ends the consumer at once, as [`Consumer::close`] does: it wakes the waiting reader.
    pub fn close(&self) {
        self.0.end();
    }
}

impl fmt::Debug for ConsumerCloser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerCloser").finish_non_exhaustive()
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("group", &self.group.name).finish_non_exhaustive()
    }
}
