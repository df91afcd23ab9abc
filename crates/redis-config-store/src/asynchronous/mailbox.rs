use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::{Event, Watch, backlog::Backlog, mirror::Mirror};

/// Where events are put for a watcher, and taken by it.
#[derive(Debug)]
pub(crate) struct Mailbox(Mutex<State>);

#[derive(Debug)]
struct State {
    backlog: Backlog,
    is_closed: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(watch: Watch) -> Self {
        Self(Mutex::new(State { backlog: Backlog::new(watch), is_closed: false, reader: None }))
    }

    /// Looks at what is there, or adds to it.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Backlog) -> T) -> T {
        let mut state = self.state();
        let result = work(&mut state.backlog);
        wake(state);
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
        wake(state);
    }

    /// What is told next; `None` once it is closed.
    ///
    /// Dropping the future loses nothing: only what is handed out is taken.
    pub(crate) async fn take(&self) -> Option<Event> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.state();
        // Something may have been told since it was closed.
        if state.is_closed {
            return Poll::Ready(None);
        }
        match state.backlog.pop() {
            Some(event) => Poll::Ready(Some(event)),
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
