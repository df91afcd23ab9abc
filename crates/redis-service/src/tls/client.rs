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

/// Whom to trust and who to be, on every connection to one server.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    tls: Tls,
    server: ServerName<'static>,
    /// What was made last, and of which files.
    made: Mutex<Option<(Files, Arc<ClientConfig>)>>,
}

impl Client {
    /// # Errors
    ///
    /// `Config` if no certificate can be for that name.
    pub(crate) fn new(tls: &Tls, host: &str) -> Result<Self> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        let server = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::config(
                "no certificate can be for the host's name: set tls.server_name to the one it is for",
            )
        })?;
        Ok(Self(Arc::new(Inner { tls: tls.clone(), server, made: Mutex::new(None) })))
    }

    /// For a new connection, with the certificates of this moment. Reads files.
    ///
    /// # Errors
    ///
    /// `Config`, naming the file that does not hold what it should.
    pub(crate) fn session(&self) -> Result<TlsStream> {
        TlsStream::new(self.config()?, self.0.server.clone())
    }

    /// Read anew for each connection, so that certificates can be replaced; made anew only if they were.
    fn config(&self) -> Result<Arc<ClientConfig>> {
        let files = Files::read(&self.0.tls)?;
        // Nothing panics while it holds the lock.
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.0.server).finish_non_exhaustive()
    }
}
