use std::io::{self, Read, Write};

use super::TlsStream;
use crate::error::{Error, ErrorKind};

/// What the bytes of commands and replies pass on their way to a socket and back: TLS, or nothing.
///
/// A socket that says `WouldBlock` is asked again later, with nothing lost: so the async API lends one that
/// never waits.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    session: Option<Box<TlsStream>>,
    /// The first byte that came over a plain socket.
    first: Option<u8>,
}

impl Channel {
    pub(crate) fn new(session: Option<TlsStream>) -> Self {
        Self { session: session.map(Box::new), first: None }
    }

    /// Shakes hands, unless it is plain.
    pub(crate) fn handshake(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        match &mut self.session {
            Some(session) => session.handshake(socket),
            None => Ok(()),
        }
    }

    pub(crate) fn read(&mut self, socket: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(session) = &mut self.session else {
            let read = socket.read(buffer)?;
            if self.first.is_none() {
                self.first = buffer[..read].first().copied();
            }
            return Ok(read);
        };
        session.read(socket, buffer)
    }

    /// An error means that not one of `bytes` has left.
    pub(crate) fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.session {
            Some(session) => session.write(socket, bytes),
            None => socket.write(bytes),
        }
    }

    pub(crate) fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        match &mut self.session {
            Some(session) => session.send(socket),
            None => socket.flush(),
        }
    }

    /// Takes what has arrived though nobody asked for it. `false` if it is more than TLS keeping house:
    /// bytes that would be taken for the next command's reply, or the end.
    #[cfg(feature = "blocking")]
    pub(crate) fn absorb(&mut self, socket: &mut impl Read) -> bool {
        self.session.as_mut().is_some_and(|session| session.absorb(socket))
    }

    /// Whether no byte of a reply is left in here.
    #[cfg(feature = "blocking")]
    pub(crate) fn is_drained(&mut self) -> bool {
        self.session.as_mut().is_none_or(|session| session.is_drained())
    }

    /// What `error` really means, if it came before the server had answered anything.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match (&self.session, self.first) {
            (Some(session), _) => session.explain(error),
            (None, Some(first)) if is_tls_record(first) => {
                Error::new(ErrorKind::Tls, "the server expects TLS").with_source(error)
            }
            (None, None) if error.kind() == ErrorKind::Connection => {
                // As a rule, Redis resets a plain connection to its TLS port without a word; but so does a
                // proxy whose server is away.
                let message = "the server closed the connection without a word: it may expect TLS";
                Error::new(ErrorKind::Connection, message).with_source(error)
            }
            _ => error,
        }
    }
}

/// No reply of RESP begins with the content type of a TLS record: they are control characters.
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
