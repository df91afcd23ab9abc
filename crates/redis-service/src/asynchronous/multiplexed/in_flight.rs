use std::{collections::VecDeque, mem, time::Instant};

use redis::Value;

use super::request::{Expected, PendingRequest, Response};
use crate::{
    error::{Error, ErrorKind, Stage},
    protocol::{Echo, Nonce},
};

/// The requests that wait for replies on a connection, in the order of the replies.
#[derive(Default)]
pub(super) struct InFlight {
    requests: VecDeque<InFlightRequest>,
    /// How many of them are the driver's own.
    checks: usize,
    /// The number of bytes of all requests so far.
    bytes: u64,
}

struct InFlightRequest {
    awaiting: Recipient,
    expected: Expected,
    received: Vec<Value>,
    /// The offset of its commands in all bytes that this connection sends.
    begins_at: u64,
    since: Instant,
    /// The caller's deadline.
    until: Instant,
}

/// The receiver of the replies to a call.
enum Recipient {
    Request(PendingRequest),
    /// None: the caller's time has run out.
    Abandoned,
    /// The driver, for its own check.
    Check(Nonce),
}

impl Recipient {
    fn caller(&self) -> Option<&PendingRequest> {
        match self {
            Self::Request(request) => Some(request),
            Self::Abandoned | Self::Check(_) => None,
        }
    }

    fn take_caller(&mut self) -> Option<PendingRequest> {
        match mem::replace(self, Self::Abandoned) {
            Self::Request(request) => Some(request),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// The meaning of a reply.
pub(super) enum Received {
    /// No command waits for it, or it cannot be to the command that waits.
    OutOfStep,
    /// The reply to the driver's own check.
    Echo(Echo),
    /// One of several replies that a request waits for.
    Part,
    /// The last reply of this request, if its caller still waits.
    Whole(Option<PendingRequest>, Response),
}

impl InFlight {
    /// Adds a request whose commands, of `bytes` bytes, are being sent since `since`.
    pub(super) fn push(&mut self, request: PendingRequest, bytes: usize, since: Instant, until: Instant) {
        let expected = request.expected;
        let (awaiting, received) = (Recipient::Request(request), Vec::new());
        self.requests.push_back(InFlightRequest {
            awaiting,
            expected,
            received,
            begins_at: self.bytes,
            since,
            until,
        });
        self.bytes += bytes as u64;
    }

    /// Adds a check of the driver's own.
    pub(super) fn push_nonce(&mut self, nonce: Nonce, bytes: usize, since: Instant) {
        let (awaiting, expected, received) = (Recipient::Check(nonce), Expected::many(1), Vec::new());
        let begins_at = self.bytes;
        self.checks += 1;
        self.requests.push_back(InFlightRequest {
            awaiting,
            expected,
            received,
            begins_at,
            since,
            until: since,
        });
        self.bytes += bytes as u64;
    }

    /// The number of requests; the driver's own checks do not count.
    pub(super) fn requests(&self) -> usize {
        self.requests.len() - self.checks
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Returns since when the oldest request has waited.
    pub(super) fn since(&self) -> Option<Instant> {
        self.requests.front().map(|call| call.since)
    }

    /// Returns whether a caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        let mut requests = self.requests.iter().filter_map(|call| call.awaiting.caller());
        requests.any(PendingRequest::is_awaited)
    }

    /// Returns the callers' deadlines.
    pub(super) fn untils(&self) -> impl Iterator<Item = Instant> {
        self.requests.iter().filter(|call| call.awaiting.caller().is_some()).map(|call| call.until)
    }

    /// Fails the requests whose time has run out, and returns how many.
    pub(super) fn expire(&mut self, now: Instant) -> u32 {
        let mut given_up = 0;
        for call in self.requests.iter_mut().filter(|call| call.until <= now) {
            if let Some(request) = call.awaiting.take_caller() {
                // Also if no byte of it was written yet: it will be.
                let error = Error::new(ErrorKind::Timeout, "no answer in time");
                given_up += u32::from(request.fail(error.with_outcome(Stage::Sent.outcome())));
            }
        }
        given_up
    }

    pub(super) fn receive(&mut self, value: Value) -> Received {
        let Some(front) = self.requests.front_mut() else { return Received::OutOfStep };
        if let Recipient::Check(nonce) = front.awaiting {
            self.requests.pop_front();
            self.checks -= 1;
            return Received::Echo(nonce.look(&value));
        }
        if !front.expected.types.contain(&value) {
            return Received::OutOfStep;
        }
        let answer = if front.expected.replies == 1 {
            Response::One(value)
        } else {
            front.received.push(value);
            if front.received.len() < front.expected.replies as usize {
                return Received::Part;
            }
            Response::Many(mem::take(&mut front.received))
        };
        Received::Whole(self.requests.pop_front().and_then(|mut call| call.awaiting.take_caller()), answer)
    }

    /// Fails all requests because the connection is gone, and says how far their commands had come, given
    /// that `written` bytes were written.
    pub(super) fn fail(&mut self, error: &Error, written: u64) {
        self.checks = 0;
        let mut ends_at = self.bytes;
        // From the last one back: each ends where the next begins.
        let requests: Vec<_> = self
            .requests
            .drain(..)
            .rev()
            .map(|call| (mem::replace(&mut ends_at, call.begins_at), call))
            .collect();
        for (ends_at, mut call) in requests.into_iter().rev() {
            // A server runs no command of which the end is missing; of several, it may have run the first.
            let is_unsent = call.begins_at >= written || (call.expected.replies == 1 && ends_at > written);
            let stage = if is_unsent { Stage::Unsent } else { Stage::Sent };
            if let Some(request) = call.awaiting.take_caller() {
                request.fail(error.clone().with_outcome(stage.outcome()));
            }
        }
    }
}
