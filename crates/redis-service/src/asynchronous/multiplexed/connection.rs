use std::{
    future::poll_fn,
    io,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use redis::{RedisError, Value};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    super::transport::{MAX_READS, Transport},
    backlog::Backlog,
    in_flight::{InFlight, Received},
    request::Response,
    shared::LinkState,
    unsent::{Dequeued, clear},
};
use crate::{
    clock,
    error::{Error, ErrorKind, Stage, classify, classify_io},
    protocol::{Echo, Nonce, is_left_open},
    resilience::{Coalescing, Liveness, SequenceCheck},
};

/// The most bytes that are sent together, unless a single command has more. Callers can no longer withdraw
/// what is being sent.
const MAX_BYTES_SENT: usize = 256 * 1024;

/// A connection that lasted this long was of use, however it ended.
pub(super) const HEALTHY_AFTER: Duration = Duration::from_secs(1);

/// One connection's life: the bytes that are being sent, and the callers that wait for replies.
pub(super) struct Connection<'a> {
    transport: Transport,
    shared: &'a LinkState,
    /// The requests to send next; those still there at the end are the next connection's.
    backlog: &'a mut Backlog,
    /// The bytes that are being sent, and how many of them are sent already.
    wire: Vec<u8>,
    sent: usize,
    /// How many bytes were sent of everything that was in `wire`.
    written: u64,
    in_flight: InFlight,
    liveness: Liveness,
    watch: Interval,
    /// Set when the server's answer shows that this connection must be replaced.
    must_close: Option<Error>,
    began: Instant,
    /// Whether the server has answered, or a new connection was requested by hand.
    was_healthy: bool,
    coalescing: Coalescing,
    sequence: SequenceCheck,
    /// The number of the last check; each check has the next one.
    last_nonce: u64,
}

/// How a connection ended.
pub(super) struct Ended {
    pub(super) error: Error,
    /// If not, reconnecting at once would hammer a server that closes every connection.
    pub(super) was_healthy: bool,
}

