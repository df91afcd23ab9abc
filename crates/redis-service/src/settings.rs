use std::sync::Arc;

use crate::{
    Error, ErrorKind, Result, ServiceConfig, Topology, handshake::Handshake, rotation::Rotation,
    socket::SocketOptions, tls,
};

/// The configuration of one link: validated, and of one server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) socket: SocketOptions,
    pub(crate) tls: Option<tls::Client>,
    pub(crate) config: ServiceConfig,
    rotation: Arc<Rotation>,
}

impl Settings {
    /// # Errors
    ///
    /// `Config` if the configuration makes no sense, `Unsupported` if it is of more than one server, or of
    /// TLS in a build without it.
    pub(crate) fn of(config: ServiceConfig) -> Result<Self> {
        config.validate()?;
        let (host, port) = match &config.topology {
            Topology::Standalone { host, port } => (host.clone(), *port),
            Topology::Sentinel(_) => return Err(unsupported("connecting through Sentinel")),
            Topology::Cluster { .. } => return Err(unsupported("connecting to a Cluster")),
        };
        let tls = config.tls.as_ref().map(|tls| tls::Client::new(tls, &host)).transpose()?;
        let socket = SocketOptions { keepalive: config.keepalive, user_timeout: config.tcp_user_timeout };
        Ok(Self { host, port, socket, tls, config, rotation: Arc::default() })
    }

    /// What to say first on a new connection, with the credentials of this moment.
    pub(crate) fn handshake(&self) -> Result<Handshake> {
        let config = &self.config;
        let credentials = config.credentials()?;
        self.rotation.notice(&credentials);
        Ok(Handshake::new(credentials, config.db, config.client_name.clone()))
    }

    /// How often the credentials have changed, as far as anybody has looked.
    pub(crate) fn rotations(&self) -> u64 {
        self.rotation.count()
    }

    /// Looks at the credentials of this moment, and tells whether they have changed since they were last
    /// looked at. A provider that has none at the moment changes nothing.
    pub(crate) fn has_rotated(&self) -> bool {
        let before = self.rotations();
        if let Ok(credentials) = self.config.credentials() {
            self.rotation.notice(&credentials);
        }
        self.rotations() != before
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} is not supported yet"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sentinel, Tls};

    #[test]
    fn what_cannot_be_connected_to_yet_says_so() {
        let refused = |config| Settings::of(config).unwrap_err().kind();
        let config = ServiceConfig::default;
        let sentinel = Sentinel::new([("127.0.0.1", 26379)], "mymaster");
        assert_eq!(refused(config().with_topology(sentinel)), ErrorKind::Unsupported);
        let cluster = Topology::cluster([("127.0.0.1", 7000)]);
        assert_eq!(refused(config().with_topology(cluster)), ErrorKind::Unsupported);
        assert!(Settings::of(config()).is_ok());
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn tls_names_the_feature_that_it_needs() {
        let error = Settings::of(ServiceConfig::default().with_tls(Tls::default())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("`tls`"), "{error}");
    }

    #[test]
    #[cfg(feature = "tls")]
    fn every_host_that_can_have_a_certificate_can_have_tls() {
        let made = |host: &str, tls: Tls| {
            Settings::of(
                ServiceConfig::default().with_topology(Topology::standalone(host, 6379)).with_tls(tls),
            )
        };
        for host in ["localhost", "127.0.0.1", "::1", "redis_1.local", "redis.local."] {
            assert!(made(host, Tls::default()).is_ok(), "{host}");
        }
        let error = made("-redis", Tls::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("tls.server_name"), "{error}");
        assert!(made("-redis", Tls::default().with_server_name("redis")).is_ok());
    }
}
