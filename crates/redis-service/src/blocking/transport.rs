use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};

use super::socket::{Arrival, Socket};
use crate::{
    error::{Error, Result, Stage, classify_io},
    tls::{Channel, Client},
    topology::Endpoint,
};

/// A socket, plain or below TLS, whose every read and write ends at one deadline.
pub(super) struct Transport {
    socket: Socket,
    channel: Channel,
}

/// How often one look at a connection reads what nobody asked for. A server sends few session tickets.
const MOST_READS: usize = 16;

impl Transport {
    /// Connects to the first address that accepts, and shakes hands.
    pub(super) fn connect(endpoint: &Endpoint, until: Instant) -> Result<Self> {
        // First, so that nobody is called in vain if a certificate cannot be read.
        let session = endpoint.tls.as_ref().map(Client::session).transpose()?;
        let mut transport =
            Self { socket: Socket::connect(endpoint, until)?, channel: Channel::new(session) };
        let shaken = transport.channel.handshake(&mut transport.socket);
        shaken.map_err(|error| transport.explain(classify_io(error.kind(), Stage::Unsent)))?;
        Ok(transport)
    }

    /// Sets the time by which all further reads and writes must be done.
    pub(super) fn until(&mut self, until: Instant) {
        self.socket.until(until);
    }

    /// Whether the connection is as it was left: open, and with nothing to read. Bytes that nobody asked
    /// for would be taken for the next command's reply.
    ///
    /// TLS may have sent something for itself meanwhile; that is read here, and is no reason to reconnect.
    pub(super) fn is_quiet(&mut self) -> bool {
        for _ in 0..MOST_READS {
            match self.socket.arrival() {
                Arrival::Nothing => return self.channel.is_drained(),
                Arrival::Bytes if self.channel.absorb(&mut self.socket) => {}
                Arrival::Bytes | Arrival::End => return false,
            }
        }
        false
    }

    /// A handle to shut the connection down from another thread.
    pub(super) fn handle(&self) -> io::Result<TcpStream> {
        self.socket.handle()
    }

    /// What an error of the first words on this connection really means.
    pub(super) fn explain(&self, error: Error) -> Error {
        self.channel.explain(error)
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.channel.read(&mut self.socket, buffer)
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.channel.write(&mut self.socket, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.channel.flush(&mut self.socket)
    }
}
