use std::{
    fmt,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::Queue;

/// A queue that many tasks put items into, and that one reader takes them from and waits on.
///
/// Closing is final: items that are put afterwards are dropped.
pub struct Mailbox<Q>(Mutex<State<Q>>);

struct State<Q> {
    queue: Q,
    is_closed: bool,
    reader: Option<Waker>,
}

impl<Q: Queue> Mailbox<Q> {
    /// An open mailbox.
    #[must_use]
    pub fn new(queue: Q) -> Self {
        Self(Mutex::new(State { queue, is_closed: false, reader: None }))
    }

    /// Changes the queue by `work`, and wakes the reader. Returns `None`, without calling `work`, once the
    /// mailbox is closed.
    pub fn put<T>(&self, work: impl FnOnce(&mut Q) -> T) -> Option<T> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        let result = work(&mut state.queue);
        wake(state);
        Some(result)
    }

    /// Reads the queue by `work`.
    pub fn look<T>(&self, work: impl FnOnce(&Q) -> T) -> T {
        work(&self.state().queue)
    }

    /// Returns whether the mailbox is closed.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Closes the mailbox. The items in it can still be taken.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        wake(state);
    }

    /// Closes the mailbox, and drops the items in it.
    pub fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.queue.clear();
        wake(state);
    }

    /// Waits for the next item, and takes it. Returns `None` once the mailbox is closed and empty.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no item: an item is removed only when it is returned.
    pub async fn take(&self) -> Option<Q::Item> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    /// As [`take`](Self::take); also returns `None` if no item arrives within `time`.
    ///
    /// # Cancellation safety
    ///
    /// As [`take`](Self::take).
    pub async fn take_within(&self, time: Duration) -> Option<Q::Item> {
        tokio::time::timeout(time, self.take()).await.unwrap_or_default()
    }

    /// As [`take`](Self::take), for a stream. It wakes one reader at a time.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Q::Item>> {
        let mut state = self.state();
        match state.queue.pop() {
            Some(item) => Poll::Ready(Some(item)),
            None if state.is_closed => Poll::Ready(None),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<Q>> {
        // If a queue panics while it holds the lock, that affects this queue only.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake<Q>(mut state: MutexGuard<'_, State<Q>>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl<Q> fmt::Debug for Mailbox<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
