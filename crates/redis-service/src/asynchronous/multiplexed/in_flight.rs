use std::{collections::VecDeque, mem, time::Instant};

use redis::Value;

use super::request::{PendingRequest, Response};
use crate::{
    error::{Error, ErrorKind, Stage},
    protocol::{Echo, Nonce, ReplyTypes},
};

/// Who waits for replies on a connection, in the order in which the replies come.
#[derive(Default)]
pub(super) struct InFlight {
    calls: VecDeque<Call>,
    /// How many bytes all calls so far have put on the wire.
    bytes: u64,
}

struct Call {
    awaiting: Awaiting,
    replies: usize,
    types: ReplyTypes,
    received: Vec<Value>,
    /// Where its commands begin in all that this connection sends.
    begins_at: u64,
    since: Instant,
    /// Until when its caller waits.
    until: Instant,
}

/// Who waits for the replies to a call.
enum Awaiting {
    Caller(PendingRequest),
    /// Its caller's time has run out.
    Nobody,
    /// The driver, for its own check.
    Driver(Nonce),
}

impl Awaiting {
    fn caller(&self) -> Option<&PendingRequest> {
        match self {
            Self::Caller(request) => Some(request),
            Self::Nobody | Self::Driver(_) => None,
        }
    }

    fn take_caller(&mut self) -> Option<PendingRequest> {
        match mem::replace(self, Self::Nobody) {
            Self::Caller(request) => Some(request),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// What a reply was.
pub(super) enum Received {
    /// One that no command asked for, or that the command in whose place it came cannot have.
    OutOfStep,
    /// One to the driver's own check.
    Echo(Echo),
    /// One of several that somebody waits for.
    Part,
    /// The last one that this caller waited for, if it is still there.
    Whole(Option<PendingRequest>, Response),
}

impl InFlight {
    /// Somebody's commands, of so many bytes, are on the wire since `since`.
    pub(super) fn push(&mut self, request: PendingRequest, bytes: usize, since: Instant, until: Instant) {
        let (replies, types) = (request.replies, request.types);
        let (awaiting, received) = (Awaiting::Caller(request), Vec::new());
        self.calls.push_back(Call {
            awaiting,
            replies,
            types,
            received,
            begins_at: self.bytes,
            since,
            until,
        });
        self.bytes += bytes as u64;
    }

    /// A check of the driver's own is.
    pub(super) fn push_nonce(&mut self, nonce: Nonce, bytes: usize, since: Instant) {
        let (awaiting, types, received) = (Awaiting::Driver(nonce), ReplyTypes::ANY, Vec::new());
        let begins_at = self.bytes;
        self.calls.push_back(Call { awaiting, replies: 1, types, received, begins_at, since, until: since });
        self.bytes += bytes as u64;
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Since when the longest has waited.
    pub(super) fn since(&self) -> Option<Instant> {
        self.calls.front().map(|call| call.since)
    }

    /// Whether a caller is left.
    pub(super) fn is_awaited(&self) -> bool {
        let mut requests = self.calls.iter().filter_map(|call| call.awaiting.caller());
        requests.any(PendingRequest::is_awaited)
    }

    /// Until when callers wait.
    pub(super) fn untils(&self) -> impl Iterator<Item = Instant> {
        self.calls.iter().filter(|call| call.awaiting.caller().is_some()).map(|call| call.until)
    }

    /// Turns away whose time has run out, and tells how many.
    pub(super) fn expire(&mut self, now: Instant) -> u32 {
        let mut given_up = 0;
        for call in self.calls.iter_mut().filter(|call| call.until <= now) {
            if let Some(request) = call.awaiting.take_caller() {
                // Also if no byte of it was written yet: it will be.
                let error = Error::new(ErrorKind::Timeout, "no answer in time");
                given_up += u32::from(request.fail(error.with_outcome(Stage::Sent.outcome())));
            }
        }
        given_up
    }

    pub(super) fn receive(&mut self, value: Value) -> Received {
        let Some(front) = self.calls.front_mut() else { return Received::OutOfStep };
        if let Awaiting::Driver(nonce) = front.awaiting {
            self.calls.pop_front();
            return Received::Echo(nonce.look(&value));
        }
        if !front.types.contain(&value) {
            return Received::OutOfStep;
        }
        let answer = if front.replies == 1 {
            Response::One(value)
        } else {
            front.received.push(value);
            if front.received.len() < front.replies {
                return Received::Part;
            }
            Response::Many(mem::take(&mut front.received))
        };
        Received::Whole(self.calls.pop_front().and_then(|mut call| call.awaiting.take_caller()), answer)
    }

    /// Fails every call: the connection is gone, after so many bytes were written.
    pub(super) fn fail(&mut self, error: &Error, written: u64) {
        let mut ends_at = self.bytes;
        // From the last one back: each ends where the next begins.
        let calls: Vec<_> = self
            .calls
            .drain(..)
            .rev()
            .map(|call| (mem::replace(&mut ends_at, call.begins_at), call))
            .collect();
        for (ends_at, mut call) in calls.into_iter().rev() {
            // A server runs no command of which the end is missing; of several, it may have run the first.
            let is_unsent = call.begins_at >= written || (call.replies == 1 && ends_at > written);
            let stage = if is_unsent { Stage::Unsent } else { Stage::Sent };
            if let Some(request) = call.awaiting.take_caller() {
                request.fail(error.clone().with_outcome(stage.outcome()));
            }
        }
    }
}
