use std::{
    io::{self, Write},
    process,
    time::Instant,
};

use redis::{RedisError, Value};

use super::transport::Transport;
use crate::{
    clock,
    config::ServiceConfig,
    error::{Error, ErrorKind, Outcome, Result, Stage, classify, classify_io},
    protocol::{Decoder, Echo, Handshake, Nonce, RawPipeline, Reply, is_left_open},
    resilience::{Deadline, SequenceCheck},
    topology::Endpoint,
};

/// A connection to one server, after its handshake.
///
/// After any error of its methods its state is unknown: it must be dropped.
pub(super) struct Connection {
    transport: Transport,
    decoder: Decoder,
    wire: Vec<u8>,
    last_used: Instant,
    /// Whether the server is still within a transaction that should have ended.
    is_left_open: bool,
    sequence: SequenceCheck,
    /// The process that opened it.
    process: u32,
}

/// Not everything could be sent, or it is unknown whether it was.
struct Unsent {
    sent: usize,
    error: Error,
}

/// A buffer that a large command has grown beyond this is freed.
const MAX_RETAINED: usize = 64 * 1024;

impl Connection {
    pub(super) fn open(endpoint: &Endpoint, deadline: Deadline) -> Result<Self> {
        let opened = Self::open_in_time(endpoint, deadline).map_err(Error::of_opening)?;
        endpoint.connected(clock::now());
        Ok(opened)
    }

    fn open_in_time(endpoint: &Endpoint, deadline: Deadline) -> Result<Self> {
        let deadline = deadline.or_after(clock::now(), endpoint.config.connect_timeout);
        let handshake = endpoint.handshake()?;
        Self::greet(endpoint, &handshake, deadline).or_else(|error| {
            match endpoint.handshake_after(&handshake, &error) {
                Some(handshake) => Self::greet(endpoint, &handshake, deadline),
                None => Err(error),
            }
        })
    }

    fn greet(endpoint: &Endpoint, handshake: &Handshake, deadline: Deadline) -> Result<Self> {
        let now = clock::now();
        let transport = Transport::connect(endpoint, deadline.instant())?;
        let mut connection = Self {
            transport,
            decoder: Decoder::default(),
            wire: Vec::new(),
            last_used: now,
            is_left_open: false,
            sequence: SequenceCheck::default(),
            process: process::id(),
        };
        let commands = handshake.commands();
        let replies = connection
            .run_handshake(&commands, deadline)
            .map_err(|error| connection.transport.explain(error))
            .and_then(|(replies, ended)| {
                handshake.check(replies, ended.map(|error| connection.transport.explain(error)))
            })
            .and_then(|greeting| match greeting.verification() {
                Some((command, verification)) => {
                    match connection.run_handshake(&[command].into_iter().collect(), deadline) {
                        Ok((_, None)) => Ok(()),
                        Ok((_, Some(_))) | Err(_) => Err(verification),
                    }
                }
                None => Ok(()),
            });
        // Only the handshake was sent: the caller's command was not.
        replies.map_err(|error| error.with_outcome(Outcome::NotApplied))?;
        Ok(connection)
    }

    /// Returns the replies, and the error of the connection if it ended before there were all of them.
    fn run_handshake(
        &mut self,
        commands: &RawPipeline,
        deadline: Deadline,
    ) -> Result<(Vec<Result<Reply>>, Option<Error>)> {
        if let Err(error) = self.send(deadline, |wire| commands.write_to(wire)) {
            // A server that closes the connection may have said why.
            drop(self.receive(deadline));
            return Err(error);
        }
        let (mut replies, mut ended) = (Vec::with_capacity(commands.replies()), None);
        while ended.is_none() && replies.len() < commands.replies() {
            match self.receive(deadline) {
                Ok(reply) => replies.push(reply),
                Err(error) => ended = Some(error),
            }
        }
        Ok((commands.parse_replies(replies)?, ended))
    }

    /// Returns when the last reply was received.
    pub(super) fn last_used(&self) -> Instant {
        self.last_used
    }

    /// Returns whether the connection can be used again: it is open, has nothing left to read, and, after it
    /// was idle for longer than `idle_check`, answers a PING.
    pub(super) fn is_usable(&mut self, config: &ServiceConfig, deadline: Deadline) -> bool {
        if self.is_of_another_process() {
            return false;
        }
        self.transport.until(deadline.instant());
        // Unrequested bytes would be taken for the next command's reply.
        if self.is_left_open || !self.transport.is_quiet() || !self.decoder.is_empty() {
            return false;
        }
        let now = clock::now();
        if now.saturating_duration_since(self.last_used) < config.idle_check {
            return true;
        }
        // A connection that died while it was idle must leave time for another.
        let patience = config.response_timeout.min(deadline.left(now) / 2);
        self.answers(deadline.or_after(now, patience))
    }

    /// Returns whether this process was forked from the one that opened it, which reads its replies as well.
    pub(super) fn is_of_another_process(&self) -> bool {
        self.process != process::id()
    }

    fn answers(&mut self, deadline: Deadline) -> bool {
        let nonce = Nonce::new(fastrand::u64(..));
        let echo =
            self.send(deadline, |wire| nonce.command().write_to(wire)).and_then(|()| self.receive(deadline));
        echo.is_ok_and(|echo| nonce.look(&echo) == Echo::InPlace)
    }

