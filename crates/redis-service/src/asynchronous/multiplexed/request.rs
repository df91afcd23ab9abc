use std::{
    pin::Pin,
    task::{Context, Poll},
};

use redis::Value;
use tokio::sync::oneshot;

use crate::{
    error::{Error, Result, Stage},
    protocol::ReplyTypes,
};

/// One caller's commands on their way through the driver, and what becomes of them.
///
/// Whoever holds it answers, once; the caller gives up by dropping its side.
pub(super) struct PendingRequest {
    /// How many replies the commands have.
    pub(super) replies: usize,
    /// What each of them can be.
    pub(super) types: ReplyTypes,
    response: oneshot::Sender<Result<Response>>,
}

/// The caller's side: waits for the answer. Dropping it gives up.
pub(super) struct ResponseFuture(oneshot::Receiver<Result<Response>>);

/// What came back.
pub(super) enum Response {
    One(Value),
    Many(Vec<Value>),
}

impl PendingRequest {
    pub(super) fn new(replies: usize, types: ReplyTypes) -> (Self, ResponseFuture) {
        let (response, future) = oneshot::channel();
        (Self { replies, types, response }, ResponseFuture(future))
    }

    /// Whether its caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        !self.response.is_closed()
    }

    /// Gives the caller its response. Returns whether it still waited.
    pub(super) fn respond(self, response: Result<Response>) -> bool {
        self.response.send(response).is_ok()
    }

    pub(super) fn fail(self, error: Error) -> bool {
        self.respond(Err(error))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Response>> {
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
    Error::closed().with_outcome(Stage::Sent.outcome())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;

    #[tokio::test]
    async fn an_answer_finds_its_caller() {
        let (request, caller) = PendingRequest::new(1, ReplyTypes::ANY);
        assert!(request.is_awaited() && request.respond(Ok(Response::One(Value::Okay))));
        assert!(matches!(caller.await, Ok(Response::One(Value::Okay))));
    }

    #[tokio::test]
    async fn who_is_not_answered_is_told_that_nobody_knows() {
        let (request, caller) = PendingRequest::new(1, ReplyTypes::ANY);
        drop(request);
        assert_eq!(caller.await.err().unwrap().outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_dropped_caller_waits_no_longer() {
        let (request, caller) = PendingRequest::new(1, ReplyTypes::ANY);
        drop(caller);
        assert!(!request.is_awaited());
        assert!(!request.respond(Ok(Response::One(Value::Okay))));
    }
}
