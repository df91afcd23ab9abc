//! How the service and its server are.

use std::time::Duration;

use crate::{error::Error, resilience::BreakerStatus};

/// How the service and its server are, by [`health`](crate::blocking::Service::health).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// How long the slowest server took to answer a PING; `None` if one did not.
    pub latency: Option<Duration>,
    /// What the server says of itself, the first if there are several; `None` if it did not answer, or the user
    /// may not ask.
    pub server: Option<ServerInfo>,
    /// The service's connections, to all servers.
    pub connections: ConnectionStatus,
    /// The circuit breaker; if there are several servers, that of the one which is worst off.
    pub breaker: BreakerStatus,
    /// A failure to reach a server, or to be answered by it: its last.
    pub last_error: Option<Error>,
    /// Each server by itself.
    pub nodes: Vec<NodeHealth>,
}

impl Health {
    /// Whether every server answered.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.latency.is_some()
    }

    /// All of them together.
    pub(crate) fn of(nodes: Vec<NodeHealth>) -> Self {
        let connections =
            nodes.iter().fold(ConnectionStatus::default(), |all, node| all.and(node.connections));
        let worst = nodes.iter().map(|node| node.breaker).max_by_key(|breaker| severity(*breaker));
        Self {
            latency: nodes.iter().map(|node| node.latency).reduce(|a, b| Some(a?.max(b?))).flatten(),
            server: nodes.iter().find_map(|node| node.server.clone()),
            connections,
            breaker: worst.unwrap_or(BreakerStatus::Off),
            last_error: nodes.iter().rev().find_map(|node| node.last_error.clone()),
            nodes,
        }
    }
}

fn severity(breaker: BreakerStatus) -> u8 {
    match breaker {
        BreakerStatus::Off => 0,
        BreakerStatus::Closed => 1,
        BreakerStatus::HalfOpen => 2,
        BreakerStatus::Open { .. } => 3,
    }
}

/// How one server is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeHealth {
    /// Host and port.
    pub address: String,
    /// How long the server took to answer a PING; `None` if it did not.
    pub latency: Option<Duration>,
    /// What the server says of itself; `None` if it did not answer, or the user may not ask.
    pub server: Option<ServerInfo>,
    /// The connections to it.
    pub connections: ConnectionStatus,
    /// Its circuit breaker.
    pub breaker: BreakerStatus,
    /// The last failure to reach it, or to be answered by it, of any call so far.
    pub last_error: Option<Error>,
}

/// The connections of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStatus {
    /// How many are open.
    pub open: u32,
    /// How many of the calls under way have one, or a share of one.
    pub in_use: u32,
    /// How many there may be.
    pub limit: u32,
}

impl ConnectionStatus {
    fn and(self, other: Self) -> Self {
        Self {
            open: self.open + other.open,
            in_use: self.in_use + other.in_use,
            limit: self.limit + other.limit,
        }
    }
}

/// What a server says of itself (`INFO`). A field is `None` where the server does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// The version, as in `7.0.15`.
    pub version: Option<String>,
    /// Master or replica.
    pub role: Option<Role>,
    /// The memory in use, in bytes.
    pub used_memory: Option<u64>,
    /// How many clients are connected.
    pub connected_clients: Option<u64>,
    /// How many commands it runs in a second.
    pub operations_per_second: Option<u64>,
}

/// The role of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// It takes writes.
    Master,
    /// It follows a master.
    Replica,
}

impl ServerInfo {
    /// From the reply of INFO.
    pub(crate) fn parse(info: &str) -> Self {
        let mut server = Self::default();
        for (field, value) in info.lines().filter_map(|line| line.split_once(':')) {
            let value = value.trim_end();
            match field {
                // Valkey gives both; its own tells more.
                "redis_version" => drop(server.version.get_or_insert_with(|| value.to_owned())),
                "valkey_version" => server.version = Some(value.to_owned()),
                "role" if value == "master" => server.role = Some(Role::Master),
                "role" if value == "slave" => server.role = Some(Role::Replica),
                "used_memory" => server.used_memory = value.parse().ok(),
                "connected_clients" => server.connected_clients = value.parse().ok(),
                "instantaneous_ops_per_sec" => server.operations_per_second = value.parse().ok(),
                _ => {}
            }
        }
        server
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_read_line_by_line() {
        let server = ServerInfo::parse(
            "# Server\r\nredis_version:7.0.15\r\n\r\n# Clients\r\nconnected_clients:3\r\nused_memory:1024\r\n\
             used_memory_human:1K\r\ninstantaneous_ops_per_sec:12\r\nrole:slave\r\n",
        );
        assert_eq!(server.version.as_deref(), Some("7.0.15"));
        assert_eq!(server.role, Some(Role::Replica));
        assert_eq!(server.used_memory, Some(1024));
        assert_eq!(server.connected_clients, Some(3));
        assert_eq!(server.operations_per_second, Some(12));
        assert_eq!(ServerInfo::parse(""), ServerInfo::default());
        assert_eq!(ServerInfo::parse("role\r\nused_memory:x"), ServerInfo::default());
    }
}
