use std::{
    fmt,
    io::{self, Read, Write},
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, IoState, pki_types::ServerName};

use super::refusal::refused;
use crate::error::{Error, ErrorKind, Result};

/// TLS on one connection.
pub(crate) struct TlsStream {
    tls: ClientConnection,
    /// The reason why one side refused the other.
    refusal: Option<Error>,
}

impl TlsStream {
    pub(super) fn new(config: Arc<ClientConfig>, server: ServerName<'static>) -> Result<Self> {
        let tls = ClientConnection::new(config, server).map_err(refused)?;
        Ok(Self { tls, refusal: None })
    }

    /// Runs until the handshake is complete. With TLS 1.3 the server may still refuse the client's
    /// certificate then: it says so instead of its first answer.
    pub(super) fn handshake(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        while self.tls.is_handshaking() {
            self.send(socket)?;
            match self.receive(socket) {
                Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) => {
                    // The alert that gives the server the reason.
                    drop(self.send(socket));
                    return Err(error);
                }
            }
        }
        self.send(socket)
    }

    pub(super) fn read(&mut self, socket: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.receive(socket)?,
                settled => return settled,
            };
        }
    }

    pub(super) fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        self.send(socket)?;
        let taken = self.tls.writer().write(bytes)?;
        let mut counter = Counter { socket, written: 0 };
        match self.send(&mut counter) {
            Err(error) if counter.written == 0 && error.kind() != io::ErrorKind::WouldBlock => Err(error),
            // All other errors will occur again when the rest is flushed.
            _ => Ok(taken),
        }
    }

    /// Sends the pending bytes.
    pub(super) fn send(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads TLS' own messages, such as session tickets. Returns `false` if there was more.
    #[cfg(feature = "blocking")]
    pub(super) fn drain_tls_records(&mut self, socket: &mut impl Read) -> bool {
        self.receive(socket).is_ok_and(|(read, state)| read > 0 && is_idle(&state))
    }

    /// Returns whether all received bytes have been read.
    #[cfg(feature = "blocking")]
    pub(super) fn is_drained(&mut self) -> bool {
        self.tls.process_new_packets().is_ok_and(|state| is_idle(&state))
    }

    pub(super) fn explain(&self, error: Error) -> Error {
        if let Some(refusal) = &self.refusal {
            return refusal.clone();
        }
        let message = match error.kind() {
            ErrorKind::Connection => "the server closed the connection during the TLS handshake",
            // Redis takes the first half of a handshake for the beginning of a command, and waits for its
            // end.
            ErrorKind::Timeout => {
                "no answer to the TLS handshake in time: the server is stuck, or does not speak TLS"
            }
            _ => return error,
        };
        if self.tls.is_handshaking() { Error::new(error.kind(), message).with_source(error) } else { error }
    }

    /// Reads once from the socket. Returns how many bytes, and the state of TLS.
    fn receive(&mut self, socket: &mut impl Read) -> io::Result<(usize, IoState)> {
        let read = loop {
            match self.tls.read_tls(socket) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                settled => break settled?,
            }
        };
        match self.tls.process_new_packets() {
            Ok(state) => Ok((read, state)),
            Err(error) => {
                self.refusal = Some(refused(error));
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

#[cfg(feature = "blocking")]
fn is_idle(state: &IoState) -> bool {
    state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed()
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").finish_non_exhaustive()
    }
}

/// Counts the bytes that a socket accepts.
struct Counter<'a, S> {
    socket: &'a mut S,
    written: usize,
}

impl<S: Write> Write for Counter<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes).inspect(|written| self.written += written)
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.socket.write_vectored(slices).inspect(|written| self.written += written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis_testkit::{Certificates, ServerCertificate};
    use rustls::{
        RootCertStore, ServerConfig, ServerConnection,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    };

    /// A server whose bytes the test moves by hand, and a socket to it that never waits.
    struct Server {
        tls: ServerConnection,
        /// How many bytes one write accepts, and whether writes fail from then on.
        takes: usize,
        fails: bool,
    }

    impl Read for Server {
        fn read(&mut self, mut buffer: &mut [u8]) -> io::Result<usize> {
            if !self.tls.wants_write() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.tls.write_tls(&mut buffer)
        }
    }

    impl Write for Server {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.takes == 0 {
                let kind = if self.fails { io::ErrorKind::BrokenPipe } else { io::ErrorKind::WouldBlock };
                return Err(kind.into());
            }
            let taken = bytes.len().min(self.takes);
            self.takes -= taken;
            let mut taken = &bytes[..taken];
            let all = taken.len();
            while !taken.is_empty() {
                self.tls.read_tls(&mut taken)?;
                self.tls.process_new_packets().map_err(io::Error::other)?;
            }
            Ok(all)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A server without TLS, with its answer.
    struct Plain(&'static [u8]);

    impl Read for Plain {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Plain {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn pair() -> (TlsStream, Server) {
        let certificates = Certificates::generate().unwrap();
        let good = certificates.server(ServerCertificate::Good);
        let chain = vec![CertificateDer::from_pem_file(good.certificate()).unwrap()];
        let key = PrivateKeyDer::from_pem_file(good.key()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificates.authority()).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let session = TlsStream::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
        let tls = ServerConnection::new(Arc::new(server)).unwrap();
        (session, Server { tls, takes: usize::MAX, fails: false })
    }

    fn shaken() -> (TlsStream, Server) {
        let (mut session, mut server) = pair();
        session.handshake(&mut server).unwrap();
        (session, server)
    }

    fn received(server: &mut Server) -> Vec<u8> {
        let mut bytes = vec![0; 1 << 20];
        let mut read = 0;
        while let Ok(more @ 1..) = server.tls.reader().read(&mut bytes[read..]) {
            read += more;
        }
        bytes.truncate(read);
        bytes
    }

    #[test]
    #[cfg(feature = "blocking")]
    fn session_tickets_that_come_late_are_absorbed_and_a_stray_reply_is_not() {
        let (mut session, mut server) = shaken();
        assert!(server.tls.wants_write(), "the server has its session tickets still to send");
        while server.tls.wants_write() {
            assert!(session.drain_tls_records(&mut server));
        }
        assert!(session.is_drained());
        server.tls.writer().write_all(b"+OK\r\n").unwrap();
        assert!(!session.drain_tls_records(&mut server));
        assert!(!session.is_drained());
    }

    #[test]
    #[cfg(feature = "blocking")]
    fn a_goodbye_is_not_absorbed() {
        let (mut session, mut server) = shaken();
        server.tls.send_close_notify();
        let mut absorbed = true;
        while server.tls.wants_write() {
            absorbed = session.drain_tls_records(&mut server);
        }
        assert!(!absorbed && !session.is_drained());
        assert!(!session.drain_tls_records(&mut io::empty()));
    }

    #[test]
    fn nothing_is_lost_or_sent_twice_by_a_socket_that_takes_little() {
        let (mut session, mut server) = pair();
        server.takes = 0;
        while session.handshake(&mut server).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            server.takes = 7;
        }
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        let (mut sent, mut echo) = (0, Vec::new());
        while sent < bytes.len() || session.send(&mut server).is_err() {
            server.takes = 1_000;
            match session.write(&mut server, &bytes[sent..]) {
                Ok(taken) => sent += taken,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            echo.extend(received(&mut server));
        }
        echo.extend(received(&mut server));
        assert!(echo == bytes);

        server.tls.writer().write_all(&bytes[..50_000]).unwrap();
        let mut echo = vec![0; 50_000];
        let mut read = 0;
        while read < echo.len() {
            read += session.read(&mut server, &mut echo[read..]).unwrap();
        }
        assert!(echo == bytes[..50_000]);
        let pending = session.read(&mut server, &mut [0]).unwrap_err();
        assert_eq!(pending.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_server_that_does_not_speak_tls_is_recognised() {
        let (mut session, _) = pair();
        let error = session.handshake(&mut Plain(b"-ERR unknown command\r\n")).unwrap_err();
        let error = session.explain(crate::error::classify_io(error.kind(), crate::error::Stage::Unsent));
        assert_eq!(error.to_string(), "the server does not speak TLS (tls, not applied)");

        let (mut session, mut server) = pair();
        server.takes = 0;
        assert!(session.handshake(&mut server).is_err());
        let error = session.explain(Error::new(ErrorKind::Timeout, "no answer in time"));
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("does not speak TLS"), "{error}");
        let error = session.explain(Error::new(ErrorKind::Connection, "reset"));
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains("during the TLS handshake"), "{error}");
    }

    #[test]
    fn a_failed_write_says_whether_anything_may_have_left() {
        let (mut session, mut server) = shaken();
        (server.takes, server.fails) = (0, true);
        assert_eq!(session.write(&mut server, b"PING").unwrap_err().kind(), io::ErrorKind::BrokenPipe);

        let (mut session, mut server) = shaken();
        (server.takes, server.fails) = (1, true);
        assert_eq!(session.write(&mut server, b"PING").unwrap(), 4);
        assert_eq!(session.send(&mut server).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
