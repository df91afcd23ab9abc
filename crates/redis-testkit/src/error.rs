use std::{
    error::Error as _,
    fmt::{self, Debug, Display},
    io,
    net::SocketAddr,
    time::Duration,
};

/// Why the testkit failed.
///
/// `Debug` prints the message and its source, not the fields: it is what `unwrap` and `expect` show in a test.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a server binary nor a container can be had, or not the one that was asked for.
    #[error(
        "no Redis server can be had: {reason}. Either install redis-server or valkey-server (on PATH, or named by \
         REDIS_SERVER_BIN), or give this crate the feature `container` and a running Docker engine \
         (TESTKIT_BACKEND=container, image from REDIS_IMAGE)"
    )]
    NoBackend {
        /// What was looked for and not found.
        reason: String,
    },

    /// The server did not answer `PING` in time.
    #[error(
        "the server at {address} was not ready after {waited:?}: {reason}\n--- end of its log ---\n{log}"
    )]
    NotReady {
        /// Where it should have listened.
        address: SocketAddr,
        /// How long it was given.
        waited: Duration,
        /// What the last attempt met.
        reason: String,
        /// The end of the server's log.
        log: String,
    },

    /// A signal was meant for a server that is not running.
    #[error("the server is not running")]
    NotRunning,

    /// The operating system refused.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Its answer.
        source: io::Error,
    },

    /// The server answered an [`Inspector`](crate::Inspector) with an error, or with something else than was expected.
    #[error("unexpected reply: {0}")]
    Reply(String),

    /// A certificate could not be made or read.
    #[error("cannot {doing}: {reason}")]
    Certificate {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        reason: String,
    },

    /// The container engine refused.
    #[error("cannot {doing}: {reason}")]
    Container {
        /// What was being done.
        doing: &'static str,
        /// The engine's answer.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    pub(crate) fn certificate<E: Display>(doing: &'static str) -> impl Fn(E) -> Self {
        move |reason| Self::Certificate { doing, reason: reason.to_string() }
    }

    /// Returns whether another process took the free port between its choice and its use. Redis and Docker word it differently.
    pub(crate) fn is_port_taken(&self) -> bool {
        let text = self.to_string().to_lowercase();
        text.contains("address already in use") || text.contains("port is already allocated")
    }
}

impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.source().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}
