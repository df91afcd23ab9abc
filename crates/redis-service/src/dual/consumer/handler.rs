use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use redis_service_runtime::{Backoff, CallbackGuard, Jitter, contain};
use serde::de::DeserializeOwned;

use super::{
    super::{
        THREAD,
        ending::Ending,
        runtime::{CancellationToken, Task, dual, spawn},
    },
    Consumer,
};
use crate::{
    error::{Error, ErrorKind},
    streams::{Delivery, Receipt, StreamEvent},
};

impl<T: DeserializeOwned + Send + 'static> Consumer<T> {
    /// Calls `handler` for every item, one after the other, in the background: on a thread of its own, or as a task.
    /// An item for which it returns `Ok` is acknowledged, and that is repeated until it succeeds. If it returns an
    /// error or panics, the item has [failed](Self::fail) for that reason, as has an item that does not decode.
    ///
    /// Other events are logged; [`on_event`](Self::on_event) receives them.
    #[must_use = "dropping the handle stops the consumer"]
    pub fn on_item<E: Display>(
        self,
        handler: impl FnMut(Delivery<T>) -> Result<(), E> + Send + 'static,
    ) -> ConsumerHandle {
        let mut handler = handler;
        self.handle(move |event| match event {
            StreamEvent::Item(delivery) => handler(delivery).map_err(|reason| reason.to_string()),
            StreamEvent::Invalid(invalid) => Err(invalid.value.error.to_string()),
            other => {
                tracing::warn!(
                    event = describe(&other),
                    "a consumer of a stream met something else than an item"
                );
                Ok(())
            }
        })
    }

    /// Calls `handler` for every event, as [`on_item`](Self::on_item) does for every item. An item that does not
    /// decode is acknowledged as well if it returns `Ok` for it. For other events its result has no effect.
    #[must_use = "dropping the handle stops the consumer"]
    pub fn on_event<E: Display>(
        self,
        handler: impl FnMut(StreamEvent<T>) -> Result<(), E> + Send + 'static,
    ) -> ConsumerHandle {
        let mut handler = handler;
        self.handle(move |event| handler(event).map_err(|reason| reason.to_string()))
    }

    fn handle(self, handler: impl HandleEvent<T> + Send + 'static) -> ConsumerHandle {
        let (ending, guard, done) = (Arc::clone(&self.ending), Arc::default(), Arc::default());
        let handle = ConsumerHandle {
            ending,
            guard: Arc::clone(&guard),
            done: Arc::<CancellationToken>::clone(&done),
        };
        spawn(Handler { consumer: self, handler, guard, done, has_ended: false });
        handle
    }
}

/// Says what an event is, without the values in it.
fn describe<T>(event: &StreamEvent<T>) -> String {
    match event {
        StreamEvent::Item(item) => format!("item {}", item.id),
        StreamEvent::Invalid(invalid) => format!("invalid item {}", invalid.id),
        StreamEvent::Gap(gap) => format!("{gap:?}"),
        StreamEvent::Lost(ids) => format!("{} items were deleted before they were acknowledged", ids.len()),
        StreamEvent::Moved(moved) => format!("{moved:?}"),
        StreamEvent::Interrupted(error) | StreamEvent::Ended(error) => error.to_string(),
    }
}

/// A handler that is called in the background. Dropping this handle, or [`close`](Self::close), ends that.
pub struct ConsumerHandle {
    ending: Arc<Ending>,
    guard: Arc<CallbackGuard>,
    /// Cancelled once the handler is gone.
    done: Arc<CancellationToken>,
}

/// How long one look at whether the handler is gone takes.
const LOOK: Duration = Duration::from_secs(60);

