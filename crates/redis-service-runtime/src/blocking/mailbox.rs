use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::Queue;

/// Where something is put by many and taken by one, who waits for it.
///
/// Closing is for good: nothing that is put afterwards is ever taken.
pub struct Mailbox<Q> {
    state: Mutex<State<Q>>,
    bell: Condvar,
}

struct State<Q> {
    queue: Q,
    is_closed: bool,
}

impl<Q: Queue> Mailbox<Q> {
    /// An open one.
    #[must_use]
    pub fn new(queue: Q) -> Self {
        Self { state: Mutex::new(State { queue, is_closed: false }), bell: Condvar::new() }
    }

    /// Adds to what is there, and wakes the reader; `None`, without calling `work`, once it is closed.
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
        self.state().is_closed = true;
        self.bell.notify_all();
    }

    /// Closes, and throws away what is there.
    pub fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.queue.clear();
        drop(state);
        self.bell.notify_all();
    }

    /// What is next; `None` once it is closed and empty.
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

    /// As [`take`](Self::take); `None` as well if nothing comes within `time`.
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
        // What panics while it holds the lock is a queue's own fault, and nobody else's.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q> fmt::Debug for Mailbox<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
