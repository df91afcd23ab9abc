use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::Queue;

/// A queue that many threads put items into, and that one reader takes them from and waits on.
///
/// Closing is final: items that are put afterwards are dropped.
pub struct Mailbox<Q> {
    state: Mutex<State<Q>>,
    bell: Condvar,
}

struct State<Q> {
    queue: Q,
    is_closed: bool,
}

impl<Q: Queue> Mailbox<Q> {
    /// An open mailbox.
    #[must_use]
    pub fn new(queue: Q) -> Self {
        Self { state: Mutex::new(State { queue, is_closed: false }), bell: Condvar::new() }
    }

    /// Changes the queue by `work`, and wakes the reader. Returns `None`, without calling `work`, once the
    /// mailbox is closed.
    pub fn put<T>(&self, work: impl FnOnce(&mut Q) -> T) -> Option<T> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        let result = work(&mut state.queue);
        drop(state);
        self.bell.notify_all();
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
        self.state().is_closed = true;
        self.bell.notify_all();
    }

    /// Closes the mailbox, and drops the items in it.
    pub fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.queue.clear();
        drop(state);
        self.bell.notify_all();
    }

    /// Waits for the next item, and takes it. Returns `None` once the mailbox is closed and empty.
    pub fn take(&self) -> Option<Q::Item> {
        let mut state = self.state();
        loop {
            if let Some(item) = state.queue.pop() {
                return Some(item);
            }
            if state.is_closed {
                return None;
            }
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`take`](Self::take); also returns `None` if no item arrives within `time`.
    pub fn take_within(&self, time: Duration) -> Option<Q::Item> {
        let mut next = None;
        let is_idle = |state: &mut State<Q>| {
            next = state.queue.pop();
            next.is_none() && !state.is_closed
        };
        drop(self.bell.wait_timeout_while(self.state(), time, is_idle));
        next
    }

    fn state(&self) -> MutexGuard<'_, State<Q>> {
        // If a queue panics while it holds the lock, that affects this queue only.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q> fmt::Debug for Mailbox<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
