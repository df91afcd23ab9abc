//! Checks of the whole configuration.

use std::{collections::HashSet, time::Duration};

use secrecy::ExposeSecret;

use super::{BreakerConfig, Node, RetryPolicy, Sentinel, ServiceConfig, Tls, Topology, field::Field, text};
use crate::error::{Error, Result};

/// Longer waits are mistakes, and would overflow clocks and socket options.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// In milliseconds. Redis counts up to 2^63.
const LONGEST_TTL: u128 = 1 << 62;
const LONGEST_NAMESPACE: usize = 1024;
/// One address of a client has no more ports for connections to a server. The pool reserves memory for each
/// connection that it may have.
pub(super) const MOST_CONNECTIONS: u32 = 65_535;

impl ServiceConfig {
    /// Checks that this configuration is valid. Connecting checks it first.
    ///
    /// It reads no file and looks up no name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config), naming the first invalid field and its
    /// variable.
    pub fn validate(&self) -> Result<()> {
        self.check_topology()?;
        self.check_login()?;
        self.tls.as_ref().map_or(Ok(()), check_tls)?;
        self.check_waits()?;
        check_retry(&self.retry)?;
        check_breaker(&self.breaker)?;
        self.check_values()
    }

    fn check_topology(&self) -> Result<()> {
        match &self.topology {
            Topology::Standalone { host, .. } if text::is_socket_path(host) => {
                ensure(self.tls.is_none(), "tls", "is set, but a socket by path has no TLS")
            }
            Topology::Standalone { host, port } => {
                ensure(text::is_host(host), "topology.standalone.host", text::NO_HOST)?;
                ensure(*port != 0, "topology.standalone.port", "is 0")
            }
            Topology::Sentinel(sentinel) => check_sentinel(sentinel),
            Topology::Cluster { nodes } => {
                check_nodes(nodes, "topology.cluster.nodes")?;
                ensure(self.db == 0, "db", "is not 0, but a cluster has no other database")
            }
        }
    }

    fn check_login(&self) -> Result<()> {
        let Self { username, password, credentials_provider, .. } = self;
        for (secret, field) in [(username, "username"), (password, "password")] {
            let alone = credentials_provider.is_none() || secret.is_none();
            ensure(alone, field, "is set beside a credentials provider")?;
        }
        // A user that needs no password (`nopass`) may send any, even an empty one.
        let blank = password.as_ref().is_some_and(|password| password.expose_secret().is_empty());
        ensure(!blank || username.is_some(), "password", "is empty")
    }

    fn check_waits(&self) -> Result<()> {
        for (wait, field) in [
            (self.connect_timeout, "connect_timeout"),
            (self.response_timeout, "response_timeout"),
            (self.deadline, "deadline"),
            (self.acquire_timeout, "acquire_timeout"),
            (self.keepalive, "keepalive"),
            (self.tcp_user_timeout, "tcp_user_timeout"),
        ] {
            check_wait(wait, field)?;
        }
        // The operating system counts in seconds.
        ensure(self.keepalive >= Duration::from_secs(1), "keepalive", "is shorter than a second")?;
        ensure(self.idle_check <= LONGEST_WAIT, "idle_check", "is longer than a day")?;
        if let Some(interval) = self.health_check_interval {
            check_wait(interval, "health_check_interval")?;
            // It would send PINGs without a pause.
            let pauses = interval >= Duration::from_millis(1);
            ensure(pauses, "health_check_interval", "is shorter than a millisecond")?;
        }
        ensure(self.pool_size != 0, "pool_size", "is 0")?;
        ensure(self.pool_size <= MOST_CONNECTIONS, "pool_size", "is above 65535")
    }

