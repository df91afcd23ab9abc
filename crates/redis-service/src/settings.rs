use crate::{Error, ErrorKind, Result, ServiceConfig, Topology, handshake::Handshake, socket::SocketOptions};

/// The configuration of one link: validated, and of one server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) socket: SocketOptions,
    pub(crate) config: ServiceConfig,
}

impl Settings {
    /// # Errors
    ///
    /// `Config` if the configuration makes no sense, `Unsupported` if it is of more than one server.
    pub(crate) fn of(config: ServiceConfig) -> Result<Self> {
        config.validate()?;
        let (host, port) = match &config.topology {
            Topology::Standalone { host, port } => (host.clone(), *port),
            Topology::Sentinel(_) => return Err(unsupported("connecting through Sentinel")),
            Topology::Cluster { .. } => return Err(unsupported("connecting to a Cluster")),
        };
        if config.tls.is_some() {
            return Err(unsupported("TLS"));
        }
        let socket = SocketOptions { keepalive: config.keepalive, user_timeout: config.tcp_user_timeout };
        Ok(Self { host, port, socket, config })
    }

    /// What to say first on a new connection, with the credentials of this moment.
    pub(crate) fn handshake(&self) -> Result<Handshake> {
        let config = &self.config;
        Ok(Handshake::new(config.credentials()?, config.db, config.client_name.clone()))
    }

    /// What to say on another new connection after the server refused the login of the last: only what it
    /// has not heard yet. The provider may have learnt of a new password just now.
    pub(crate) fn handshake_after(&self, refused: &Handshake, error: &Error) -> Option<Handshake> {
        let was_refused = error.kind() == ErrorKind::Auth && error.code().is_some();
        if !was_refused || self.config.credentials_provider.is_none() {
            return None;
        }
        self.handshake().ok().filter(|next| !next.has_credentials_of(refused))
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
        assert_eq!(refused(config().with_tls(Tls::default())), ErrorKind::Unsupported);
        assert!(Settings::of(config()).is_ok());
    }
}
