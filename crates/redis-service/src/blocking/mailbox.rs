use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::pubsub::{Backlog, Heard};

/// Where a listener puts what it hears, and a subscription takes it.
pub(crate) struct Mailbox {
    state: Mutex<State>,
    bell: Condvar,
}

struct State {
    backlog: Backlog,
    is_closed: bool,
}

impl Mailbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::new(State { backlog: Backlog::new(limit), is_closed: false }),
            bell: Condvar::new(),
        }
    }

    /// Nobody hears what is put once it is closed.
    pub(crate) fn put(&self, heard: Heard) {
        let mut state = self.state();
        if !state.is_closed {
            state.backlog.push(heard);
            self.bell.notify_all();
        }
    }

    /// Nothing more will be put. What is there can still be taken.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.bell.notify_all();
    }

    /// Closes, and throws away what is there.
    pub(crate) fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.backlog.clear();
        self.bell.notify_all();
    }

    /// What was put next; `None` once it is closed and empty.
    pub(crate) fn take(&self) -> Option<Heard> {
        let mut state = self.state();
        loop {
            if let Some(heard) = state.backlog.pop() {
                return Some(heard);
            }
            if state.is_closed {
                return None;
            }
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
