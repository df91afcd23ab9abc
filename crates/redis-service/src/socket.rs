//! How sockets are set up, for both APIs.

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive};

/// What keeps a connection to a dead peer from living on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketOptions {
    pub(crate) keepalive: Duration,
    pub(crate) user_timeout: Duration,
}

const KEEPALIVE_PROBES: u32 = 3;

impl SocketOptions {
    /// TCP_NODELAY always; keepalive for idle connections; TCP_USER_TIMEOUT for those with data on the
    /// way, where keepalive is silent.
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