impl<'a> Connection<'a> {
    pub(super) fn new(transport: Transport, shared: &'a LinkState, backlog: &'a mut Backlog) -> Self {
        // The connection is new already.
        shared.queue.take_reconnect_request();
        shared.queue.take_out_of_step();
        let config = &shared.endpoint.config;
        let now = clock::now();
        let liveness = Liveness::new(config.response_timeout, config.idle_check, transport.round_trip(), now);
        let mut watch = interval(liveness.period());
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            transport,
            shared,
            backlog,
            wire: Vec::new(),
            sent: 0,
            written: 0,
            in_flight: InFlight::default(),
            liveness,
            watch,
            must_close: None,
            began: now,
            was_healthy: false,
            coalescing: Coalescing::default(),
            sequence: SequenceCheck::default(),
            last_nonce: fastrand::u64(..),
        }
    }

    /// Runs until the connection breaks, or no caller is left (`None`).
    pub(super) async fn run(mut self) -> Option<Ended> {
        let error = poll_fn(|cx| {
            if self.shared.queue.take_reconnect_request() {
                self.was_healthy = true;
                self.must_close = Some(Error::new(ErrorKind::Connection, "a new connection was asked for"));
            }
            if self.shared.queue.take_out_of_step() {
                return Poll::Ready(Some(Error::out_of_step()));
            }
            let ended = self.poll(cx);
            self.count();
            ended
        })
        .await;
        self.fail_in_flight(error.as_ref());
        let was_healthy =
            self.was_healthy || clock::now().saturating_duration_since(self.began) >= HEALTHY_AFTER;
        error.map(|error| Ended { error, was_healthy })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Error>> {
        loop {
            // First, before reading, which may take any amount of time.
            while let Poll::Ready(now) = self.backlog.poll_due(cx) {
                self.expire(now);
            }
            // Before anything more is sent: a reply that arrives while no command waits must not be taken for
            // the answer to the next command.
            if let Poll::Ready(error) = self.poll_receive(cx) {
                return Poll::Ready(Some(error));
            }
            let is_open = self.backlog.take_queued();
            if !is_open && self.backlog.is_empty() && !self.in_flight.is_awaited() {
                return Poll::Ready(None);
            }
            while let Poll::Ready(now) = self.backlog.poll_due(cx) {
                self.expire(now);
            }
            // New requests must not follow those that wait in vain.
            if self.liveness.is_doubtful()
                && let Some(error) = self.detect_silence()
            {
                return Poll::Ready(Some(error));
            }
            if self.coalescing.should_yield(self.backlog.len()) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.take();
            if let Poll::Ready(Err(error)) = self.poll_send(cx) {
                // A server that closes the connection may have said why, for example to the caller whose
                // command is too large.
                let _: Poll<Error> = self.poll_receive(cx);
                return Poll::Ready(Some(classify_io(error.kind(), Stage::Sent)));
            }
            if self.in_flight.is_empty()
                && let Some(error) = self.must_close.take()
            {
                return Poll::Ready(Some(error));
            }
            if self.watch.poll_tick(cx).is_ready() {
                if let Some(error) = self.detect_silence() {
                    return Poll::Ready(Some(error));
                }
                self.send_check_if_due();
            } else if self.is_sending() || self.backlog.is_empty() || self.must_close.is_some() {
                return Poll::Pending;
            }
        }
    }

    /// Fails the requests whose time has run out.
    fn expire(&mut self, now: Instant) {
        self.liveness.gave_up(self.in_flight.expire(now));
        self.backlog.expire(now, self.in_flight.untils());
    }

    /// Takes waiting requests once everything taken before is sent: the longer they wait, the more of them
    /// travel together.
    fn take(&mut self) {
        if self.is_sending() || self.must_close.is_some() || self.backlog.is_empty() {
            return;
        }
        self.clear_wire();
        self.coalescing.taken();
        let since = clock::now();
        while self.wire.len() < MAX_BYTES_SENT
            && let Some(dequeued) = self.backlog.dequeue(since, &mut self.wire)
        {
            let Dequeued { request, until, bytes } = dequeued;
            let is_due = self.sequence.is_due_after(request.expected.replies);
            self.in_flight.push(request, bytes, since, until);
            if is_due {
                self.send_check(since);
            }
        }
    }

    fn count(&self) {
        self.shared.count(self.in_flight.requests() + self.backlog.len());
    }

    fn is_sending(&self) -> bool {
        self.sent < self.wire.len()
    }

    fn clear_wire(&mut self) {
        clear(&mut self.wire);
        self.sent = 0;
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.wire.len() {
            let written = ready!(self.transport.poll_write(cx, &self.wire[self.sent..]))?;
            self.sent += written;
            self.written += written as u64;
        }
        self.transport.poll_flush(cx)
    }

    /// Delivers replies for as long as there are any. Ready only with an error.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let (mut reads, mut is_answered) = (MAX_READS, false);
        let (before, since) = (self.transport.bytes_read(), self.in_flight.since());
        let error = loop {
            match self.transport.poll_reply(cx, &mut reads) {
                Poll::Pending if self.in_flight.is_empty() && self.transport.has_unread() => {
                    break Some(Error::out_of_step());
                }
                Poll::Pending => break None,
                Poll::Ready(Err(error)) => break Some(classify(&error, Stage::Sent)),
                Poll::Ready(Ok(value)) => {
                    if !self.deliver(value) {
                        break Some(Error::out_of_step());
                    }
                    is_answered = true;
                }
            }
        };
        if self.transport.bytes_read() > before {
            self.liveness.received(clock::now());
        }
        if is_answered {
            self.was_healthy = true;
            self.liveness.answered(since);
            self.sequence.answered(self.in_flight.is_empty());
        }
        error.map_or(Poll::Pending, Poll::Ready)
    }

    /// Delivers a reply to the request that waits for it. Returns `false` if the connection is out of step:
    /// no request waits, the reply cannot be to its command, or the server is still within a transaction that
    /// should have ended.
    fn deliver(&mut self, value: Value) -> bool {
        if let Value::ServerError(error) = &value {
            let error = classify(&RedisError::from(error.clone()), Stage::Sent);
            if error.breaks_connection() {
                self.must_close = Some(error);
            }
        }
        match self.in_flight.receive(value) {
            Received::OutOfStep | Received::Echo(Echo::OutOfPlace) => return false,
            Received::Echo(Echo::Refused) => self.sequence.refused(),
            Received::Part | Received::Echo(Echo::InPlace | Echo::Failed) => {}
            Received::Whole(request, answer) => {
                let is_left_open = matches!(&answer, Response::Many(replies) if is_left_open(replies));
                // Before the caller can look.
                self.count();
                if request.is_some_and(|request| request.respond(Ok(answer))) {
                    self.coalescing.answered();
                }
                return !is_left_open;
            }
        }
        true
    }

    fn detect_silence(&self) -> Option<Error> {
        let is_silent = self.liveness.is_silent(clock::now(), self.in_flight.since());
        is_silent.then(Error::silent)
    }

    /// Sends a check to a server that was idle for long, so that a dead connection is found while no call is
    /// made; and to a server that has had commands to answer without a break, to verify that the replies are
    /// still in order.
    fn send_check_if_due(&mut self) {
        if self.is_sending() {
            return;
        }
        let now = clock::now();
        let is_due =
            if self.in_flight.is_empty() { self.liveness.is_idle(now) } else { self.sequence.is_due() };
        if is_due {
            self.clear_wire();
            self.send_check(now);
        }
    }

    /// Asks the server to repeat a number. Its reply shows that the server is alive, and that every reply so
    /// far was in its place.
    fn send_check(&mut self, now: Instant) {
        self.last_nonce = self.last_nonce.wrapping_add(1);
        let (nonce, before) = (Nonce::new(self.last_nonce), self.wire.len());
        nonce.command().write_to(&mut self.wire);
        self.in_flight.push_nonce(nonce, self.wire.len() - before, now);
    }

    /// Fails all waiting requests, and says how far their commands had come.
    fn fail_in_flight(&mut self, error: Option<&Error>) {
        let closed = Error::closed();
        let error = error.unwrap_or(&closed);
        self.in_flight.fail(error, self.written);
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.fail_in_flight(None);
    }
}
