//! The credentials for the login.

use std::{error, fmt, ops::Deref, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind};

/// A user name and a password, as Redis' `AUTH` takes them. `Debug` shows neither.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Credentials {
    /// The ACL user. `None` is Redis' user `default`.
    pub username: Option<SecretString>,
    /// The password. `None` beside a user name is for a user that needs none (`nopass`); `None` alone means that the
    /// service does not log in.
    pub password: Option<SecretString>,
}

impl Credentials {
    /// A user and its password.
    #[must_use]
    pub fn new(username: impl Into<SecretString>, password: impl Into<SecretString>) -> Self {
        Self { username: Some(username.into()), password: Some(password.into()) }
    }

    /// A password for Redis' user `default`.
    #[must_use]
    pub fn password(password: impl Into<SecretString>) -> Self {
        Self { username: None, password: Some(password.into()) }
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        fn shown(secret: &Option<SecretString>) -> Option<&str> {
            secret.as_ref().map(SecretString::expose_secret)
        }
        shown(&self.username) == shown(&other.username) && shown(&self.password) == shown(&other.password)
    }
}

/// A source of credentials that change while the service runs: tokens that expire, passwords that rotate.
///
/// It is called each time a connection is opened, and once more when the server refuses a login. The calling
/// thread may be driving an async runtime, so an implementation returns what it holds already and fetches new
/// credentials elsewhere.
///
/// Closures are providers:
///
/// ```
/// use redis_service::{ServiceConfig, config::Credentials};
///
/// let config = ServiceConfig::default()
///     .with_credentials_provider(|| Ok(Credentials::new("app", current_token())));
/// # fn current_token() -> String { String::new() }
/// ```
pub trait CredentialsProvider: Send + Sync {
    /// Returns the credentials to log in with now.
    ///
    /// # Errors
    ///
    /// [`Error::no_credentials`], if there are none at the moment.
    fn credentials(&self) -> Result<Credentials, Error>;
}

impl<F: Fn() -> Result<Credentials, Error> + Send + Sync> CredentialsProvider for F {
    fn credentials(&self) -> Result<Credentials, Error> {
        self()
    }
}

impl Error {
    /// The error of a [`CredentialsProvider`] that has no credentials at the moment: kind
    /// [`Auth`](ErrorKind::Auth). The text of `source` does not appear in this error's own text.
    #[must_use]
    pub fn no_credentials(source: impl error::Error + Send + Sync + 'static) -> Self {
        Self::new(ErrorKind::Auth, "the credentials provider has no credentials").with_source(source)
    }
}

/// A provider that the clones of a configuration share.
#[derive(Clone)]
pub struct SharedProvider(Arc<dyn CredentialsProvider>);

impl SharedProvider {
    /// Shares `provider`.
    #[must_use]
    pub fn new(provider: impl CredentialsProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }
}

impl From<Arc<dyn CredentialsProvider>> for SharedProvider {
    fn from(provider: Arc<dyn CredentialsProvider>) -> Self {
        Self(provider)
    }
}

impl Deref for SharedProvider {
    type Target = dyn CredentialsProvider;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for SharedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedProvider")
    }
}