    /// Sends one command and waits for its reply, on a connection that callers take in turns.
    pub(super) fn exchange_one(
        &mut self,
        deadline: Deadline,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Value> {
        self.exchange(1, deadline, write, |connection| connection.receive(deadline))
    }

    /// Sends commands and waits for `replies` replies, on a connection that callers take in turns.
    pub(super) fn exchange_many(
        &mut self,
        replies: usize,
        deadline: Deadline,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<Value>> {
        self.exchange(replies, deadline, write, |connection| connection.receive_many(replies, deadline))
    }

    /// Sends and receives; now and then with a check, whose reply shows that the replies before it were in
    /// their places.
    fn exchange<T>(
        &mut self,
        replies: usize,
        deadline: Deadline,
        write: impl FnOnce(&mut Vec<u8>),
        receive: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.wire.clear();
        write(&mut self.wire);
        let commands = self.wire.len();
        let is_due = self.sequence.is_due_after(u32::try_from(replies).unwrap_or(u32::MAX));
        let nonce = is_due.then(|| Nonce::new(fastrand::u64(..)));
        if let Some(nonce) = nonce {
            nonce.command().write_to(&mut self.wire);
        }
        if let Err(Unsent { sent, error }) = self.write_all(deadline) {
            // A server runs no command whose end is missing; of several, it may have run the first.
            let is_unsent = sent == 0 || (replies == 1 && sent < commands);
            let stage = if is_unsent { Stage::Unsent } else { Stage::Sent };
            return Err(self.why(error, deadline).with_outcome(stage.outcome()));
        }
        let received = receive(self)?;
        if let Some(nonce) = nonce {
            self.check(nonce, deadline)?;
        }
        Ok(received)
    }

    /// Verifies that the replies before this one were in their places.
    fn check(&mut self, nonce: Nonce, deadline: Deadline) -> Result<()> {
        match nonce.look(&self.receive(deadline)?) {
            Echo::InPlace | Echo::Failed => Ok(()),
            Echo::Refused => {
                self.sequence.refused();
                Ok(())
            }
            // The check was queued as well. The connection is dropped for that reason.
            Echo::OutOfPlace if self.is_left_open => Ok(()),
            Echo::OutOfPlace => Err(Error::out_of_step()),
        }
    }

    /// Returns why sending failed: the server's error before it closed the connection, if there is one. A
    /// server does so with a command that is larger than it accepts.
    fn why(&mut self, error: Error, deadline: Deadline) -> Error {
        if error.kind() != ErrorKind::Connection {
            return error;
        }
        match self.receive(deadline).map(Reply::from_server) {
            Ok(Err(said)) => said,
            _ => error,
        }
    }

    /// Returns a handle that can shut the connection down from another thread.
    pub(super) fn handle(&self) -> std::io::Result<std::net::TcpStream> {
        self.transport.handle()
    }

    /// Sends the bytes that `write` appends.
    pub(super) fn send(&mut self, deadline: Deadline, write: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        self.wire.clear();
        write(&mut self.wire);
        self.write_all(deadline).map_err(|Unsent { sent, error }| {
            let stage = if sent == 0 { Stage::Unsent } else { Stage::Sent };
            error.with_outcome(stage.outcome())
        })
    }

    fn write_all(&mut self, deadline: Deadline) -> Result<(), Unsent> {
        self.transport.until(deadline.instant());
        let mut sent = 0;
        let failed = |kind, sent| Err(Unsent { sent, error: classify_io(kind, Stage::Sent) });
        while sent < self.wire.len() {
            match self.transport.write(&self.wire[sent..]) {
                Ok(0) => return failed(io::ErrorKind::UnexpectedEof, sent),
                Ok(written) => sent += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return failed(error.kind(), sent),
            }
        }
        if let Err(error) = self.transport.flush() {
            return failed(error.kind(), sent);
        }
        if self.wire.capacity() > MAX_RETAINED {
            self.wire = Vec::new();
        }
        Ok(())
    }

    /// Waits for the next reply.
    pub(super) fn receive(&mut self, deadline: Deadline) -> Result<Value> {
        self.transport.until(deadline.instant());
        let value = self.read_reply().map_err(|error| classify(&error, Stage::Sent))?;
        self.last_used = clock::now();
        Ok(value)
    }

    fn read_reply(&mut self) -> Result<Value, RedisError> {
        loop {
            if let Some(value) = self.decoder.next()? {
                return Ok(value);
            }
            if self.decoder.read_from(&mut self.transport)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    pub(super) fn receive_many(&mut self, replies: usize, deadline: Deadline) -> Result<Vec<Value>> {
        let replies: Result<Vec<Value>> = (0..replies).map(|_| self.receive(deadline)).collect();
        self.is_left_open = replies.as_ref().is_ok_and(|replies| is_left_open(replies));
        replies
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use redis_testkit::{Options, Server};

    use super::{super::dedicated_connection::DedicatedConnection, *};

    #[test]
    fn a_connection_is_of_use_to_the_process_that_opened_it_alone() {
        let server = Server::start(Options::default()).unwrap();
        let config = Arc::new(ServiceConfig::default());
        let endpoint = Endpoint::new(&server.host(), server.port(), Arc::clone(&config)).unwrap();
        let soon = Deadline::after(clock::now(), Duration::from_secs(10));
        let mut connection = Connection::open(&endpoint, soon).unwrap();
        assert!(connection.is_usable(&config, soon));
        // What a fork does, which takes `unsafe`.
        connection.process += 1;
        assert!(!connection.is_usable(&config, soon));
        let mut dedicated = DedicatedConnection::of(connection);
        let error = dedicated.exchange(b"PING\r\n".to_vec(), 1, soon).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
    }
}
