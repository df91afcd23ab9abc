//! The state of the service and of its servers.

mod last_error;
mod server_info;

use std::time::Duration;

use serde::{Serialize, Serializer};

pub use self::{
    last_error::LastError,
    server_info::{Role, ServerInfo},
};
use crate::resilience::BreakerStatus;

/// The state of the service and of its servers, as [`health`](crate::blocking::Service::health) returns it.
///
/// It serializes, for a page or an endpoint that shows it, under the names of the fields; a [`Duration`] is a
/// number of milliseconds with fractions under a name that ends in `_ms`, a time the whole milliseconds since 1970
/// (UTC). It holds no password, key or value.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The longest time that a server took to answer a PING; `None` if a server did not answer.
    #[serde(rename = "latency_ms", serialize_with = "optional_millis")]
    pub latency: Option<Duration>,
    /// What the server reports about itself; of several servers, the first. `None` if it did not answer, or
    /// the user has no permission.
    pub server: Option<ServerInfo>,
    /// The service's connections to all servers.
    pub connections: ConnectionStatus,
    /// The circuit breaker; of several servers' breakers, the one in the worst state.
    pub breaker: BreakerStatus,
    /// The calls that went on without Redis by [`Degrade`](crate::Degrade), since the service was made.
    pub degraded_calls: u64,
    /// Why a server did not answer now; else the last failure to reach a server or to get its answer, of any
    /// server, which stays after the server has recovered: [`LastError::ended`] says when.
    pub last_error: Option<LastError>,
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
            degraded_calls: nodes.iter().map(|node| node.degraded_calls).sum(),
            last_error: nodes
                .iter()
                .filter_map(|node| node.last_error.clone())
                .max_by_key(LastError::urgency),
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
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NodeHealth {
    /// Host and port.
    pub address: String,
    /// How long the server took to answer a PING; `None` if it did not answer.
    #[serde(rename = "latency_ms", serialize_with = "optional_millis")]
    pub latency: Option<Duration>,
    /// What the server reports about itself; `None` if it did not answer, or the user has no permission.
    pub server: Option<ServerInfo>,
    /// The connections to the server.
    pub connections: ConnectionStatus,
    /// The server's circuit breaker.
    pub breaker: BreakerStatus,
    /// The calls that went on without the server by [`Degrade`](crate::Degrade), since the service was made.
    pub degraded_calls: u64,
    /// Why the server did not answer now; else the last failure to reach it or to get its answer, of any call so
    /// far, which stays after the server has recovered: [`LastError::ended`] says when.
    pub last_error: Option<LastError>,
}

/// The connections of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

/// Serializes a duration as a number of milliseconds.
pub(crate) fn optional_millis<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64() * 1_000.0).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::error::{Error, ErrorKind};

    fn node(last_error: Option<LastError>) -> NodeHealth {
        NodeHealth {
            address: "redis:6379".to_owned(),
            latency: last_error.is_none().then_some(Duration::from_micros(1_500)),
            server: last_error.is_none().then(|| ServerInfo::parse("redis_version:7.0.15\r\nrole:slave\r\n")),
            connections: ConnectionStatus { open: 1, in_use: 0, limit: 10 },
            breaker: BreakerStatus::Open { retry_after: Some(Duration::from_millis(250)) },
            degraded_calls: 2,
            last_error,
        }
    }

    #[test]
    fn it_serializes_under_stable_names() {
        let health = serde_json::to_value(Health::of(Vec::from([node(None)]))).unwrap();
        let of_node = serde_json::json!({
            "address": "redis:6379",
            "latency_ms": 1.5,
            "server": {
                "product": "redis",
                "version": "7.0.15",
                "role": "replica",
                "used_memory": null,
                "connected_clients": null,
                "operations_per_second": null,
            },
            "connections": { "open": 1, "in_use": 0, "limit": 10 },
            "breaker": { "state": "open", "retry_after_ms": 250.0 },
            "degraded_calls": 2,
            "last_error": null,
        });
        assert_eq!(health["nodes"], serde_json::json!([of_node]));
        let names =
            |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut expected = names(&of_node);
        expected.retain(|name| name != "address");
        let mut found = names(&health);
        found.retain(|name| name != "nodes");
        assert_eq!(found, expected);
    }

    #[test]
    fn of_several_servers_the_failure_that_lasts_is_the_last_error() {
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let lasting = LastError::new(Error::new(ErrorKind::Auth, "lasting"), at(1));
        let mut over = LastError::new(Error::new(ErrorKind::Connection, "over"), at(2));
        over.end(at(3));
        let health = Health::of(Vec::from([node(Some(lasting)), node(Some(over)), node(None)]));
        assert_eq!(health.last_error.unwrap().error.kind(), ErrorKind::Auth);
        assert_eq!(health.degraded_calls, 6);
    }
}
