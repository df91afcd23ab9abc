use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::pubsub::{Backlog, Heard};

/// Where a listener puts what it hears, and a subscription takes it.
pub(crate) struct Mailbox(Mutex<State>);

struct State {
    backlog: Backlog,
    is_closed: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Mutex::new(State { backlog: Backlog::new(limit), is_closed: false, reader: None }))
    }

    /// Nobody hears what is put once it is closed.
    pub(crate) fn put(&self, heard: Heard) {
        let mut state = self.state();
        if !state.is_closed {
            state.backlog.push(heard);
            wake(state);
        }
    }

    /// Nothing more will be put. What is there can still be taken.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        wake(state);
    }

    /// Closes, and throws away what is there.
    pub(crate) fn discard(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.backlog.clear();
        wake(state);
    }

    /// What was put next; `None` once it is closed and empty.
    ///
    /// Dropping the future loses nothing: only what is handed out is taken.
    pub(crate) async fn take(&self) -> Option<Heard> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Heard>> {
        let mut state = self.state();
        match state.backlog.pop() {
            Some(heard) => Poll::Ready(Some(heard)),
            None if state.is_closed => Poll::Ready(None),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}
