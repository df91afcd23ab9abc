use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};

#[cfg(feature = "testing")]
use super::scripted::Socket;
use super::socket::ReadState;
#[cfg(not(feature = "testing"))]
use super::socket::Socket;
use crate::{
    error::{Error, Result, Stage, classify_io},
    tls::{Channel, TlsConnector},
    topology::Endpoint,
};

/// A socket, plain or with TLS, whose reads and writes all end at one deadline.
pub(super) struct Transport {
    socket: Socket,
    channel: Channel,
}

/// How many times one check of a connection reads unrequested bytes. A server sends few session tickets.
const MAX_READS: usize = 16;

impl Transport {
    /// Connects to the first address that accepts, and does the TLS handshake, if there is TLS.
    pub(super) fn connect(endpoint: &Endpoint, until: Instant) -> Result<Self> {
        // First, so that no server is contacted in vain if a certificate cannot be read.
        let tls_stream = endpoint.tls.as_ref().map(TlsConnector::tls_stream).transpose()?;
        let mut transport =
            Self { socket: Socket::connect(endpoint, until)?, channel: Channel::new(tls_stream) };
        let shaken = transport.channel.handshake(&mut transport.socket);
        shaken.map_err(|error| transport.explain(classify_io(error.kind(), Stage::Unsent)))?;
        Ok(transport)
    }

    /// Sets the time at which all further reads and writes end.
    pub(super) fn until(&mut self, until: Instant) {
        self.socket.until(until);
    }

    /// Returns whether the connection is as it was left: open, and with nothing to read. Unrequested bytes
    /// would be taken for the next command's reply.
    ///
    /// TLS may have sent messages of its own meanwhile; they are read here, and are no reason to reconnect.
    pub(super) fn is_quiet(&mut self) -> bool {
        for _ in 0..MAX_READS {
            match self.socket.read_state() {
                ReadState::Nothing => return self.channel.is_drained(),
                ReadState::Bytes if self.channel.drain_tls_records(&mut self.socket) => {}
                ReadState::Bytes | ReadState::End => return false,
            }
        }
        false
    }

    /// Returns a handle that can shut the connection down from another thread.
    pub(super) fn handle(&self) -> io::Result<TcpStream> {
        self.socket.handle()
    }

    /// Explains an error of the handshake by what the TLS layer knows.
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
