use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};

use super::socket::{ReadState, Socket as Tcp};
use crate::{
    error::Result,
    testing::{Conversation, Incoming},
    topology::Endpoint,
};

/// A socket, or the memory that takes its place in a scripted service. Without the feature `testing`, a socket is all
/// there is.
pub(super) enum Socket {
    Tcp(Tcp),
    Scripted(Conversation),
}

impl Socket {
    pub(super) fn connect(endpoint: &Endpoint, until: Instant) -> Result<Self> {
        match &endpoint.scripted {
            Some(server) => Ok(Self::Scripted(Conversation::new(server))),
            None => Tcp::connect(endpoint, until).map(Self::Tcp),
        }
    }

    pub(super) fn until(&mut self, until: Instant) {
        match self {
            Self::Tcp(socket) => socket.until(until),
            // Nothing waits.
            Self::Scripted(_) => {}
        }
    }

    pub(super) fn handle(&self) -> io::Result<TcpStream> {
        match self {
            Self::Tcp(socket) => socket.handle(),
            Self::Scripted(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    pub(super) fn read_state(&mut self) -> ReadState {
        match self {
            Self::Tcp(socket) => socket.read_state(),
            Self::Scripted(conversation) => match conversation.incoming() {
                Incoming::Nothing => ReadState::Nothing,
                Incoming::Bytes => ReadState::Bytes,
                Incoming::End => ReadState::End,
            },
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(buffer),
            // All replies are there as soon as their commands are written: what is missing never comes.
            Self::Scripted(conversation) => {
                conversation.read(buffer)?.ok_or_else(|| io::ErrorKind::TimedOut.into())
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write(bytes),
            Self::Scripted(conversation) => conversation.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write_vectored(slices),
            Self::Scripted(conversation) => conversation.write(slices.first().map_or(&[], |slice| &**slice)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.flush(),
            Self::Scripted(_) => Ok(()),
        }
    }
}
