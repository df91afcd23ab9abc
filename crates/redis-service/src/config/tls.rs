//! TLS: the authorities to trust, and the client's own certificate.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// TLS to every server, the sentinels included. The server's certificate is always verified; there is no
/// option to switch that off. Needs the cargo feature `tls`.
///
/// The files are PEM. They are read again for each new connection, so they can be replaced while the service
/// runs. The operating system's authorities are read once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Tls {
    /// The authorities to trust, instead of those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate for the server, with its chain. Needs `client_key`.
    pub client_certificate: Option<PathBuf>,
    /// The private key of `client_certificate`.
    pub client_key: Option<PathBuf>,
    /// The name that the server's certificate must have, instead of the host that the service connects to.
    pub server_name: Option<String>,
}

impl Tls {
    /// Trusts the authorities in this file instead of those of the operating system.
    #[must_use]
    pub fn with_ca_file(self, path: impl Into<PathBuf>) -> Self {
        Self { ca_file: Some(path.into()), ..self }
    }

    /// Presents a client certificate to servers that request one.
    #[must_use]
    pub fn with_client_certificate(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { client_certificate: Some(certificate.into()), client_key: Some(key.into()), ..self }
    }

    /// Expects a certificate for `name`, instead of one for the host that the service connects to.
    #[must_use]
    pub fn with_server_name(self, name: impl Into<String>) -> Self {
        Self { server_name: Some(name.into()), ..self }
    }
}
