//! What a service must know before it connects.

mod breaker;
mod builder;
mod credentials;
mod draft;
mod duration;
mod environment;
mod field;
mod fields;
mod file;
mod node;
mod profile;
mod retry;
mod secret;
mod sources;
mod text;
mod tls;
mod topology;
mod url;
mod validate;

use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
    str::FromStr,
    time::Duration,
};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::{
    breaker::BreakerConfig,
    credentials::{Credentials, CredentialsProvider, SharedProvider},
    node::Node,
    retry::RetryPolicy,
    sources::Sources,
    tls::Tls,
    topology::{Sentinel, Topology},
};
use crate::{
    error::{Error, ErrorKind, Result},
    values::Codec,
};

/// What a service must know before it connects: where Redis is, who to log in as, how long to wait.
///
/// Plain data: set its fields, chain its `with_…` methods, or have serde read it. Nothing here fails until
/// [`validate`](Self::validate), which connecting calls. The default is a server at 127.0.0.1:6379.
///
/// ```
/// use std::time::Duration;
/// use redis_service::{ServiceConfig, config::Topology};
///
/// let mut config = ServiceConfig::default()
///     .with_topology(Topology::standalone("redis.local", 6379))
///     .with_password("secret")
///     .with_response_timeout(Duration::from_millis(500));
/// config.db = 2;
/// config.validate()?;
/// # Ok::<(), redis_service::Error>(())
/// ```
///
/// # Sources and their precedence
///
/// [`from_env`](Self::from_env), [`from_url`](Self::from_url) and [`from_file`](Self::from_file) read one
/// source, [`Sources`] several. Each field is taken from the first of these that states it:
///
/// 1. the code: whatever is set on the `ServiceConfig` after the sources were read,
/// 2. the environment; within it, `REDIS_URL` before the single variables,
/// 3. a URL given by the code,
/// 4. a file,
/// 5. the profile that `ENVIRONMENT` names: `local` or `production`,
/// 6. the defaults.
///
/// `REDIS_URL` states host and port together, so next to it `REDIS_HOST` and `REDIS_PORT` are not read at
/// all; the other variables fill in what it does not state, such as `REDIS_PASSWORD` for a URL without a
/// password. `rediss://` states TLS and `redis://` states nothing, so `REDIS_USE_SSL=true` is never lost.
///
/// # Secrets
///
/// User names and passwords appear neither in `Debug` nor when serialized. (User names are included because
/// a password ends up as one in `redis://password@host`.) No error shows the value of a setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// Where Redis is. Default: 127.0.0.1:6379.
    pub topology: Topology,
    /// The ACL user. Default: none, which is Redis' user `default`. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub username: Option<SecretString>,
    /// The password. Default: none. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub password: Option<SecretString>,
    /// Takes the place of `username` and `password` where these change while the service runs. Default:
    /// none. Not part of the serialized form.
    #[serde(skip)]
    pub credentials_provider: Option<SharedProvider>,
    /// The number of the database. A cluster has only database 0. Default: 0.
    pub db: u32,
    /// TLS, if any. Default: none.
    pub tls: Option<Tls>,
    /// What every key is prefixed with. Default: nothing.
    pub namespace: Option<String>,
    /// The form in which values are stored. Default: JSON.
    pub codec: Codec,
    /// An encoded value of at least so many bytes is compressed if that makes it smaller. Needs the feature
    /// `compression`; to read what was compressed takes nothing but the feature. Default: never.
    pub compression_threshold: Option<usize>,
    /// How long connecting may take, from the name lookup to the login. Default: 2 s.
    #[serde(with = "duration::required")]
    pub connect_timeout: Duration,
    /// How long the server may take to answer one attempt. Default: 5 s.
    #[serde(with = "duration::required")]
    pub response_timeout: Duration,
    /// How long a call may take in all: waiting for a connection, connecting, every attempt and the
    /// pauses between them. Default: 10 s.
    #[serde(with = "duration::required")]
    pub deadline: Duration,
    /// How many connections the blocking service opens at most. Default: 50.
    pub pool_size: u32,
    /// How long a call waits for a free connection of the blocking service. Default: 5 s.
    #[serde(with = "duration::required")]
    pub acquire_timeout: Duration,
    /// A pooled connection that was idle for longer is checked before it is used. Default: 30 s.
    #[serde(with = "duration::required")]
    pub idle_check: Duration,
    /// A connection that was idle for longer is probed by TCP keepalive: at least 1 s. Default: 15 s.
    #[serde(with = "duration::required")]
    pub keepalive: Duration,
    /// How long sent data may stay unacknowledged before the connection is given up, where the operating
    /// system can do that (`TCP_USER_TIMEOUT`). Default: 10 s.
    #[serde(with = "duration::required")]
    pub tcp_user_timeout: Duration,
    /// How often a call is tried. Default: 3 attempts, pauses from 100 ms up to 2 s.
    pub retry: RetryPolicy,
    /// When to stop asking a server that does not answer.
    pub breaker: BreakerConfig,
    /// The time to live of what is stored with `Expiry::Default`. Default: 300 s.
    #[serde(with = "duration::required")]
    pub default_ttl: Duration,
    /// The time to live of what is stored with `Expiry::Long`. Default: 3600 s.
    #[serde(with = "duration::required")]
    pub long_ttl: Duration,
    /// What `CLIENT LIST` shows for the service's connections: printable ASCII, no spaces. Default:
    /// `redis-service`.
    pub client_name: String,
    /// A larger encoded value is refused before it is sent, and one that is larger decompressed when it is
    /// read. In bytes. Default: 512 MiB, which is Redis' own limit.
    pub max_value_bytes: usize,
    /// Whether connecting may leave the server alone until the first call, and so succeed while Redis is
    /// down. Default: false, connecting pings once.
    pub lazy: bool,
    /// How often the service asks the server whether it is well; `None` is never. Default: 30 s.
    #[serde(with = "duration::optional")]
    pub health_check_interval: Option<Duration>,
}

