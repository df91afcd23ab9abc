use std::{
    collections::VecDeque,
    future::poll_fn,
    io, mem,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use redis::{RedisError, Value};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{
    driver::LONGEST_PAUSE,
    exchange::{Answer, Exchange},
    link::Shared,
    transport::Transport,
};
use crate::{
    Command, Error, ErrorKind, clock,
    error::{Stage, classify, classify_io},
};

/// How many callers' commands are taken from the queue at a time.
pub(super) const BATCH: usize = 1024;

/// So many callers giving up in a row make a connection suspicious.
const GIVEN_UP: u32 = 3;

/// One connection's life: what is being sent on it, and who waits for its replies.
pub(super) struct Conversation<'a> {
    transport: Transport,
    shared: &'a Shared,
    /// Taken from the queue, and to be sent next; what is left here is the next connection's.
    batch: &'a mut Vec<Arc<Exchange>>,
    /// What is being sent, and how much of it is.
    wire: Vec<u8>,
    sent: usize,
    /// How many bytes had been put into `wire` and its predecessors, and how many of them are sent.
    queued_bytes: u64,
    sent_bytes: u64,
    in_flight: VecDeque<InFlight>,
    last_heard: Instant,
    watch: Interval,
    /// Set when the server said something after which it is not to be asked again.
    condemned: Option<Error>,
    began: Instant,
    /// Whether anything was heard, or a new connection asked for by hand.
    was_of_use: bool,
}

/// How a conversation ended.
pub(super) struct Ended {
    pub(super) error: Error,
    /// If not, another one at once would hammer a server that hangs up on everybody.
    pub(super) was_of_use: bool,
}

