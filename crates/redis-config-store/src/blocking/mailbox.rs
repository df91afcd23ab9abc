use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::{Event, Watch, backlog::Backlog, mirror::Mirror};

/// Where events are put for a watcher, and taken by it.
#[derive(Debug)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug)]
struct State {
    backlog: Backlog,
    is_closed: bool,
}

impl Mailbox {
    pub(crate) fn new(watch: Watch) -> Self {
        let state = State { backlog: Backlog::new(watch), is_closed: false };
        Self { state: Mutex::new(state), bell: Condvar::new() }
    }

    /// Looks at what is there, or adds to it.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Backlog) -> T) -> T {
        let result = work(&mut self.state().backlog);
        self.bell.notify_all();
        result
    }

    /// Whether a watcher that is behind has room for more.
    pub(crate) fn is_hungry(&self) -> bool {
        self.state().backlog.wants().is_some()
    }

    /// What a watcher that is behind knows, and how many commits it has room for.
    pub(crate) fn wants(&self) -> Option<(Mirror, usize)> {
        let state = self.state();
        state.backlog.wants().map(|mirror| (mirror.clone(), state.backlog.room()))
    }

    /// Nothing more is told, not even what is there.
    pub(crate) fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.backlog.clear();
        self.bell.notify_all();
    }

    /// What is told next; `None` once it is closed.
    pub(crate) fn take(&self) -> Option<Event> {
        let mut state = self.state();
        loop {
            // Something may have been told since it was closed.
            if state.is_closed {
                return None;
            }
            if let Some(event) = state.backlog.pop() {
                return Some(event);
            }
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
