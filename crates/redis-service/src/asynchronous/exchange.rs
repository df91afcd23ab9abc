use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use redis::Value;

use crate::{Error, Result, error::Stage};

/// One caller's commands on their way through the driver, and back.
///
/// It is the queue's entry, the caller's future and the record of how far the commands have come, in one
/// allocation. Whoever gives up first, by timing out or by being dropped, is told how far that was.
pub(super) struct Exchange {
    /// How many replies the commands have.
    pub(super) replies: usize,
    state: Mutex<State>,
}

enum State {
    Queued {
        wire: Vec<u8>,
        caller: Option<Waker>,
    },
    Sent {
        caller: Option<Waker>,
    },
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
    pub(super) fn new(wire: Vec<u8>, replies: usize) -> Arc<Self> {
        Arc::new(Self { replies, state: Mutex::new(State::Queued { wire, caller: None }) })
    }

    /// The commands, to be sent now; `None` if the caller has gone.
    pub(super) fn begin(&self) -> Option<Vec<u8>> {
        let mut state = self.state();
        match mem::replace(&mut *state, State::Over) {
            State::Queued { wire, caller } => {
                *state = State::Sent { caller };
                Some(wire)
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// Hands the caller its answer, if it is still there.
    pub(super) fn answer(&self, answer: Result<Answer>) {
        let mut state = self.state();
        let caller = match &mut *state {
            State::Queued { caller, .. } | State::Sent { caller } => caller.take(),
            State::Answered(_) | State::Over => return,
        };
        *state = State::Answered(answer);
        drop(state);
        if let Some(caller) = caller {
            caller.wake();
        }
    }

    pub(super) fn fail(&self, error: Error) {
        self.answer(Err(error));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller's side: waits for the answer. Dropping it gives up.
pub(super) struct Caller(pub(super) Arc<Exchange>);

impl Caller {
    /// Gives up, unless the answer has just come.
    pub(super) fn give_up(&self) -> Result<Result<Answer>, Stage> {
        match mem::replace(&mut *self.0.state(), State::Over) {
            State::Answered(answer) => Ok(answer),
            State::Queued { .. } => Err(Stage::Unsent),
            State::Sent { .. } | State::Over => Err(Stage::Sent),
        }
    }
}

impl Future for Caller {
    type Output = Result<Answer>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match &mut *state {
            State::Queued { caller, .. } | State::Sent { caller } => {
                match caller {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *caller = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            State::Answered(_) | State::Over => match mem::replace(&mut *state, State::Over) {
                State::Answered(answer) => Poll::Ready(answer),
                // Polled again after it was ready: there is nothing left to wait for.
                _ => Poll::Pending,
            },
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        *self.0.state() = State::Over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_gives_up_learns_how_far_it_came() {
        let caller = Caller(Exchange::new(b"x".to_vec(), 1));
        assert!(matches!(caller.give_up(), Err(Stage::Unsent)));
        assert!(caller.0.begin().is_none(), "what nobody waits for is not sent");

        let caller = Caller(Exchange::new(b"x".to_vec(), 1));
        assert_eq!(caller.0.begin().as_deref(), Some(&b"x"[..]));
        assert!(matches!(caller.give_up(), Err(Stage::Sent)));

        let caller = Caller(Exchange::new(b"x".to_vec(), 1));
        caller.0.begin();
        caller.0.answer(Ok(Answer::One(Value::Okay)));
        assert!(matches!(caller.give_up(), Ok(Ok(Answer::One(Value::Okay)))));
    }

    #[test]
    fn a_dropped_caller_is_not_sent() {
        let exchange = Exchange::new(b"x".to_vec(), 1);
        drop(Caller(Arc::clone(&exchange)));
        assert!(exchange.begin().is_none());
        exchange.answer(Ok(Answer::One(Value::Okay)));
    }
}
