use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
    time::Instant,
};

use super::request::{Expected, PendingRequest, ResponseFuture};

/// The requests that callers have pushed and the driver has not taken yet.
///
/// Of many callers only the first wakes the driver, which takes all of their requests at once.
#[derive(Default)]
pub(super) struct RequestQueue {
    state: Mutex<State>,
    is_closed: AtomicBool,
    reconnect_requested: AtomicBool,
    is_out_of_step: AtomicBool,
}

#[derive(Default)]
struct State {
    queued: Queued,
    driver: Option<Waker>,
    /// No caller is left.
    has_no_senders: bool,
    /// The driver has ended.
    has_driver_ended: bool,
}

/// Requests, in the order in which they were pushed.
#[derive(Default)]
pub(super) struct Queued {
    pub(super) requests: Vec<QueuedRequest>,
    /// The commands of all requests, one after the other, except large ones.
    pub(super) wire: Vec<u8>,
}

pub(super) struct QueuedRequest {
    pub(super) request: PendingRequest,
    /// The caller's deadline.
    pub(super) deadline: Instant,
    pub(super) commands: Commands,
}

/// Where a request's commands are.
pub(super) enum Commands {
    /// This number of the shared bytes.
    LinkState(usize),
    Own(Vec<u8>),
}

impl Commands {
    /// Returns how many of the shared bytes are the request's.
    pub(super) fn shared(&self) -> usize {
        match self {
            Self::LinkState(bytes) => *bytes,
            Self::Own(_) => 0,
        }
    }

    /// Returns how many bytes the request has in memory of its own.
    pub(super) fn own(&self) -> usize {
        match self {
            Self::LinkState(_) => 0,
            Self::Own(own) => own.len(),
        }
    }
}

/// Commands with more bytes than these are written to memory of their own: other callers must not wait for
/// that.
const LARGE: usize = 16 * 1024;

/// By how many bytes commands may exceed their announced size.
const INEXACT: usize = 32;

impl RequestQueue {
    /// Queues commands with this number of replies (`bytes` is a hint). Returns `None` once the driver has
    /// ended.
    pub(super) fn push(
        &self,
        bytes: usize,
        expected: Expected,
        deadline: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Option<ResponseFuture> {
        let (request, response) = PendingRequest::new(expected);
        let mut own = Vec::new();
        let write = if bytes > LARGE {
            own.reserve(bytes + INEXACT);
            write(&mut own);
            None
        } else {
            Some(write)
        };
        // A panic in here may leave bytes without a request: later replies would go to the wrong callers.
        let mut state = self.state.lock().ok()?;
        if state.has_driver_ended {
            return None;
        }
        let before = state.queued.wire.len();
        let commands = match write {
            Some(write) => {
                write(&mut state.queued.wire);
                Commands::LinkState(state.queued.wire.len() - before)
            }
            None => Commands::Own(own),
        };
        state.queued.requests.push(QueuedRequest { request, deadline, commands });
        if state.queued.requests.len() == 1 {
            wake(state);
        }
        Some(response)
    }

    /// Moves all requests to `backlog`, which is empty. Returns `false` once no caller is left.
    pub(super) fn take_all(&self, backlog: &mut Queued) -> bool {
        let mut state = self.state();
        mem::swap(&mut state.queued, backlog);
        !state.has_no_senders
    }

    /// Marks the driver as ended. Returns the requests that are still here; no more can be queued.
    pub(super) fn shut(&self) -> Vec<PendingRequest> {
        let mut state = self.state();
        state.has_driver_ended = true;
        mem::take(&mut state.queued).requests.into_iter().map(|queued| queued.request).collect()
    }

    /// Requests that the link end.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        wake(self.state());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Requests that the connection be replaced.
    pub(super) fn request_reconnect(&self) {
        self.reconnect_requested.store(true, Ordering::Release);
        wake(self.state());
    }

    /// Requests that the connection end at once: a caller got a reply that its command cannot have.
    pub(super) fn out_of_step(&self) {
        self.is_out_of_step.store(true, Ordering::Release);
        wake(self.state());
    }

    /// Returns whether the connection must end at once; `true` once for each request.
    pub(super) fn take_out_of_step(&self) -> bool {
        self.is_out_of_step.load(Ordering::Acquire) && self.is_out_of_step.swap(false, Ordering::AcqRel)
    }

    /// Returns whether the connection must be replaced; `true` once for each request.
    pub(super) fn take_reconnect_request(&self) -> bool {
        self.reconnect_requested.load(Ordering::Acquire)
            && self.reconnect_requested.swap(false, Ordering::AcqRel)
    }

    /// Registers the driver's waker. The driver must look for requests afterwards: a caller may have pushed
    /// before.
    pub(super) fn listen(&self, cx: &Context<'_>) {
        self.state().driver = Some(cx.waker().clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Only `push` could panic while it holds the lock, and `push` checks for that itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(state: MutexGuard<'_, State>) {
    let driver = state.driver.clone();
    drop(state);
    if let Some(driver) = driver {
        driver.wake();
    }
}

/// The callers' side of the queue. When its last clone is dropped, no caller is left.
pub(super) struct QueueSender(pub(super) Arc<RequestQueue>);

impl Drop for QueueSender {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.has_no_senders = true;
        wake(state);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    #[test]
    fn commands_arrive_as_they_were_written_small_or_large() {
        let queue = RequestQueue::default();
        let deadline = clock::now() + Duration::from_secs(1);
        let enter = |byte: u8, length: usize| {
            queue
                .push(length, Expected::many(1), deadline, |wire| wire.resize(wire.len() + length, byte))
                .unwrap()
        };
        let callers = [enter(1, 3), enter(2, LARGE + 1), enter(3, LARGE)];
        let mut queued = Queued::default();
        assert!(queue.take_all(&mut queued));
        assert_eq!(queued.requests.len(), callers.len());
        assert_eq!(queued.wire, [vec![1; 3], vec![3; LARGE]].concat());
        let commands = queued.requests.iter().map(|queued| &queued.commands);
        let bytes: Vec<_> = commands.map(|commands| (commands.shared(), commands.own())).collect();
        assert_eq!(bytes, [(3, 0), (0, LARGE + 1), (LARGE, 0)]);
    }

    #[test]
    fn nobody_enters_once_nobody_would_come() {
        let queue = RequestQueue::default();
        assert!(queue.shut().is_empty());
        assert!(queue.push(1, Expected::many(1), clock::now(), |wire| wire.push(0)).is_none());
    }

    #[test]
    fn nothing_is_sent_after_half_of_a_command() {
        let queue = RequestQueue::default();
        let enter = |half: bool| {
            queue.push(2, Expected::many(1), clock::now(), |wire| {
                wire.push(0);
                assert!(!half, "on purpose");
                wire.push(0);
            })
        };
        let caller = enter(false);
        assert!(caller.is_some());
        assert!(std::thread::scope(|scope| scope.spawn(|| enter(true)).join()).is_err());
        assert!(enter(false).is_none());
    }
}
