use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
    time::Instant,
};

use super::request::{PendingRequest, ResponseFuture};
use crate::protocol::ReplyTypes;

/// What callers have pushed, and the driver has not taken yet.
///
/// Of many callers only the first wakes the driver, and it takes all of their requests at once.
#[derive(Default)]
pub(super) struct RequestQueue {
    state: Mutex<State>,
    is_closed: AtomicBool,
    is_renewed: AtomicBool,
    is_out_of_step: AtomicBool,
}

#[derive(Default)]
struct State {
    queued: Queued,
    driver: Option<Waker>,
    /// No caller is left.
    is_abandoned: bool,
    /// The driver has ended.
    is_shut: bool,
}

/// Requests, in the order in which they were pushed.
#[derive(Default)]
pub(super) struct Queued {
    pub(super) requests: Vec<QueuedRequest>,
    /// The commands of all of them, one after the other, but for large ones.
    pub(super) wire: Vec<u8>,
}

pub(super) struct QueuedRequest {
    pub(super) request: PendingRequest,
    /// When the caller waits no longer.
    pub(super) deadline: Instant,
    pub(super) commands: Commands,
}

/// Where a caller's commands are.
pub(super) enum Commands {
    /// So many of the bytes that are shared.
    Shared(usize),
    Own(Vec<u8>),
}

impl Commands {
    /// How many of the shared bytes are theirs.
    pub(super) fn shared(&self) -> usize {
        match self {
            Self::Shared(bytes) => *bytes,
            Self::Own(_) => 0,
        }
    }

    /// How many bytes they have in memory of their own.
    pub(super) fn own(&self) -> usize {
        match self {
            Self::Shared(_) => 0,
            Self::Own(own) => own.len(),
        }
    }
}

/// Commands with more bytes than these are written to memory of their own: others must not wait for that.
const LARGE: usize = 16 * 1024;

/// By how much commands may have more bytes than they say.
const INEXACT: usize = 32;

impl RequestQueue {
    /// Queues commands with so many replies (`bytes` is a hint). Returns `None` once the driver has ended.
    pub(super) fn push(
        &self,
        bytes: usize,
        replies: usize,
        types: ReplyTypes,
        deadline: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Option<ResponseFuture> {
        let (request, response) = PendingRequest::new(replies, types);
        let mut own = Vec::new();
        let write = if bytes > LARGE {
            own.reserve(bytes + INEXACT);
            write(&mut own);
            None
        } else {
            Some(write)
        };
        // After a panic in here there may be bytes that are nobody's: what follows would be sent under another's name.
        let mut state = self.state.lock().ok()?;
        if state.is_shut {
            return None;
        }
        let before = state.queued.wire.len();
        let commands = match write {
            Some(write) => {
                write(&mut state.queued.wire);
                Commands::Shared(state.queued.wire.len() - before)
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
        !state.is_abandoned
    }

    /// The driver has ended: what is still here, and nothing more is queued.
    pub(super) fn shut(&self) -> Vec<PendingRequest> {
        let mut state = self.state();
        state.is_shut = true;
        mem::take(&mut state.queued).requests.into_iter().map(|queued| queued.request).collect()
    }

    /// The link is to end.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        wake(self.state());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// The connection is to be replaced.
    pub(super) fn renew(&self) {
        self.is_renewed.store(true, Ordering::Release);
        wake(self.state());
    }

    /// A caller got a reply that its command cannot have: the connection is to end at once.
    pub(super) fn out_of_step(&self) {
        self.is_out_of_step.store(true, Ordering::Release);
        wake(self.state());
    }

    /// Whether the connection is to end at once; says so once.
    pub(super) fn take_out_of_step(&self) -> bool {
        self.is_out_of_step.load(Ordering::Acquire) && self.is_out_of_step.swap(false, Ordering::AcqRel)
    }

    /// Whether the connection is to be replaced; says so once.
    pub(super) fn take_renewed(&self) -> bool {
        self.is_renewed.load(Ordering::Acquire) && self.is_renewed.swap(false, Ordering::AcqRel)
    }

    /// Has the driver woken from now on. It must look afterwards: somebody may have been here before.
    pub(super) fn listen(&self, cx: &Context<'_>) {
        self.state().driver = Some(cx.waker().clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing but `push` could panic while it holds the lock, and it looks.
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

/// The callers' side of the queue: when the last clone of it is dropped, no caller is left.
pub(super) struct QueueSender(pub(super) Arc<RequestQueue>);

impl Drop for QueueSender {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_abandoned = true;
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
                .push(length, 1, ReplyTypes::ANY, deadline, |wire| wire.resize(wire.len() + length, byte))
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
        assert!(queue.push(1, 1, ReplyTypes::ANY, clock::now(), |wire| wire.push(0)).is_none());
    }

    #[test]
    fn nothing_is_sent_after_half_of_a_command() {
        let queue = RequestQueue::default();
        let enter = |half: bool| {
            queue.push(2, 1, ReplyTypes::ANY, clock::now(), |wire| {
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
