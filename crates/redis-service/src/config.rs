//! The configuration of a service, and its sources.

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
mod spelling;
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

/// The configuration of a service: the address of Redis, the login, the timeouts.
///
/// Plain data: set its fields, chain its `with_…` methods, or deserialize it with serde. Only
/// [`validate`](Self::validate), which connecting calls, checks it. The default is a server at
/// 127.0.0.1:6379.
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
/// source, [`Sources`] several. Each field has the value of the first of these that states it:
///
/// 1. the code, which sets fields of the `ServiceConfig` after the sources were read,
/// 2. the environment; within it, `REDIS_URL` before the single variables,
/// 3. a URL given by the code,
/// 4. a file,
/// 5. the profile that `ENVIRONMENT` names: `local` or `production`,
/// 6. the defaults.
///
/// `REDIS_URL` states host and port together, so beside it `REDIS_HOST` and `REDIS_PORT` are not read at all;
/// the other variables fill in what it does not state, such as `REDIS_PASSWORD` for a URL without a password.
/// `rediss://` states TLS and `redis://` states nothing, so `REDIS_USE_SSL=true` is never lost.
///
/// # Secrets
///
/// User names and passwords appear neither in `Debug` nor when serialized. (User names are included because
/// a password ends up as one in `redis://password@host`.) No error shows the value of a setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// The address of Redis. Default: 127.0.0.1:6379.
    pub topology: Topology,
    /// The ACL user. Default: none, which is Redis' user `default`. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub username: Option<SecretString>,
    /// The password. Default: none. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub password: Option<SecretString>,
    /// The source of the credentials, in place of `username` and `password`, for credentials that change
    /// while the service runs. Default: none. Not part of the serialized form.
    #[serde(skip)]
    pub credentials_provider: Option<SharedProvider>,
    /// The number of the database. A cluster has only database 0. Default: 0.
    pub db: u32,
    /// TLS to the server. Default: none.
    pub tls: Option<Tls>,
    /// The prefix of every key. Default: none.
    pub namespace: Option<String>,
    /// The form in which values are stored. Default: JSON.
    pub codec: Codec,
    /// The size in bytes from which an encoded value is compressed, if that makes it smaller. Needs the
    /// feature `compression`, which alone suffices to read compressed values. Default: never.
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
    /// The highest number of connections of the blocking service: 1 to 65535. Default: 50.
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
    /// How long sent data may stay unacknowledged before the connection is closed, where the operating system
    /// supports that (`TCP_USER_TIMEOUT`). Default: 10 s.
    #[serde(with = "duration::required")]
    pub tcp_user_timeout: Duration,
    /// How many times a call is tried. Default: 3 attempts, pauses from 100 ms up to 2 s.
    pub retry: RetryPolicy,
    /// When calls fail at once because the server does not answer.
    pub breaker: BreakerConfig,
    /// The time to live of values stored with `Expiry::Default`. Default: 300 s.
    #[serde(with = "duration::required")]
    pub default_ttl: Duration,
    /// The time to live of values stored with `Expiry::Long`. Default: 3600 s.
    #[serde(with = "duration::required")]
    pub long_ttl: Duration,
    /// The name of the service's connections in `CLIENT LIST`: printable ASCII, no spaces. Default:
    /// `redis-service`.
    pub client_name: String,
    /// The largest size of an encoded value, in bytes. A larger one is an error before it is sent, and so is
    /// one that is larger after decompression when it is read. Default: 512 MiB, which is Redis' own limit.
    pub max_value_bytes: usize,
    /// Whether connecting waits until the first call to contact the server, so that it succeeds while Redis
    /// is down. Default: false, which sends one PING.
    pub lazy: bool,
    /// How often the service sends the server a PING; `None` means never. Default: 30 s.
    #[serde(with = "duration::optional")]
    pub health_check_interval: Option<Duration>,
}

impl ServiceConfig {
    /// Reads the configuration from the environment; see [`Sources::env`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the variable that is malformed or contradicts another.
    pub fn from_env() -> Result<Self> {
        Sources::new().env().load()
    }

    /// Reads the configuration from these variables, as [`from_env`](Self::from_env) does.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Sources::new().vars(vars).load()
    }

    /// Reads the configuration from a URL; see [`Sources::url`]. It reads no environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the malformed part of the URL without showing it.
    pub fn from_url(url: &str) -> Result<Self> {
        Sources::new().url(url).load()
    }

    /// Reads the configuration from a JSON file; see [`Sources::file`]. It reads no environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the file, and the malformed or unknown field.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Sources::new().file(path).load()
    }

    /// Returns the credentials to log in with now: the provider's, or `username` and `password`.
    ///
    /// # Errors
    ///
    /// The error of the provider; kind `Auth` also if it panics.
    pub fn credentials(&self) -> Result<Credentials> {
        match &self.credentials_provider {
            Some(provider) => panic::catch_unwind(AssertUnwindSafe(|| provider.credentials()))
                .unwrap_or_else(|_| Err(Error::new(ErrorKind::Auth, "the credentials provider panicked"))),
            None => Ok(Credentials { username: self.username.clone(), password: self.password.clone() }),
        }
    }

    /// Returns every field with its variable, its URL option, its default and its meaning, as a Markdown
    /// table.
    #[must_use]
    pub fn reference() -> String {
        field::reference()
    }
}

/// Parses a URL, as [`ServiceConfig::from_url`] does.
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
