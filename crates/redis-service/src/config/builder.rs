//! Setters for each field, which can be chained.

use std::time::Duration;

use secrecy::SecretString;

use super::{BreakerConfig, CredentialsProvider, RetryPolicy, ServiceConfig, SharedProvider, Tls, Topology};
use crate::values::Codec;

/// Each `with_…` sets the field of that name.
impl ServiceConfig {
    /// Sets the address of Redis.
    #[must_use]
    pub fn with_topology(self, topology: impl Into<Topology>) -> Self {
        Self { topology: topology.into(), ..self }
    }

    /// Sets the ACL user.
    #[must_use]
    pub fn with_username(self, username: impl Into<SecretString>) -> Self {
        Self { username: Some(username.into()), ..self }
    }

    /// Sets the password.
    #[must_use]
    pub fn with_password(self, password: impl Into<SecretString>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Sets the source of the credentials, in place of a user name and a password.
    #[must_use]
    pub fn with_credentials_provider(self, provider: impl CredentialsProvider + 'static) -> Self {
        Self { credentials_provider: Some(SharedProvider::new(provider)), ..self }
    }

    /// Sets the number of the database.
    #[must_use]
    pub fn with_db(self, db: u32) -> Self {
        Self { db, ..self }
    }

    /// Connects with TLS. `Tls::default()` trusts the authorities of the operating system.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Sets the prefix of every key.
    #[must_use]
    pub fn with_namespace(self, namespace: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), ..self }
    }

    /// Sets the form in which values are stored.
    #[must_use]
    pub fn with_codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// Sets the size, in bytes, from which values are compressed; `None` means never.
    #[must_use]
    pub fn with_compression_threshold(self, bytes: impl Into<Option<usize>>) -> Self {
        Self { compression_threshold: bytes.into(), ..self }
    }

    /// Sets how long connecting may take.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Sets how long the server may take to answer one attempt.
    #[must_use]
    pub fn with_response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// Sets how long a call may take in all.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets the highest number of connections of the blocking service: 1 to 65535.
    #[must_use]
    pub fn with_pool_size(self, connections: u32) -> Self {
        Self { pool_size: connections, ..self }
    }

    /// Sets how long a call waits for a free connection.
    #[must_use]
    pub fn with_acquire_timeout(self, timeout: Duration) -> Self {
        Self { acquire_timeout: timeout, ..self }
    }

    /// Sets how long a pooled connection may be idle and still be used without a check.
    #[must_use]
    pub fn with_idle_check(self, idle: Duration) -> Self {
        Self { idle_check: idle, ..self }
    }

    /// Sets how long a connection may be idle before TCP probes it.
    #[must_use]
    pub fn with_keepalive(self, idle: Duration) -> Self {
        Self { keepalive: idle, ..self }
    }

    /// Sets how long sent data may stay unacknowledged.
    #[must_use]
    pub fn with_tcp_user_timeout(self, timeout: Duration) -> Self {
        Self { tcp_user_timeout: timeout, ..self }
    }

    /// Sets how many times a call is tried. [`RetryPolicy::none`] switches retries off.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Sets when calls fail at once because the server does not answer. [`BreakerConfig::off`] switches the
    /// breaker off.
    #[must_use]
    pub fn with_breaker(self, breaker: BreakerConfig) -> Self {
        Self { breaker, ..self }
    }

    /// Sets the time to live of `Expiry::Default`.
    #[must_use]
    pub fn with_default_ttl(self, ttl: Duration) -> Self {
        Self { default_ttl: ttl, ..self }
    }

    /// Sets the time to live of `Expiry::Long`.
    #[must_use]
    pub fn with_long_ttl(self, ttl: Duration) -> Self {
        Self { long_ttl: ttl, ..self }
    }

    /// Sets the name that `CLIENT LIST` shows.
    #[must_use]
    pub fn with_client_name(self, name: impl Into<String>) -> Self {
        Self { client_name: name.into(), ..self }
    }

    /// Sets the largest size of an encoded value, in bytes.
    #[must_use]
    pub fn with_max_value_bytes(self, bytes: usize) -> Self {
        Self { max_value_bytes: bytes, ..self }
    }

    /// Sets whether connecting waits until the first call to contact the server.
    #[must_use]
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }

    /// Sets how often the service sends the server a PING; `None` means never.
    #[must_use]
    pub fn with_health_check_interval(self, interval: impl Into<Option<Duration>>) -> Self {
        Self { health_check_interval: interval.into(), ..self }
    }
}
