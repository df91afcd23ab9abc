use std::{
    io::{self, Write},
    time::Instant,
};

use redis::{RedisError, Value};

use super::transport::Transport;
use crate::{
    clock,
    config::ServiceConfig,
    error::{Result, Stage, classify, classify_io},
    protocol::{Command, Decoder, Handshake, Pipeline, Reply, is_left_open},
    resilience::Deadline,
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
}

/// A buffer that a large command has grown beyond this is freed.
const KEPT_BUFFER: usize = 64 * 1024;

impl Connection {
    pub(super) fn open(endpoint: &Endpoint, deadline: Deadline) -> Result<Self> {
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
        };
        let commands = handshake.commands();
        let replies = connection
            .introduce(&commands, deadline)
            .map_err(|error| connection.transport.explain(error))
            .and_then(|replies| handshake.check(replies));
        // Only the handshake was sent: the caller's command was not.
        replies.map_err(|error| error.with_outcome(crate::error::Outcome::NotApplied))?;
        Ok(connection)
    }

    fn introduce(&mut self, commands: &Pipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        if let Err(error) = self.send(deadline, |wire| commands.write_to(wire)) {
            // A server that closes the connection may have said why.
            drop(self.receive(deadline));
            return Err(error);
        }
        commands.parse_replies(self.receive_many(commands.replies(), deadline)?)
    }

    /// Returns whether the connection can be used again: it is open, has nothing left to read, and, after it
    /// was idle for longer than `idle_check`, answers a PING.
    pub(super) fn is_usable(&mut self, config: &ServiceConfig, deadline: Deadline) -> bool {
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

    fn answers(&mut self, deadline: Deadline) -> bool {
        // A nonce: the answer to another caller's PING must not count.
        let nonce = fastrand::u64(..).to_string().into_bytes();
        let ping = Command::new("PING").arg(&nonce[..]);
        let echo = self.send(deadline, |wire| ping.write_to(wire)).and_then(|()| self.receive(deadline));
        matches!(echo, Ok(Value::BulkString(echo)) if echo == nonce)
    }

    /// Returns a handle that can shut the connection down from another thread.
    pub(super) fn handle(&self) -> std::io::Result<std::net::TcpStream> {
        self.transport.handle()
    }

    /// Sends the bytes that `write` appends.
    pub(super) fn send(&mut self, deadline: Deadline, write: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        self.wire.clear();
        write(&mut self.wire);
        self.transport.until(deadline.instant());
        let mut sent = 0;
        while sent < self.wire.len() {
            let stage = if sent == 0 { Stage::Unsent } else { Stage::Sent };
            match self.transport.write(&self.wire[sent..]) {
                Ok(0) => return Err(classify_io(io::ErrorKind::UnexpectedEof, stage)),
                Ok(written) => sent += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(classify_io(error.kind(), stage)),
            }
        }
        self.transport.flush().map_err(|error| classify_io(error.kind(), Stage::Sent))?;
        if self.wire.capacity() > KEPT_BUFFER {
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
