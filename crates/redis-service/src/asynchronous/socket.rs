use std::{
    io::{self, IoSlice, Read, Write},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[cfg(feature = "testing")]
pub(super) use super::scripted::Stream;
#[cfg(not(feature = "testing"))]
pub(super) use tokio::net::TcpStream as Stream;

/// A socket for the length of a poll, as a reader and writer without `async`: instead of waiting it returns
/// `WouldBlock`, and the task is woken once the socket is ready.
pub(super) struct Socket<'a, 'b> {
    stream: &'a mut Stream,
    cx: &'a mut Context<'b>,
}

impl<'a, 'b> Socket<'a, 'b> {
    pub(super) fn new(stream: &'a mut Stream, cx: &'a mut Context<'b>) -> Self {
        Self { stream, cx }
    }
}

/// Converts the result into a poll.
pub(super) fn as_poll<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        settled => Poll::Ready(settled),
    }
}

fn of_poll<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Read for Socket<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        of_poll(Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer))?;
        Ok(buffer.filled().len())
    }
}

impl Write for Socket<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        of_poll(Pin::new(&mut *self.stream).poll_write(self.cx, bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        of_poll(Pin::new(&mut *self.stream).poll_write_vectored(self.cx, slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        of_poll(Pin::new(&mut *self.stream).poll_flush(self.cx))
    }
}
