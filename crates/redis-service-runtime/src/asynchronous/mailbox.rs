use std::{
    fmt,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::Queue;

/// Where something is put by many and taken by one, who waits for it.
///
/// Closing is for good: nothing that is put afterwards is ever taken.
pub struct Mailbox<Q>(Mutex<State<Q>>);

struct State<Q> {
    queue: Q,
    is_closed: bool,
    reader: Option<Waker>,
}

impl<Q: Queue> Mailbox<Q> {
    /// An open one.
    #[must_use]
    pub fn new(queue: Q) -> Self {
        Self(Mutex::new(State { queue, is_closed: false, reader: None }))
    }

    /// Adds to what is there, and wakes the reader; `None`, without calling `work`, once it is closed.
    pub fn put<T>(&self, work: impl FnOnce(&mut Q) -> T) -> Option<T> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        let result = work(&mut state.queue);
        wake(state);
        Some(result)
    }

    /// Looks at what is there.
    pub fn look<T>(&self, work: impl FnOnce(&Q) -> T) -> T {
        work(&self.state().queue)
    }

    /// Whether nothing more is put.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Nothing more is put. What is there can still be taken.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        wake(state);
    }

    /// Closes, and throws away what is there.
    pub fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.queue.clear();
        wake(state);
    }

    /// What is next; `None` once it is closed and empty.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses nothing: only what is handed out is taken.
    pub async fn take(&self) -> Option<Q::Item> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    /// As [`take`](Self::take); `None` as well if nothing comes within `time`.
    ///
    /// # Cancellation safety
    ///
    /// As [`take`](Self::take).
    pub async fn take_within(&self, time: Duration) -> Option<Q::Item> {
        tokio::time::timeout(time, self.take()).await.unwrap_or_default()
    }

    /// As [`take`](Self::take), for a stream. One reader at a time is woken.
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
        // What panics while it holds the lock is a queue's own fault, and nobody else's.
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