impl ServiceConfig {
    /// The configuration that the environment describes; see [`Sources::env`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config), naming the variable that is malformed or contradicts
    /// another.
    pub fn from_env() -> Result<Self> {
        Sources::new().env().load()
    }

    /// [`from_env`](Self::from_env), given the variables.
    ///
    /// # Errors
    ///
    /// As those of [`from_env`](Self::from_env).
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Sources::new().vars(vars).load()
    }

    /// The configuration that a URL describes; see [`Sources::url`]. Reads no environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config), naming the part of the URL that is malformed, and
    /// never showing it.
    pub fn from_url(url: &str) -> Result<Self> {
        Sources::new().url(url).load()
    }

    /// The configuration in a JSON file; see [`Sources::file`]. Reads no environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config), naming the file, and the field that is malformed or
    /// unknown.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Sources::new().file(path).load()
    }

    /// Who to log in as now: what the provider says, or `username` and `password`.
    ///
    /// # Errors
    ///
    /// The error of the provider; kind `Auth` as well if it panics.
    pub fn credentials(&self) -> Result<Credentials> {
        match &self.credentials_provider {
            Some(provider) => panic::catch_unwind(AssertUnwindSafe(|| provider.credentials()))
                .unwrap_or_else(|_| Err(Error::new(ErrorKind::Auth, "the credentials provider panicked"))),
            None => Ok(Credentials { username: self.username.clone(), password: self.password.clone() }),
        }
    }

    /// Every field with its variable, its URL option, its default and its meaning, as a Markdown table.
    #[must_use]
    pub fn reference() -> String {
        field::reference()
    }
}

/// From a URL, as [`ServiceConfig::from_url`].
impl FromStr for ServiceConfig {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        Self::from_url(url)
    }
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            topology: Topology::default(),
            username: None,
            password: None,
            credentials_provider: None,
            db: 0,
            tls: None,
            namespace: None,
            codec: Codec::default(),
            compression_threshold: None,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            pool_size: 50,
            acquire_timeout: Duration::from_secs(5),
            idle_check: Duration::from_secs(30),
            keepalive: Duration::from_secs(15),
            tcp_user_timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            breaker: BreakerConfig::default(),
            default_ttl: Duration::from_secs(300),
            long_ttl: Duration::from_secs(3600),
            client_name: "redis-service".to_owned(),
            max_value_bytes: 512 << 20,
            lazy: false,
            health_check_interval: Some(Duration::from_secs(30)),
        }
    }
}
