use std::{
    future::poll_fn,
    io::{self, Read},
    task::{Context, Poll, ready},
    time::Duration,
};

use redis::{RedisError, Value};
use socket2::SockRef;
use tokio::{
    net::{TcpStream, lookup_host},
    task::spawn_blocking,
    time::timeout,
};

#[cfg(not(feature = "testing"))]
use self::connect as open_stream;
#[cfg(feature = "testing")]
use super::scripted::open_stream;
use super::socket::{Socket, Stream, as_poll};
use crate::{
    clock,
    error::{Error, ErrorKind, Result, Stage, classify_io, classify_path},
    protocol::Decoder,
    tls::{Channel, TlsStream},
    topology::{Endpoint, connect_to_path, share_of},
};

/// A socket, plain or with TLS, and the replies that are read from it.
///
/// Reading and writing are polls, so that one task can do both at once.
pub(super) struct Transport {
    stream: Stream,
    channel: Channel,
    decoder: Decoder,
    /// The number of bytes read.
    bytes_read: u64,
    /// How long the handshake took.
    round_trip: Duration,
}

/// After this number of reads in a row, other tasks get their turn.
pub(super) const MAX_READS: u32 = 16;

impl Transport {
    /// Connects to the first address that accepts.
    pub(super) async fn connect(endpoint: &Endpoint) -> Result<Self> {
        // First, so that no server is contacted in vain if a certificate cannot be read.
        let channel = Channel::new(session(endpoint).await?);
        Ok(Self {
            stream: open_stream(endpoint).await?,
            channel,
            decoder: Decoder::default(),
            bytes_read: 0,
            round_trip: Duration::ZERO,
        })
    }

    /// Does the TLS handshake, if there is TLS.
    pub(super) async fn handshake(&mut self) -> Result<()> {
        let Self { stream, channel, .. } = self;
        let shaken = poll_fn(|cx| as_poll(channel.handshake(&mut Socket::new(stream, cx))));
        shaken.await.map_err(|error| classify_io(error.kind(), Stage::Unsent))
    }

    /// Writes a part of `bytes` and returns how many.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.channel.write(&mut Socket::new(&mut self.stream, cx), bytes) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            settled => as_poll(settled),
        }
    }

    /// Sends the bytes that an inner layer may still hold.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        as_poll(self.channel.flush(&mut Socket::new(&mut self.stream, cx)))
    }

    /// Reads the next reply. The part of an unfinished reply is kept.
    ///
    /// After `MAX_READS` `reads`, other tasks get their turn: this task is woken again.
    pub(super) fn poll_reply(
        &mut self,
        cx: &mut Context<'_>,
        reads: &mut u32,
    ) -> Poll<Result<Value, RedisError>> {
        let Self { stream, channel, decoder, bytes_read, .. } = self;
        loop {
            if let Some(value) = decoder.next()? {
                return Poll::Ready(Ok(value));
            }
            if *reads == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            *reads -= 1;
            let mut incoming = Incoming { channel: &mut *channel, socket: Socket::new(stream, cx) };
            let read = ready!(as_poll(decoder.read_from(&mut incoming)))?;
            *bytes_read += read as u64;
            if read == 0 {
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()));
            }
        }
    }

    /// Returns how many bytes have arrived so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Returns how long the handshake took: an answer takes hardly less time.
    pub(super) fn round_trip(&self) -> Duration {
        self.round_trip
    }

    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// Returns whether a part of a reply has arrived.
    pub(super) fn has_unread(&self) -> bool {
        !self.decoder.is_empty()
    }

    /// Writes all of `bytes`. The outcome of an error says whether any of them may have been sent.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let mut sent = 0;
        while sent < bytes.len() {
            let stage = if sent == 0 { Stage::Unsent } else { Stage::Sent };
            let written = poll_fn(|cx| self.poll_write(cx, &bytes[sent..])).await;
            sent += written.map_err(|error| classify_io(error.kind(), stage))?;
        }
        poll_fn(|cx| self.poll_flush(cx)).await.map_err(|error| classify_io(error.kind(), Stage::Sent))
    }

    /// Waits for the next reply.
    pub(super) async fn receive(&mut self) -> Result<Value, RedisError> {
        poll_fn(|cx| self.poll_reply(cx, &mut { MAX_READS })).await
    }

    /// Explains an error of the handshake by what the TLS layer knows.
    pub(super) fn explain(&self, error: Error) -> Error {
        self.channel.explain(error)
    }
}

/// Makes the TLS session, if TLS is configured. It reads files, so it runs on tokio's threads for blocking
/// work.
async fn session(endpoint: &Endpoint) -> Result<Option<TlsStream>> {
    let Some(client) = endpoint.tls.clone() else { return Ok(None) };
    match spawn_blocking(move || client.tls_stream()).await {
        Ok(session) => session.map(Some),
        Err(_) => Err(Error::new(ErrorKind::Closed, "the runtime is shutting down")),
    }
}

/// Connects to the first address that accepts.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<TcpStream> {
    if let Some(path) = endpoint.path() {
        return connect_to_path(path).and_then(TcpStream::from_std).map_err(|error| classify_path(&error));
    }
    let addresses = lookup_host((endpoint.host.as_str(), endpoint.port))
        .await
        .map_err(|_| Error::new(ErrorKind::Connection, "the host name cannot be resolved"))?;
    let addresses: Vec<_> = addresses.collect();
    let until = clock::now() + endpoint.config.connect_timeout;
    let mut refusal = io::ErrorKind::NotFound;
    for (address, untried) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let share = share_of(until.saturating_duration_since(clock::now()), untried);
        let connected = timeout(share, TcpStream::connect(address)).await;
        let connected = connected
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .and_then(|stream| endpoint.socket.apply(&SockRef::from(&stream)).map(|()| stream));
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) => refusal = error.kind(),
        }
    }
    Err(classify_io(refusal, Stage::Unsent))
}

/// A socket's incoming bytes, as a reader without `async`.
struct Incoming<'a, 'b> {
    channel: &'a mut Channel,
    socket: Socket<'a, 'b>,
}

impl Read for Incoming<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.channel.read(&mut self.socket, buffer)
    }
}
