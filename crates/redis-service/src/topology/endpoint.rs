use std::{path::Path, sync::Arc, time::Instant};

use crate::{
    config::ServiceConfig,
    error::{Error, ErrorKind, Result},
    protocol::Handshake,
    resilience::{ConnectionChange, Degradations, Outage},
    tls,
    topology::{Rotation, SocketOptions},
};

/// One server: its address, how to connect to it, and the credentials for the login.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) socket: SocketOptions,
    pub(crate) tls: Option<tls::TlsConnector>,
    pub(crate) config: Arc<ServiceConfig>,
    /// The script that takes the place of the server.
    #[cfg(feature = "testing")]
    pub(crate) scripted: Option<Arc<crate::testing::ServerState>>,
    /// Host and port, or the path of the socket, for errors and logs.
    server: Arc<str>,
    rotation: Rotation,
    outage: Outage,
    degradations: Arc<Degradations>,
}

impl Endpoint {
    /// # Errors
    ///
    /// `Config` if a host of that name cannot have TLS; `Unsupported` for TLS in a build without it.
    pub(crate) fn new(host: &str, port: u16, config: Arc<ServiceConfig>) -> Result<Self> {
        let tls = config.tls.as_ref().map(|tls| tls::TlsConnector::new(tls, host)).transpose()?;
        let socket = SocketOptions { keepalive: config.keepalive, user_timeout: config.tcp_user_timeout };
        let server = match host {
            path if is_path(path) => path.to_owned(),
            ipv6 if ipv6.contains(':') => format!("[{ipv6}]:{port}"),
            _ => format!("{host}:{port}"),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            socket,
            tls,
            config,
            #[cfg(feature = "testing")]
            scripted: None,
            server: server.into(),
            rotation: Rotation::default(),
            outage: Outage::default(),
            degradations: Arc::new(Degradations::new()),
        })
    }

    /// Returns the path of the Unix domain socket to connect to, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        is_path(&self.host).then(|| Path::new(&self.host))
    }

    /// Returns host and port, or the path of the socket.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Returns the number of calls whose callers went on without this server.
    pub(crate) fn degraded_calls(&self) -> u64 {
        self.degradations.total()
    }

    /// Names the server in an error about reaching it.
    pub(crate) fn blame(&self, error: Error) -> Error {
        let error = if error.is_unavailable() { error.counted_by(&self.degradations) } else { error };
        if error.is_about_reaching() && error.kind() != ErrorKind::Closed {
            error.at_server(&self.server)
        } else {
            error
        }
    }

    /// Notes that a connection was opened.
    pub(crate) fn connected(&self, now: Instant) {
        self.log(self.outage.connected(now), None);
    }

    /// Notes that a connection broke.
    pub(crate) fn lost_connection(&self, error: &Error) {
        tracing::debug!(server = self.server(), %error, "a connection to Redis broke");
        self.outage.lost();
    }

    /// Notes that no connection can be opened.
    pub(crate) fn not_connected(&self, error: &Error, now: Instant) {
        let failure = match error.kind() {
            ErrorKind::Closed => return,
            _ if error.is_unavailable() => ConnectionChange::Unanswered,
            _ => ConnectionChange::Refused,
        };
        self.log(self.outage.failed(failure, now), Some(error));
    }

    /// Notes that a call got its answer, after another one failed.
    pub(crate) fn answered(&self, now: Instant) {
        self.log(self.outage.answered(now), None);
    }

    /// Counts a failed call of the present outage.
    pub(crate) fn call_failed(&self) {
        self.outage.call_failed();
    }

    fn log(&self, change: Option<ConnectionChange>, error: Option<&Error>) {
        let server = self.server();
        let reason = error.map_or("", Error::message);
        match change {
            None => {}
            Some(ConnectionChange::Connected) => tracing::info!(server, "connected to Redis at {server}"),
            Some(ConnectionChange::Reconnected) => {
                tracing::info!(server, "connected again to Redis at {server}");
            }
            Some(ConnectionChange::Unanswered) => {
                tracing::warn!(server, "Redis at {server} does not answer: {reason}");
            }
            Some(ConnectionChange::Refused) => {
                tracing::warn!(server, "no connection to Redis at {server} can be opened: {reason}");
            }
            Some(ConnectionChange::Recovered { after, failed_calls }) => {
                let seconds = after.as_secs_f64();
                tracing::info!(
                    server,
                    failed_calls,
                    "Redis at {server} is back after {seconds:.1} s, {failed_calls} calls failed"
                );
            }
        }
    }

    /// Returns the commands that begin a new connection, with the credentials of this moment.
    pub(crate) fn handshake(&self) -> Result<Handshake> {
        let config = &self.config;
        let credentials = config.credentials()?;
        self.rotation.notice(&credentials);
        Ok(Handshake::new(credentials, config.db, config.client_name.clone()))
    }

    /// Returns how many changes of the credentials were noticed.
    pub(crate) fn rotations(&self) -> u64 {
        self.rotation.count()
    }

    /// Checks the credentials of this moment, and returns whether they have changed since the last check. A
    /// provider that has none at the moment changes nothing.
    pub(crate) fn has_rotated(&self) -> bool {
        let before = self.rotations();
        if let Ok(credentials) = self.config.credentials() {
            self.rotation.notice(&credentials);
        }
        self.rotations() != before
    }

    /// Returns the handshake for another connection after the server refused the login of the last, if the
    /// credentials are new to the server. The provider may have received a new password just now.
    pub(crate) fn handshake_after(&self, refused: &Handshake, error: &Error) -> Option<Handshake> {
        let was_refused = error.kind() == ErrorKind::Auth && error.code().is_some();
        if !was_refused || self.config.credentials_provider.is_none() {
            return None;
        }
        self.handshake().ok().filter(|next| !next.has_credentials_of(refused))
    }
}

fn is_path(host: &str) -> bool {
    host.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str, config: ServiceConfig) -> Result<Endpoint> {
        Endpoint::new(host, 6379, Arc::new(config))
    }

    #[test]
    fn errors_of_reaching_a_server_name_it_and_no_others_do() {
        let blamed = |host: &str, kind| {
            endpoint(host, ServiceConfig::default())
                .unwrap()
                .blame(Error::new(kind, ""))
                .server()
                .map(str::to_owned)
        };
        assert_eq!(blamed("redis", ErrorKind::Timeout).as_deref(), Some("redis:6379"));
        assert_eq!(blamed("::1", ErrorKind::Connection).as_deref(), Some("[::1]:6379"));
        assert_eq!(blamed("/run/redis.sock", ErrorKind::Connection).as_deref(), Some("/run/redis.sock"));
        assert_eq!(blamed("redis", ErrorKind::Closed), None);
        assert_eq!(blamed("redis", ErrorKind::WrongType), None);
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn tls_names_the_feature_that_it_needs() {
        let error =
            endpoint("redis", ServiceConfig::default().with_tls(crate::config::Tls::default())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("`tls`"), "{error}");
    }

    #[test]
    #[cfg(feature = "tls")]
    fn every_host_that_can_have_a_certificate_can_have_tls() {
        use crate::config::Tls;

        let made = |host: &str, tls: Tls| endpoint(host, ServiceConfig::default().with_tls(tls));
        for host in ["localhost", "127.0.0.1", "::1", "redis_1.local", "redis.local."] {
            assert!(made(host, Tls::default()).is_ok(), "{host}");
        }
        let error = made("-redis", Tls::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("tls.server_name"), "{error}");
        assert!(made("-redis", Tls::default().with_server_name("redis")).is_ok());
    }
}