    fn check_values(&self) -> Result<()> {
        for (ttl, field) in [(self.default_ttl, "default_ttl"), (self.long_ttl, "long_ttl")] {
            ensure(ttl.as_millis() != 0, field, "is shorter than a millisecond")?;
            // Redis adds the time of day.
            ensure(ttl.as_millis() <= LONGEST_TTL, field, "is longer than Redis can count")?;
        }
        if let Some(namespace) = &self.namespace {
            ensure(!namespace.is_empty(), "namespace", "is empty")?;
            ensure(!namespace.contains('\0'), "namespace", "has a NUL in it")?;
            ensure(namespace.len() <= LONGEST_NAMESPACE, "namespace", "is longer than 1024 bytes")?;
        }
        ensure(
            self.compression_threshold.is_none() || cfg!(feature = "compression"),
            "compression_threshold",
            "is set, but this build has no feature `compression`",
        )?;
        let printable = self.client_name.bytes().all(|byte| byte.is_ascii_graphic());
        ensure(!self.client_name.is_empty() && printable, "client_name", "is empty or not printable ASCII")?;
        ensure(self.max_value_bytes != 0, "max_value_bytes", "is 0")
    }
}

fn check_sentinel(sentinel: &Sentinel) -> Result<()> {
    check_nodes(&sentinel.nodes, "topology.sentinel.nodes")?;
    let named = !sentinel.service.is_empty() && !sentinel.service.contains(char::is_control);
    ensure(named, "topology.sentinel.service", "is empty or has a control character in it")?;
    ensure(
        sentinel.username.is_none() || sentinel.password.is_some(),
        "topology.sentinel.username",
        "is set, but no password",
    )?;
    check_wait(sentinel.socket_timeout, "topology.sentinel.socket_timeout")
}

fn check_nodes(nodes: &[Node], field: &str) -> Result<()> {
    ensure(!nodes.is_empty(), field, "is empty")?;
    for Node { host, port } in nodes {
        ensure(text::is_host(host), field, "has something that is not a host name or an IP address")?;
        ensure(*port != 0, field, "has a port 0")?;
    }
    let different: HashSet<_> = nodes.iter().collect();
    ensure(different.len() == nodes.len(), field, "has the same address twice")
}

fn check_tls(tls: &Tls) -> Result<()> {
    let Tls { ca_file, client_certificate, client_key, server_name } = tls;
    for (path, field) in [
        (ca_file, "tls.ca_file"),
        (client_certificate, "tls.client_certificate"),
        (client_key, "tls.client_key"),
    ] {
        ensure(path.as_ref().is_none_or(|path| !path.as_os_str().is_empty()), field, "is empty")?;
    }
    let [certificate, key] = [client_certificate, client_key].map(Option::is_some);
    ensure(!certificate || key, "tls.client_certificate", "is set, but not its key")?;
    ensure(!key || certificate, "tls.client_key", "is set, but not its certificate")?;
    let valid = server_name.as_ref().is_none_or(|name| text::is_host(name));
    ensure(valid, "tls.server_name", "is not a host name or an IP address")
}

fn check_retry(retry: &RetryPolicy) -> Result<()> {
    ensure(retry.attempts != 0, "retry.attempts", "is 0: one attempt means no retry")?;
    check_wait(retry.base, "retry.base")?;
    check_wait(retry.cap, "retry.cap")?;
    ensure(retry.cap >= retry.base, "retry.cap", "is shorter than retry.base")
}

fn check_breaker(breaker: &BreakerConfig) -> Result<()> {
    let rate = breaker.failure_rate > 0.0 && breaker.failure_rate <= 1.0;
    ensure(rate, "breaker.failure_rate", "is not above 0 and at most 1")?;
    ensure(breaker.min_failures != 0, "breaker.min_failures", "is 0")?;
    ensure(breaker.probes != 0, "breaker.probes", "is 0")?;
    check_wait(breaker.window, "breaker.window")?;
    check_wait(breaker.open_for, "breaker.open_for")?;
    check_wait(breaker.max_open_for, "breaker.max_open_for")?;
    let ordered = breaker.max_open_for >= breaker.open_for;
    ensure(ordered, "breaker.max_open_for", "is shorter than breaker.open_for")
}

fn check_wait(wait: Duration, field: &str) -> Result<()> {
    ensure(!wait.is_zero(), field, "is 0")?;
    ensure(wait <= LONGEST_WAIT, field, "is longer than a day")
}

fn ensure(holds: bool, field: &str, problem: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    let variable = Field::named(field).map_or("", |field| field.variable);
    Err(Error::config(format!("{field} ({variable}) {problem}")))
}