struct InFlight {
    /// `None` for the driver's own PING.
    exchange: Option<Arc<Exchange>>,
    replies: usize,
    received: Vec<Value>,
    /// Where its commands begin in all that this connection sends.
    begins_at: u64,
    since: Instant,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(transport: Transport, shared: &'a Shared, waiting: &'a mut Vec<Arc<Exchange>>) -> Self {
        let often = (shared.settings.config.response_timeout / 8)
            .clamp(Duration::from_millis(10), Duration::from_millis(250));
        let mut watch = interval(often);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            transport,
            shared,
            batch: waiting,
            wire: Vec::new(),
            sent: 0,
            queued_bytes: 0,
            sent_bytes: 0,
            in_flight: VecDeque::new(),
            last_heard: clock::now(),
            watch,
            condemned: None,
            began: clock::now(),
            was_of_use: false,
        }
    }

    /// Runs until the connection breaks, or nobody is left to use it (`None`).
    pub(super) async fn run(mut self, queue: &mut UnboundedReceiver<Arc<Exchange>>) -> Option<Ended> {
        let shared = self.shared;
        let error = loop {
            tokio::select! {
                error = poll_fn(|cx| self.poll(cx, queue)) => break error,
                () = shared.closing() => break None,
                () = shared.reconnect.notified() => {
                    self.was_of_use = true;
                    self.condemned = Some(Error::new(ErrorKind::Connection, "a new connection was asked for"));
                }
            }
        };
        self.fail_in_flight(error.as_ref());
        let was_of_use =
            self.was_of_use || clock::now().saturating_duration_since(self.began) >= LONGEST_PAUSE;
        error.map(|error| Ended { error, was_of_use })
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut UnboundedReceiver<Arc<Exchange>>,
    ) -> Poll<Option<Error>> {
        loop {
            // The queue is not looked at meanwhile, and so does not wake this task.
            let was_sending = self.sent < self.wire.len();
            // Whoever calls now is not to follow those who wait in vain.
            if self.shared.given_up() > 0
                && let Some(error) = self.find_silence()
            {
                return Poll::Ready(Some(error));
            }
            // What comes while nothing is asked for must not be taken for the answer to what is asked next.
            if self.in_flight.is_empty()
                && let Poll::Ready(error) = self.poll_receive(cx)
            {
                return Poll::Ready(Some(classify(&error, Stage::Sent)));
            }
            let taken = match self.poll_take(cx, queue) {
                Poll::Ready(0) if self.in_flight.is_empty() => return Poll::Ready(None),
                Poll::Ready(taken) => taken,
                Poll::Pending => 0,
            };
            if let Poll::Ready(Err(error)) = self.poll_send(cx) {
                return Poll::Ready(Some(classify_io(error.kind(), Stage::Sent)));
            }
            if let Poll::Ready(error) = self.poll_receive(cx) {
                return Poll::Ready(Some(classify(&error, Stage::Sent)));
            }
            if self.in_flight.is_empty()
                && let Some(error) = self.condemned.take()
            {
                return Poll::Ready(Some(error));
            }
            if self.watch.poll_tick(cx).is_ready() {
                if let Some(error) = self.find_silence() {
                    return Poll::Ready(Some(error));
                }
                self.ask_for_a_sign();
            } else if (taken == 0 && !was_sending) || self.sent < self.wire.len() {
                return Poll::Pending;
            }
        }
    }

    /// Takes what waits in the queue, once all that was taken before is sent: what waits longer is more.
    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut UnboundedReceiver<Arc<Exchange>>,
    ) -> Poll<usize> {
        if self.sent < self.wire.len() || self.condemned.is_some() {
            return Poll::Pending;
        }
        self.wire.clear();
        self.sent = 0;
        let taken = match self.batch.len() {
            0 => ready!(queue.poll_recv_many(cx, self.batch, BATCH)),
            waiting => waiting,
        };
        let since = clock::now();
        let mut batch = mem::take(self.batch);
        for exchange in batch.drain(..) {
            if let Some(wire) = exchange.begin() {
                let replies = exchange.replies;
                self.enqueue(Some(exchange), wire, replies, since);
            }
        }
        *self.batch = batch;
        Poll::Ready(taken)
    }

    fn enqueue(&mut self, exchange: Option<Arc<Exchange>>, wire: Vec<u8>, replies: usize, since: Instant) {
        let begins_at = self.queued_bytes;
        self.queued_bytes += wire.len() as u64;
        if self.wire.is_empty() {
            self.wire = wire;
        } else {
            self.wire.extend_from_slice(&wire);
        }
        self.in_flight.push_back(InFlight { exchange, replies, received: Vec::new(), begins_at, since });
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.wire.len() {
            let written = ready!(self.transport.poll_write(cx, &self.wire[self.sent..]))?;
            self.sent += written;
            self.sent_bytes += written as u64;
        }
        self.transport.poll_flush(cx)
    }

    /// Hands out replies for as long as there are any. Ready only with an error.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<RedisError> {
        loop {
            let value = match ready!(self.transport.poll_reply(cx)) {
                Ok(value) => value,
                Err(error) => return Poll::Ready(error),
            };
            self.last_heard = clock::now();
            self.was_of_use = true;
            if !self.deliver(value) {
                return Poll::Ready(io::Error::from(io::ErrorKind::InvalidData).into());
            }
        }
    }

    /// Hands a reply to whoever waits for it. `false` if nobody does: the conversation is out of step.
    fn deliver(&mut self, value: Value) -> bool {
        let Some(front) = self.in_flight.front_mut() else { return false };
        if let Value::ServerError(error) = &value {
            let error = classify(&RedisError::from(error.clone()), Stage::Sent);
            if error.condemns_connection() {
                self.condemned = Some(error);
            }
        }
        let answer = if front.replies == 1 {
            Answer::One(value)
        } else {
            front.received.push(value);
            if front.received.len() < front.replies {
                return true;
            }
            Answer::Many(mem::take(&mut front.received))
        };
        if let Some(exchange) = self.in_flight.pop_front().and_then(|front| front.exchange) {
            self.shared.heard();
            exchange.answer(Ok(answer));
        }
        true
    }

    /// The connection is silent if commands wait and nothing was heard for the response timeout. The more
    /// callers gave up meanwhile, the sooner: one of them may have begun to wait a little before its command
    /// was taken, and several may have less time than the response timeout. But it takes more than a moment,
    /// however many give up in it.
    fn find_silence(&self) -> Option<Error> {
        let front = self.in_flight.front()?;
        let timeout = self.shared.settings.config.response_timeout;
        let moment = self.watch.period();
        let patience = match self.shared.given_up() {
            0 => timeout,
            1..GIVEN_UP => timeout.saturating_sub(moment),
            GIVEN_UP.. => moment,
        };
        let silent_for = clock::now().saturating_duration_since(self.last_heard.max(front.since));
        (silent_for > patience).then(|| Error::new(ErrorKind::Timeout, "the server went silent"))
    }

    /// While nobody calls, a PING now and then keeps the connection honest.
    fn ask_for_a_sign(&mut self) {
        let now = clock::now();
        let idle = now.saturating_duration_since(self.last_heard);
        let is_at_rest = self.in_flight.is_empty() && self.wire.len() == self.sent;
        if is_at_rest && idle > self.shared.settings.config.idle_check {
            self.wire.clear();
            self.sent = 0;
            let mut ping = Vec::new();
            Command::new("PING").write_to(&mut ping);
            self.enqueue(None, ping, 1, now);
        }
    }

    /// Tells everybody who still waits how far their commands had come.
    fn fail_in_flight(&mut self, error: Option<&Error>) {
        let closed = super::link::closed();
        let error = error.unwrap_or(&closed);
        for InFlight { exchange, begins_at, .. } in self.in_flight.drain(..) {
            let stage = if begins_at < self.sent_bytes { Stage::Sent } else { Stage::Unsent };
            if let Some(exchange) = exchange {
                exchange.fail(error.clone().with_outcome(stage.outcome()));
            }
        }
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        self.fail_in_flight(None);
    }
}
