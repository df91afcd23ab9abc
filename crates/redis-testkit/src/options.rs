use std::time::Duration;

use crate::{Backend, Certificates, ServerCertificate};

/// The kind of server to start. The default has no password, no TLS, sixteen databases, and keeps nothing on disk.
///
/// ```
/// let options = redis_testkit::Options::default().with_password("secret").with_config("maxmemory", "1mb");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    pub(crate) password: Option<String>,
    pub(crate) users: Vec<User>,
    pub(crate) tls: Option<Tls>,
    pub(crate) directives: Vec<(String, String)>,
    pub(crate) databases: Option<u32>,
    pub(crate) persistent: bool,
    pub(crate) backend: Option<Backend>,
    pub(crate) patience: Option<Duration>,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) rules: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) certificates: Certificates,
    pub(crate) presents: ServerCertificate,
    pub(crate) client_required: bool,
}

impl Options {
    /// Asks clients for this password (`requirepass`): that of the user `default`.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Adds an ACL user, or redefines `default`. `rules` are ACL rules such as `~app:* +@read`; the user is on unless
    /// they say `off`. An empty password is `nopass`.
    #[must_use]
    pub fn with_user(
        mut self,
        name: impl Into<String>,
        password: impl Into<String>,
        rules: impl Into<String>,
    ) -> Self {
        self.users.push(User { name: name.into(), password: password.into(), rules: rules.into() });
        self
    }

    /// Listens with TLS only, presents the good server certificate, and asks clients for none.
    #[must_use]
    pub fn with_tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(Tls {
            certificates: certificates.clone(),
            presents: ServerCertificate::Good,
            client_required: false,
        });
        self
    }

    /// Presents another certificate than the good one. No effect before [`with_tls`](Self::with_tls).
    #[must_use]
    pub fn with_server_certificate(mut self, certificate: ServerCertificate) -> Self {
        if let Some(tls) = &mut self.tls {
            tls.presents = certificate;
        }
        self
    }

    /// Accepts only clients with a certificate of the authority. No effect before [`with_tls`](Self::with_tls).
    #[must_use]
    pub fn with_required_client_certificate(mut self) -> Self {
        if let Some(tls) = &mut self.tls {
            tls.client_required = true;
        }
        self
    }

    /// Adds a directive to the configuration file, after the testkit's own; `value` is written as it is, so that it may
    /// hold several arguments.
    ///
    /// With `aclfile`, which excludes users in the configuration, the testkit's own user is left out: the file must then
    /// let `default` in without a password.
    #[must_use]
    pub fn with_config(mut self, directive: impl Into<String>, value: impl Into<String>) -> Self {
        self.directives.push((directive.into(), value.into()));
        self
    }

    /// Sets the number of databases.
    #[must_use]
    pub fn with_databases(mut self, databases: u32) -> Self {
        self.databases = Some(databases);
        self
    }

    /// Keeps every write (append-only file, synced each time), so that data outlives [`kill`](crate::Server::kill) and
    /// [`restart`](crate::Server::restart), though never the [`Server`](crate::Server) itself.
    #[must_use]
    pub fn with_persistence(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Chooses where the server comes from. It overrides `TESTKIT_BACKEND`.
    #[must_use]
    pub fn with_backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Sets how long the server may take to answer its first `PING`: 10 s by default (30 s in a container, whose image is
    /// fetched first and not counted).
    #[must_use]
    pub fn with_ready_within(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }
}
