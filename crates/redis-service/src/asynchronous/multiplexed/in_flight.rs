use std::{collections::VecDeque, mem, time::Instant};

use redis::Value;

use super::request::{PendingRequest, Response};
use crate::error::{Error, ErrorKind, Stage};

/// The requests that wait for replies on a connection, in the order of the replies.
#[derive(Default)]
pub(super) struct InFlight {
    calls: VecDeque<Call>,
    /// The number of bytes of all requests so far.
    bytes: u64,
}

struct Call {
    /// `None` for the driver's own PING, and once the caller's time has run out.
    request: Option<PendingRequest>,
    replies: usize,
    received: Vec<Value>,
    /// The offset of its commands in all bytes that this connection sends.
    begins_at: u64,
    since: Instant,
    /// The caller's deadline.
    until: Instant,
}

/// The meaning of a reply.
pub(super) enum Received {
    /// No command waits for it.
    Unasked,
    /// One of several replies that a request waits for.
    Part,
    /// The last reply of this request, if its caller still waits.
    Whole(Option<PendingRequest>, Response),
}

impl InFlight {
    /// Adds a request whose commands, of `bytes` bytes, are being sent since `since`.
    pub(super) fn push(&mut self, request: PendingRequest, bytes: usize, since: Instant, until: Instant) {
        let replies = request.replies;
        self.add(Some(request), replies, bytes, since, until);
    }

    /// Adds a command of the driver's own.
    pub(super) fn push_own(&mut self, bytes: usize, since: Instant) {
        self.add(None, 1, bytes, since, since);
    }

    fn add(
        &mut self,
        request: Option<PendingRequest>,
        replies: usize,
        bytes: usize,
        since: Instant,
        until: Instant,
    ) {
        let (begins_at, received) = (self.bytes, Vec::new());
        self.bytes += bytes as u64;
        self.calls.push_back(Call { request, replies, received, begins_at, since, until });
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Returns since when the oldest request has waited.
    pub(super) fn since(&self) -> Option<Instant> {
        self.calls.front().map(|call| call.since)
    }

    /// Returns whether a caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        let mut requests = self.calls.iter().filter_map(|call| call.request.as_ref());
        requests.any(PendingRequest::is_awaited)
    }

    /// Returns the callers' deadlines.
    pub(super) fn untils(&self) -> impl Iterator<Item = Instant> {
        self.calls.iter().filter(|call| call.request.is_some()).map(|call| call.until)
    }

    /// Fails the requests whose time has run out, and returns how many.
    pub(super) fn expire(&mut self, now: Instant) -> u32 {
        let mut given_up = 0;
        for call in self.calls.iter_mut().filter(|call| call.until <= now) {
            if let Some(request) = call.request.take() {
                // Also if no byte of it was written yet: it will be.
                let error = Error::new(ErrorKind::Timeout, "no answer in time");
                given_up += u32::from(request.fail(error.with_outcome(Stage::Sent.outcome())));
            }
        }
        given_up
    }

    pub(super) fn receive(&mut self, value: Value) -> Received {
        let Some(front) = self.calls.front_mut() else { return Received::Unasked };
        let answer = if front.replies == 1 {
            Response::One(value)
        } else {
            front.received.push(value);
            if front.received.len() < front.replies {
                return Received::Part;
            }
            Response::Many(mem::take(&mut front.received))
        };
        Received::Whole(self.calls.pop_front().and_then(|call| call.request), answer)
    }

    /// Fails all requests because the connection is gone, and says how far their commands had come, given
    /// that `written` bytes were written.
    pub(super) fn fail(&mut self, error: &Error, written: u64) {
        for call in self.calls.drain(..) {
            let stage = if call.begins_at < written { Stage::Sent } else { Stage::Unsent };
            if let Some(request) = call.request {
                request.fail(error.clone().with_outcome(stage.outcome()));
            }
        }
    }
}
