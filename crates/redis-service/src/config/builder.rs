//! Setters that chain, one for each field.

use std::time::Duration;

use secrecy::SecretString;

use super::{BreakerConfig, CredentialsProvider, RetryPolicy, ServiceConfig, SharedProvider, Tls, Topology};
use crate::values::Codec;

/// Each `with_…` sets the field of that name.
impl ServiceConfig {
    /// Where Redis is.
    #[must_use]
    pub fn with_topology(self, topology: impl Into<Topology>) -> Self {
        Self { topology: topology.into(), ..self }
    }

    /// The ACL user.
    #[must_use]
    pub fn with_username(self, username: impl Into<SecretString>) -> Self {
        Self { username: Some(username.into()), ..self }
    }

    /// The password.
    #[must_use]
    pub fn with_password(self, password: impl Into<SecretString>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Where the credentials come from, in place of a user name and a password.
    #[must_use]
    pub fn with_credentials_provider(self, provider: impl CredentialsProvider + 'static) -> Self {
        Self { credentials_provider: Some(SharedProvider::new(provider)), ..self }
    }

    /// The number of the database.
    #[must_use]
    pub fn with_db(self, db: u32) -> Self {
        Self { db, ..self }
    }

    /// Connects with TLS. `Tls::default()` trusts the authorities of the operating system.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// What every key is prefixed with.
    #[must_use]
    pub fn with_namespace(self, namespace: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), ..self }
    }

    /// The form in which values are stored.
    #[must_use]
    pub fn with_codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// From which size on values are compressed, in bytes; `None` is never.
    #[must_use]
    pub fn with_compression_threshold(self, bytes: impl Into<Option<usize>>) -> Self {
        Self { compression_threshold: bytes.into(), ..self }
    }

    /// How long connecting may take.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// How long the server may take to answer one attempt.
    #[must_use]
    pub fn with_response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// How long a call may take in all.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// How many connections the blocking service opens at most.
    #[must_use]
    pub fn with_pool_size(self, connections: u32) -> Self {
        Self { pool_size: connections, ..self }
    }

    /// How long a call waits for a free connection.
    #[must_use]
    pub fn with_acquire_timeout(self, timeout: Duration) -> Self {
        Self { acquire_timeout: timeout, ..self }
    }

    /// How long a pooled connection may be idle and still be used unchecked.
    #[must_use]
    pub fn with_idle_check(self, idle: Duration) -> Self {
        Self { idle_check: idle, ..self }
    }

    /// How long a connection may be idle before TCP probes it.
    #[must_use]
    pub fn with_keepalive(self, idle: Duration) -> Self {
        Self { keepalive: idle, ..self }
    }

    /// How long sent data may stay unacknowledged.
    #[must_use]
    pub fn with_tcp_user_timeout(self, timeout: Duration) -> Self {
        Self { tcp_user_timeout: timeout, ..self }
    }

    /// How often a call is tried. [`RetryPolicy::none`] switches retries off.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// When to stop asking. [`BreakerConfig::off`] switches the breaker off.
    #[must_use]
    pub fn with_breaker(self, breaker: BreakerConfig) -> Self {
        Self { breaker, ..self }
    }

    /// The time to live of `Expiry::Default`.
    #[must_use]
    pub fn with_default_ttl(self, ttl: Duration) -> Self {
        Self { default_ttl: ttl, ..self }
    }

    /// The time to live of `Expiry::Long`.
    #[must_use]
    pub fn with_long_ttl(self, ttl: Duration) -> Self {
        Self { long_ttl: ttl, ..self }
    }

    /// What `CLIENT LIST` shows.
    #[must_use]
    pub fn with_client_name(self, name: impl Into<String>) -> Self {
        Self { client_name: name.into(), ..self }
    }

    /// How large an encoded value may be.
    #[must_use]
    pub fn with_max_value_bytes(self, bytes: usize) -> Self {
        Self { max_value_bytes: bytes, ..self }
    }

    /// Whether connecting leaves the server alone until the first call.
    #[must_use]
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }

    /// How often the service asks the server whether it is well; `None` is never.
    #[must_use]
    pub fn with_health_check_interval(self, interval: impl Into<Option<Duration>>) -> Self {
        Self { health_check_interval: interval.into(), ..self }
    }
}
