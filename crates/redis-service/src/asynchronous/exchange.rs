use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use redis::Value;

use crate::{Error, Result, command::Packed};

/// One caller's commands on their way through the driver, and back.
///
/// It is the queue's entry, the caller's future and the record of how far the commands have come, in one
/// allocation. The driver answers it, or tells it that its time has run out; whoever drops it gives up.
pub(super) struct Exchange {
    /// How many replies the commands have.
    pub(super) replies: usize,
    /// When the caller waits no longer.
    pub(super) deadline: Instant,
    state: Mutex<State>,
}

struct State {
    /// The commands. They stay here when they are sent, so that the caller's thread frees what it allocated.
    wire: Packed,
    caller: Option<Waker>,
    progress: Progress,
}

enum Progress {
    Queued,
    Sent,
    Answered(Result<Answer>),
    /// The caller is gone, or has taken the answer.
    Over,
}

/// What came back.
pub(super) enum Answer {
    One(Value),
    Many(Vec<Value>),
}

impl Exchange {
    pub(super) fn new(wire: Packed, replies: usize, deadline: Instant) -> Arc<Self> {
        let state = Mutex::new(State { wire, caller: None, progress: Progress::Queued });
        Arc::new(Self { replies, deadline, state })
    }

    /// Appends the commands to what is sent now. `false` if the caller has gone.
    pub(super) fn begin(&self, sending: &mut Vec<u8>) -> bool {
        let mut state = self.state();
        let is_waiting = matches!(state.progress, Progress::Queued);
        if is_waiting {
            state.wire.move_to(sending);
            state.progress = Progress::Sent;
        }
        is_waiting
    }

    /// Hands the caller its answer, and tells whether it was still there.
    pub(super) fn answer(&self, answer: Result<Answer>) -> bool {
        let mut state = self.state();
        let is_waiting = matches!(state.progress, Progress::Queued | Progress::Sent);
        if is_waiting {
            state.progress = Progress::Answered(answer);
            let caller = state.caller.take();
            drop(state);
            if let Some(caller) = caller {
                caller.wake();
            }
        }
        is_waiting
    }

    /// Whether its caller still waits.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state().progress, Progress::Queued | Progress::Sent)
    }

    pub(super) fn fail(&self, error: Error) -> bool {
        self.answer(Err(error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller's side: waits for the answer. Dropping it gives up.
pub(super) struct Caller(pub(super) Arc<Exchange>);

impl Future for Caller {
    type Output = Result<Answer>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match mem::replace(&mut state.progress, Progress::Over) {
            Progress::Answered(answer) => return Poll::Ready(answer),
            waiting => state.progress = waiting,
        }
        // Also if it is polled again after it was ready: there is nothing left to wait for.
        match &mut state.caller {
            Some(waker) => waker.clone_from(cx.waker()),
            None => state.caller = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if matches!(state.progress, Progress::Queued) {
            // Nobody sends it any more.
            state.wire = Packed::with_room(0);
        }
        state.progress = Progress::Over;
        state.caller = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn exchange(wire: &[u8]) -> Arc<Exchange> {
        let mut packed = Packed::with_room(wire.len());
        packed.push(wire);
        Exchange::new(packed, 1, clock::now())
    }

    #[tokio::test]
    async fn an_answer_finds_its_caller_once() {
        let caller = Caller(exchange(b"x"));
        let mut sending = b"before ".to_vec();
        assert!(caller.0.begin(&mut sending));
        assert_eq!(sending, b"before x");
        assert!(!caller.0.begin(&mut sending), "nothing is sent twice");
        assert!(caller.0.answer(Ok(Answer::One(Value::Okay))));
        assert!(!caller.0.answer(Ok(Answer::One(Value::Nil))));
        let answer = caller.await;
        assert!(matches!(answer, Ok(Answer::One(Value::Okay))));
    }

    #[test]
    fn a_dropped_caller_is_not_sent() {
        let exchange = exchange(b"x");
        drop(Caller(Arc::clone(&exchange)));
        assert!(!exchange.begin(&mut Vec::new()));
        assert!(!exchange.answer(Ok(Answer::One(Value::Okay))));
    }
}
