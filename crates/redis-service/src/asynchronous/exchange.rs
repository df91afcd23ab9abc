use std::{
    pin::Pin,
    task::{Context, Poll},
};

use redis::Value;
use tokio::sync::oneshot;

use crate::{Error, Result, error::Stage};

/// One caller's commands on their way through the driver, and what becomes of them.
///
/// Whoever holds it answers, once; the caller gives up by dropping its side.
pub(super) struct Exchange {
    /// How many replies the commands have.
    pub(super) replies: usize,
    answer: oneshot::Sender<Result<Answer>>,
}

/// The caller's side: waits for the answer. Dropping it gives up.
pub(super) struct Caller(oneshot::Receiver<Result<Answer>>);

/// What came back.
pub(super) enum Answer {
    One(Value),
    Many(Vec<Value>),
}

impl Exchange {
    pub(super) fn new(replies: usize) -> (Self, Caller) {
        let (answer, caller) = oneshot::channel();
        (Self { replies, answer }, Caller(caller))
    }

    /// Whether its caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        !self.answer.is_closed()
    }

    /// Hands the caller its answer, and tells whether it was still there.
    pub(super) fn answer(self, answer: Result<Answer>) -> bool {
        self.answer.send(answer).is_ok()
    }

    pub(super) fn fail(self, error: Error) -> bool {
        self.answer(Err(error))
    }
}

impl Future for Caller {
    type Output = Result<Answer>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Answer>> {
        match Pin::new(&mut self.0).poll(cx) {
            Poll::Ready(Ok(answer)) => Poll::Ready(answer),
            // Everybody is answered; if somebody were not, nobody would know how far it had come.
            Poll::Ready(Err(_)) => Poll::Ready(Err(unanswered())),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cold]
fn unanswered() -> Error {
    super::link::closed().with_outcome(Stage::Sent.outcome())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    #[tokio::test]
    async fn an_answer_finds_its_caller() {
        let (exchange, caller) = Exchange::new(1);
        assert!(exchange.is_awaited() && exchange.answer(Ok(Answer::One(Value::Okay))));
        assert!(matches!(caller.await, Ok(Answer::One(Value::Okay))));
    }

    #[tokio::test]
    async fn who_is_not_answered_is_told_that_nobody_knows() {
        let (exchange, caller) = Exchange::new(1);
        drop(exchange);
        assert_eq!(caller.await.err().unwrap().outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_dropped_caller_waits_no_longer() {
        let (exchange, caller) = Exchange::new(1);
        drop(caller);
        assert!(!exchange.is_awaited());
        assert!(!exchange.answer(Ok(Answer::One(Value::Okay))));
    }
}