#[dual]
impl ConsumerHandle {
    /// Stops, and waits for the current call to end and its item to be acknowledged: when this returns, the handler is
    /// not running, and is never called again. An acknowledgement is tried once more at most, within the service's
    /// deadline. Within the handler it returns at once.
    ///
    /// Do not call it while you hold a lock that the handler waits for. Dropping the handle does not wait.
    pub async fn close(&self) {
        self.stop();
        while !self.guard.is_within() && !self.done.cancelled_within(LOOK).await {}
    }
}

impl ConsumerHandle {
    fn stop(&self) {
        // First, so that the handler is not called with the items that are still there.
        self.guard.close();
        self.ending.end();
    }
}

impl Drop for ConsumerHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for ConsumerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerHandle").finish_non_exhaustive()
    }
}

/// A function that handles an event, or says why it could not.
trait HandleEvent<T>: FnMut(StreamEvent<T>) -> Result<(), String> {}

impl<T, F: FnMut(StreamEvent<T>) -> Result<(), String>> HandleEvent<T> for F {}

/// Takes events from a consumer, calls a handler with each, and settles its item.
struct Handler<T: DeserializeOwned, F: HandleEvent<T>> {
    consumer: Consumer<T>,
    handler: F,
    guard: Arc<CallbackGuard>,
    done: Arc<CancellationToken>,
    has_ended: bool,
}

/// The pauses between attempts to settle an item.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), Duration::from_secs(1));

#[dual(AFIT)]
impl<T: DeserializeOwned + Send + 'static, F: HandleEvent<T> + Send + 'static> Task for Handler<T, F> {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        while let Some(event) = self.consumer.next_event().await {
            let receipt = event.receipt();
            let handled = self.call(event);
            if let (Some(receipt), Some(handled)) = (receipt, handled) {
                self.consumer.settle(receipt, handled).await;
            }
        }
        self.has_ended = true;
    }
}

impl<T: DeserializeOwned, F: HandleEvent<T>> Handler<T, F> {
    /// Calls the handler. Returns `None` if it is not to be called any more.
    fn call(&mut self, event: StreamEvent<T>) -> Option<Result<(), String>> {
        let Self { handler, guard, .. } = self;
        let (mut is_called, mut handled) = (false, Err("the handler panicked".to_owned()));
        guard.call(|| {
            is_called = true;
            handled = handler(event);
        });
        is_called.then_some(handled)
    }
}

#[dual]
impl<T> Consumer<T> {
    /// Acknowledges the item, or states that it has failed.
    async fn settle(&self, receipt: Receipt, handled: Result<(), String>) {
        let mut backoff = BACKOFF;
        loop {
            let settled = match &handled {
                Ok(()) => self.acknowledge(receipt.id).await,
                Err(reason) => self.failed(receipt.id, receipt.deliveries, reason).await,
            };
            let Err(error) = settled else { return };
            tracing::warn!(%error, "an item of a stream could not be settled");
            let pause = Jitter::Half.apply(backoff.failed(), fastrand::f64());
            if is_final(&error) || self.ending.stop.cancelled_within(pause).await {
                return;
            }
        }
    }
}

/// Returns whether trying again cannot help. The item stays pending.
fn is_final(error: &Error) -> bool {
    use ErrorKind::{Closed, InvalidInput, Permission, Slot, Unsupported, WrongType};
    matches!(error.kind(), Closed | InvalidInput | Permission | Slot | Unsupported | WrongType)
        || error.code() == Some("NOGROUP")
}

impl<T: DeserializeOwned, F: HandleEvent<T>> Drop for Handler<T, F> {
    /// Also when it never ran, its thread unwinds or its runtime shuts down.
    fn drop(&mut self) {
        if !self.has_ended && !self.guard.is_closed() {
            // A panic during an unwinding would abort the process.
            let told = contain(|| {
                tracing::error!("what calls the handler of a stream is gone; it is not called any more");
                drop(self.call(StreamEvent::Ended(Error::not_listening().during("consume"))));
            });
            // Nothing is left to report it to.
            told.unwrap_or_default();
        }
        self.done.cancel();
    }
}
