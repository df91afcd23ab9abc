use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::transport::connect;
use crate::{error::Result, testing::Conversation, topology::Endpoint};

/// A socket, or the memory that takes its place in a scripted service. Without the feature `testing`, a socket is all
/// there is.
pub(super) enum Stream {
    Tcp(TcpStream),
    Scripted {
        conversation: Conversation,
        /// The task that waits for a reply.
        reader: Option<Waker>,
    },
}

/// Opens a stream to the endpoint's server.
pub(super) async fn open_stream(endpoint: &Endpoint) -> Result<Stream> {
    match &endpoint.scripted {
        Some(server) => Ok(Stream::Scripted { conversation: Conversation::new(server), reader: None }),
        None => connect(endpoint).await.map(Stream::Tcp),
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Scripted { conversation, reader } => {
                let read = conversation.read(buffer.initialize_unfilled())?;
                if let Some(count) = read {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                *reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Scripted { conversation, reader } => {
                let written = conversation.write(bytes);
                if let Some(reader) = reader.take() {
                    reader.wake();
                }
                Poll::Ready(written)
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            scripted @ Self::Scripted { .. } => {
                Pin::new(scripted).poll_write(cx, slices.first().map_or(&[], |slice| &**slice))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Scripted { .. } => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Scripted { .. } => Poll::Ready(Ok(())),
        }
    }
}
