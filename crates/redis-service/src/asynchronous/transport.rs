use std::{
    future::poll_fn,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll, ready},
};

use redis::{RedisError, Value};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
};

use crate::{
    Error, ErrorKind, Result,
    error::{Stage, classify_io},
    settings::Settings,
};

/// A socket, and the replies that are read from it.
///
/// Reading and writing are polls, so that one task can do both at once.
pub(super) struct Transport {
    stream: TcpStream,
    parser: redis::Parser,
}

impl Transport {
    /// Connects to the first address that accepts.
    pub(super) async fn connect(settings: &Settings) -> Result<Self> {
        let addresses = lookup_host((settings.host.as_str(), settings.port))
            .await
            .map_err(|_| Error::new(ErrorKind::Connection, "the host name cannot be resolved"))?;
        let mut refusal = io::ErrorKind::NotFound;
        for address in addresses {
            let connected = TcpStream::connect(address)
                .await
                .and_then(|stream| settings.socket.apply(&SockRef::from(&stream)).map(|()| stream));
            match connected {
                Ok(stream) => return Ok(Self { stream, parser: redis::Parser::new() }),
                Err(error) => refusal = error.kind(),
            }
        }
        Err(classify_io(refusal, Stage::Unsent))
    }

    /// Writes some of `bytes` and tells how many.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => Poll::Ready(Ok(written)),
        }
    }

    /// Sends on what a layer below may still hold.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Reads the next reply. What has been read of an unfinished one is kept.
    pub(super) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Value, RedisError>> {
        let mut reader = PollReader { stream: &mut self.stream, cx, is_pending: false };
        let parsed = self.parser.parse_value(&mut reader);
        match parsed {
            Err(_) if reader.is_pending => Poll::Pending,
            settled => Poll::Ready(settled),
        }
    }

    /// Writes all of `bytes`.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        while sent < bytes.len() {
            sent += poll_fn(|cx| self.poll_write(cx, &bytes[sent..])).await?;
        }
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Waits for the next reply.
    pub(super) async fn receive(&mut self) -> Result<Value, RedisError> {
        poll_fn(|cx| self.poll_reply(cx)).await
    }
}

/// Lets the parser, which knows only blocking readers, read a socket as far as it goes without blocking.
struct PollReader<'a, 'b> {
    stream: &'a mut TcpStream,
    cx: &'a mut Context<'b>,
    is_pending: bool,
}

impl Read for PollReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer) {
            Poll::Ready(result) => result.map(|()| buffer.filled().len()),
            Poll::Pending => {
                self.is_pending = true;
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }
}
