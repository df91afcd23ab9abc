use std::io::{self, Read, Write};

use super::TlsStream;
use crate::error::{Error, ErrorKind};

/// The layer between commands or replies and a socket: TLS, or nothing.
///
/// If a socket returns `WouldBlock`, the call is repeated later without loss: so the async API lends a socket
/// that never waits.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    tls_stream: Option<Box<TlsStream>>,
    /// The first byte that arrived over a plain socket.
    first: Option<u8>,
}

impl Channel {
    pub(crate) fn new(tls_stream: Option<TlsStream>) -> Self {
        Self { tls_stream: tls_stream.map(Box::new), first: None }
    }

    /// Does the TLS handshake; nothing on a plain connection.
    pub(crate) fn handshake(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        match &mut self.tls_stream {
            Some(tls_stream) => tls_stream.handshake(socket),
            None => Ok(()),
        }
    }

    pub(crate) fn read(&mut self, socket: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls_stream) = &mut self.tls_stream else {
            let read = socket.read(buffer)?;
            if self.first.is_none() {
                self.first = buffer[..read].first().copied();
            }
            return Ok(read);
        };
        tls_stream.read(socket, buffer)
    }

    /// An error means that none of `bytes` was sent.
    pub(crate) fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls_stream {
            Some(tls_stream) => tls_stream.write(socket, bytes),
            None => socket.write(bytes),
        }
    }

    pub(crate) fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        match &mut self.tls_stream {
            Some(tls_stream) => tls_stream.send(socket),
            None => socket.flush(),
        }
    }

    /// Reads what has arrived without a request. Returns `false` if it is more than TLS' own messages: bytes
    /// that would be taken for the next command's reply, or the end.
    #[cfg(feature = "blocking")]
    pub(crate) fn drain_tls_records(&mut self, socket: &mut impl Read) -> bool {
        self.tls_stream.as_mut().is_some_and(|tls_stream| tls_stream.drain_tls_records(socket))
    }

    /// Returns whether no byte of a reply is left in here.
    #[cfg(feature = "blocking")]
    pub(crate) fn is_drained(&mut self) -> bool {
        self.tls_stream.as_mut().is_none_or(|tls_stream| tls_stream.is_drained())
    }

    /// Explains `error`, if it came before the server's first answer.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match (&self.tls_stream, self.first) {
            (Some(tls_stream), _) => tls_stream.explain(error),
            (None, Some(first)) if is_tls_record(first) => {
                Error::new(ErrorKind::Tls, "the server expects TLS").with_source(error)
            }
            (None, None) if error.kind() == ErrorKind::Connection => {
                // Redis usually resets a plain connection to its TLS port without an answer, but so does a
                // proxy whose server is down.
                let message = "the server closed the connection without an answer: it may expect TLS";
                Error::new(ErrorKind::Connection, message).with_source(error)
            }
            _ => error,
        }
    }
}

/// A reply of RESP never begins with the content type of a TLS record: those are control characters.
fn is_tls_record(first: u8) -> bool {
    matches!(first, 0x14..=0x18)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(answer: &[u8], kind: ErrorKind) -> Error {
        let mut channel = Channel::default();
        let mut answer = answer;
        while channel.read(&mut answer, &mut [0; 4]).unwrap() > 0 {}
        channel.explain(Error::new(kind, "as it was"))
    }

    #[test]
    fn a_plain_client_recognises_a_server_that_expects_tls() {
        let alert = [0x15, 3, 1, 0, 2, 2, 70];
        let error = explained(&alert, ErrorKind::Protocol);
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert_eq!(error.to_string(), "the server expects TLS (tls, not applied)");

        let error = explained(b"", ErrorKind::Connection);
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains("may expect TLS"), "{error}");
    }

    #[test]
    fn other_errors_stay_what_they_are() {
        for (answer, kind) in [
            (&b""[..], ErrorKind::Timeout),
            (b"-ERR", ErrorKind::Connection),
            (b"+OK", ErrorKind::Protocol),
            (b"-NOAUTH", ErrorKind::Auth),
        ] {
            let error = explained(answer, kind);
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().starts_with("as it was"), "{error}");
        }
    }
}
