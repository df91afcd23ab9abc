use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{ClientConfig, pki_types::ServerName};

use super::{TlsStream, files::Files};
use crate::{
    config::Tls,
    error::{Error, Result},
};

/// The trusted authorities and the own certificate, for every connection to one server.
#[derive(Clone)]
pub(crate) struct TlsConnector(Arc<Inner>);

struct Inner {
    tls: Tls,
    server: ServerName<'static>,
    /// The latest TLS configuration, and the files that it was made of.
    made: Mutex<Option<(Files, Arc<ClientConfig>)>>,
}

impl TlsConnector {
    /// # Errors
    ///
    /// `Config` if a certificate cannot be for that name.
    pub(crate) fn new(tls: &Tls, host: &str) -> Result<Self> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        let server = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::config(
                "no certificate can name this host: set tls.server_name to the name in the server's certificate",
            )
        })?;
        Ok(Self(Arc::new(Inner { tls: tls.clone(), server, made: Mutex::new(None) })))
    }

    /// Makes the session of a new connection, with the certificates of this moment. Reads files.
    ///
    /// # Errors
    ///
    /// `Config`, naming the file whose content is invalid.
    pub(crate) fn tls_stream(&self) -> Result<TlsStream> {
        TlsStream::new(self.config()?, self.0.server.clone())
    }

    /// Reads the files for each connection, so that certificates can be replaced, and makes a new
    /// configuration only if they were.
    fn config(&self) -> Result<Arc<ClientConfig>> {
        let files = Files::read(&self.0.tls)?;
        // No code panics while it holds the lock.
        let made = || self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, config)) = &*made()
            && *of == files
        {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(files.client_config(&self.0.tls)?);
        *made() = Some((files, Arc::clone(&config)));
        Ok(config)
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.0.server).finish_non_exhaustive()
    }
}
