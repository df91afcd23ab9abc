use std::{
    io::{self, IoSlice, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use socket2::SockRef;

use crate::{
    clock,
    error::{Error, Result, Stage, classify_io, classify_path},
    topology::{Endpoint, connect_to_path, share_of},
};

/// A socket whose reads and writes all end at one deadline, however many there are.
pub(super) struct Socket {
    stream: TcpStream,
    until: Instant,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

/// The state of a socket's incoming side, found without waiting.
pub(super) enum ReadState {
    Nothing,
    Bytes,
    End,
}

/// A socket's timeout is set again only if it would end too early, or later than by this: that saves two
/// system calls per call.
const SLACK: Duration = Duration::from_millis(10);

impl Socket {
    /// Connects to the first address that accepts.
    pub(super) fn connect(endpoint: &Endpoint, until: Instant) -> Result<Self> {
        if let Some(path) = endpoint.path() {
            let connected = connect_to_path(path);
            let blocking = connected.and_then(|stream| stream.set_nonblocking(false).map(|()| stream));
            return match blocking {
                Ok(stream) => Ok(Self::of(stream, until)),
                Err(error) => Err(classify_path(&error)),
            };
        }
        let mut refusal = None;
        let addresses = resolve(&endpoint.host, endpoint.port, until)?;
        for (address, untried) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let left = until.saturating_duration_since(clock::now());
            if left.is_zero() {
                refusal = Some(io::ErrorKind::TimedOut);
                break;
            }
            let connected = TcpStream::connect_timeout(address, share_of(left, untried))
                .and_then(|stream| endpoint.socket.apply(&SockRef::from(&stream)).map(|()| stream));
            match connected {
                Ok(stream) => return Ok(Self::of(stream, until)),
                Err(error) => refusal = Some(error.kind()),
            }
        }
        let kind = refusal.unwrap_or(io::ErrorKind::NotFound);
        Err(classify_io(kind, Stage::Unsent))
    }

    fn of(stream: TcpStream, until: Instant) -> Self {
        Self { stream, until, read_timeout: None, write_timeout: None }
    }

    /// Sets the time at which all further reads and writes end.
    pub(super) fn until(&mut self, until: Instant) {
        self.until = until;
    }

    /// Returns a handle that can shut the connection down from another thread.
    pub(super) fn handle(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// Returns whether bytes have arrived that were not read.
    pub(super) fn read_state(&self) -> ReadState {
        match self.peek() {
            Ok(0) => ReadState::End,
            Ok(_) => ReadState::Bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ReadState::Nothing,
            Err(_) => ReadState::End,
        }
    }

    #[cfg(unix)]
    fn peek(&self) -> io::Result<usize> {
        let mut byte = [std::mem::MaybeUninit::uninit()];
        SockRef::from(&self.stream).recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT)
    }

    #[cfg(not(unix))]
    fn peek(&self) -> io::Result<usize> {
        self.stream.set_nonblocking(true)?;
        let seen = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        seen
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(clock::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn prepare_write(&mut self) -> io::Result<()> {
        let left = self.left()?;
        if is_off(self.write_timeout, left) {
            let timeout = Some(with_slack(left));
            self.stream.set_write_timeout(timeout)?;
            self.write_timeout = timeout;
        }
        Ok(())
    }
}

fn is_off(current: Option<Duration>, wanted: Duration) -> bool {
    current.is_none_or(|current| current < wanted || current > wanted.saturating_add(slack_of(wanted)))
}

/// Returns the timeout to set, which also fits later calls that have a little more or less time.
fn with_slack(wanted: Duration) -> Duration {
    wanted.saturating_add(slack_of(wanted) / 2)
}

fn slack_of(wanted: Duration) -> Duration {
    SLACK.min(wanted / 4)
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.left()?;
            if is_off(self.read_timeout, left) {
                let timeout = Some(with_slack(left));
                self.stream.set_read_timeout(timeout)?;
                self.read_timeout = timeout;
            }
            match self.stream.read(buffer) {
                // A signal: the kernel never resumes a read of a socket that has a timeout.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                settled => return settled,
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.prepare_write()?;
        self.stream.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.prepare_write()?;
        self.stream.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Looks up the addresses of a host. The system's resolver knows no deadline, so a name is looked up on a
/// thread of its own, which is abandoned if it takes too long.
fn resolve(host: &str, port: u16, until: Instant) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (found, addresses) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let lookup = move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // The caller may have given up.
        drop(found.send(addresses));
    };
    let spawned = thread::Builder::new().name("redis-resolve".to_owned()).spawn(lookup);
    spawned.map_err(|error| classify_io(error.kind(), Stage::Unsent))?;
    match addresses.recv_timeout(until.saturating_duration_since(clock::now())) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(_)) => {
            Err(Error::new(crate::error::ErrorKind::Connection, "the host name cannot be resolved"))
        }
        Err(_) => Err(Error::new(crate::error::ErrorKind::Timeout, "the host name was not resolved in time")),
    }
}
