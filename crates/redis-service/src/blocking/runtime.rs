//! What `dual/` needs of the blocking API.

pub(crate) use std::thread::sleep;
use std::{
    net::{Shutdown, TcpStream},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

pub(crate) use maybe_async::must_be_sync as dual;

use super::dual::Task;
pub(crate) use super::{keys::Keys, line::Line, link::Link, mailbox::Mailbox};

/// Runs a task in the background, on a thread of its own.
pub(crate) fn spawn(task: impl Task) {
    let spawned = thread::Builder::new().name("redis-service".to_owned()).spawn(move || task.run());
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for background work");
    }
}

/// What has to be `Send` in the async API, and anything at all in this one.
pub(crate) trait SendIfAsync {}

impl<T: ?Sized> SendIfAsync for T {}

/// Tells threads in the background to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    state: Mutex<Stopping>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Stopping {
    is_stopped: bool,
    /// The socket on which a thread is waiting.
    socket: Option<TcpStream>,
}

impl Stop {
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.is_stopped = true;
        shut_down(&mut state);
        self.bell.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    /// Waits for `time`, or until it is told to stop, and tells whether it was.
    pub(crate) fn within(&self, time: Duration) -> bool {
        let waited = self.bell.wait_timeout_while(self.state(), time, |state| !state.is_stopped);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_stopped
    }

    /// Has stopping end what waits on this line: a thread that reads a socket hears no bell.
    pub(crate) fn interrupt_too(&self, line: &Line) {
        let mut state = self.state();
        state.socket = line.handle();
        if state.is_stopped {
            shut_down(&mut state);
        }
    }

    fn state(&self) -> MutexGuard<'_, Stopping> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shut_down(state: &mut Stopping) {
    if let Some(socket) = state.socket.take()
        && let Err(error) = socket.shutdown(Shutdown::Both)
    {
        tracing::debug!(%error, "the socket was closed already");
    }
}

/// The examples in the docs of `dual/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../blocking/examples/", $name))
    };
}
pub(crate) use example;

#[cfg(test)]
pub(crate) use core::prelude::v1::test as scenario;

/// What a mock returns: the value, in the form in which this API hands it out.
#[cfg(test)]
pub(crate) fn answers<T>(value: T) -> T {
    value
}
