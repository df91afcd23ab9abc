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

/// One caller's commands on their way through the driver, with the means to answer.
///
/// The holder answers once; the caller gives up by dropping its side.
pub(super) struct PendingRequest {
    pub(super) expected: Expected,
    response: oneshot::Sender<Result<Response>>,
}

/// What commands have for replies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) replies: u32,
    /// What each of them can be.
    pub(super) types: ReplyTypes,
}

impl Expected {
    pub(super) fn one(types: ReplyTypes) -> Self {
        Self { replies: 1, types }
    }

    /// So many replies, which their caller compares with the commands.
    pub(super) fn many(replies: usize) -> Self {
        Self { replies: u32::try_from(replies).unwrap_or(u32::MAX), types: ReplyTypes::ANY }
    }
}

/// The caller's side: it waits for the answer. Dropping it gives up.
pub(super) struct ResponseFuture(oneshot::Receiver<Result<Response>>);

/// The replies to a request.
pub(super) enum Response {
    One(Value),
    Many(Vec<Value>),
}

impl PendingRequest {
    pub(super) fn new(expected: Expected) -> (Self, ResponseFuture) {
        let (response, future) = oneshot::channel();
        (Self { expected, response }, ResponseFuture(future))
    }

    /// Returns whether the caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        !self.response.is_closed()
    }

    /// Delivers the response. Returns whether the caller still waited.
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
            // Every request is answered. If one were not, it would be unknown how far it had come.
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
        let (request, caller) = PendingRequest::new(Expected::many(1));
        assert!(request.is_awaited() && request.respond(Ok(Response::One(Value::Okay))));
        assert!(matches!(caller.await, Ok(Response::One(Value::Okay))));
    }

    #[tokio::test]
    async fn who_is_not_answered_is_told_that_nobody_knows() {
        let (request, caller) = PendingRequest::new(Expected::many(1));
        drop(request);
        assert_eq!(caller.await.err().unwrap().outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_dropped_caller_waits_no_longer() {
        let (request, caller) = PendingRequest::new(Expected::many(1));
        drop(caller);
        assert!(!request.is_awaited());
        assert!(!request.respond(Ok(Response::One(Value::Okay))));
    }
}
