//! The options of sockets, for both APIs.

#![expect(clippy::disallowed_types, reason = "sets the options of a socket that a leaf has opened")]

use std::{io, net::TcpStream, path::Path, time::Duration};

use socket2::{SockRef, TcpKeepalive};

/// Ends connections to a dead peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketOptions {
    pub(crate) keepalive: Duration,
    pub(crate) user_timeout: Duration,
}

const KEEPALIVE_PROBES: u32 = 3;

impl SocketOptions {
    /// Sets TCP_NODELAY always; keepalive for idle connections; TCP_USER_TIMEOUT for connections with
    /// unacknowledged data, where keepalive does not work.
    pub(crate) fn apply(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        let interval = (self.keepalive / KEEPALIVE_PROBES).max(Duration::from_secs(1));
        let keepalive = TcpKeepalive::new().with_time(self.keepalive).with_interval(interval);
        socket.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_PROBES))?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

/// Connects to a Unix domain socket, without waiting: the kernel accepts at once, or refuses.
///
/// The result is a `TcpStream`, whose methods are system calls on any stream socket: so the leaves have one type of
/// socket. Its addresses are never asked for.
#[cfg(unix)]
pub(crate) fn connect_to_path(path: &Path) -> io::Result<TcpStream> {
    use socket2::{Domain, SockAddr, Socket, Type};

    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(socket.into())
}

#[cfg(not(unix))]
pub(crate) fn connect_to_path(_path: &Path) -> io::Result<TcpStream> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The least time that an address gets to accept, as long as that much is left.
const MIN_SHARE: Duration = Duration::from_millis(500);

/// Returns how long one address may take to accept, of the time that is left: an address that never answers
/// leaves time for the untried others, itself included.
pub(crate) fn share_of(left: Duration, untried: usize) -> Duration {
    let share = left / u32::try_from(untried.max(1)).unwrap_or(u32::MAX);
    share.max(MIN_SHARE).min(left)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use socket2::{Domain, Socket, Type};

    use super::*;

    #[test]
    fn time_is_shared_by_the_addresses_and_none_gets_too_little() {
        let share = |left, untried| share_of(Duration::from_millis(left), untried).as_millis();
        assert_eq!([share(2000, 1), share(2000, 2), share(2000, 20), share(100, 5)], [2000, 1000, 500, 100]);
    }

    #[test]
    fn a_socket_has_the_options_that_it_was_given() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.connect(&listener.local_addr().unwrap().into()).unwrap();
        let options =
            SocketOptions { keepalive: Duration::from_secs(15), user_timeout: Duration::from_millis(7500) };
        options.apply(&SockRef::from(&socket)).unwrap();
        assert!(socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        #[cfg(target_os = "linux")]
        {
            assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(15));
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(5));
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), KEEPALIVE_PROBES);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_millis(7500)));
        }
    }
}
