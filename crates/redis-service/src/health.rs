//! The state of the service and of its servers.

use std::time::Duration;

use crate::{error::Error, resilience::BreakerStatus};

/// The state of the service and of its servers, as [`health`](crate::blocking::Service::health) returns it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// The longest time that a server took to answer a PING; `None` if a server did not answer.
    pub latency: Option<Duration>,
    /// What the server reports about itself; of several servers, the first. `None` if it did not answer, or
    /// the user has no permission.
    pub server: Option<ServerInfo>,
    /// The service's connections to all servers.
    pub connections: ConnectionStatus,
    /// The circuit breaker; of several servers' breakers, the one in the worst state.
    pub breaker: BreakerStatus,
    /// Why a server did not answer now; else the last failure to reach a server or to get its answer, of any server,
    /// which stays after the server has recovered.
    pub last_error: Option<Error>,
    /// The state of each server.
    pub nodes: Vec<NodeHealth>,
}

impl Health {
    /// Returns whether every server answered.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.latency.is_some()
    }

    /// Combines the states of all servers.
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

/// The state of one server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeHealth {
    /// Host and port.
    pub address: String,
    /// How long the server took to answer a PING; `None` if it did not answer.
    pub latency: Option<Duration>,
    /// What the server reports about itself; `None` if it did not answer, or the user has no permission.
    pub server: Option<ServerInfo>,
    /// The connections to the server.
    pub connections: ConnectionStatus,
    /// The server's circuit breaker.
    pub breaker: BreakerStatus,
    /// Why the server did not answer now; else the last failure to reach it or to get its answer, of any call so
    /// far, which stays after the server has recovered.
    pub last_error: Option<Error>,
}

/// The connections of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStatus {
    /// The number of open connections.
    pub open: u32,
    /// The number of calls in progress that have a connection, or a share of one.
    pub in_use: u32,
    /// The highest number of connections.
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

/// What a server reports about itself (`INFO`). A field is `None` where the server does not report it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// The version, such as `7.0.15`.
    pub version: Option<String>,
    /// Whether the server is a master or a replica.
    pub role: Option<Role>,
    /// The memory in use, in bytes.
    pub used_memory: Option<u64>,
    /// The number of connected clients.
    pub connected_clients: Option<u64>,
    /// The number of commands per second.
    pub operations_per_second: Option<u64>,
}

/// The role of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The server takes writes.
    Master,
    /// The server follows a master.
    Replica,
}

impl ServerInfo {
    /// Parses the reply of INFO.
    pub(crate) fn parse(info: &str) -> Self {
        let mut server = Self::default();
        for (field, value) in info.lines().filter_map(|line| line.split_once(':')) {
            let value = value.trim_end();
            match field {
                // Valkey reports both; its own says more.
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
