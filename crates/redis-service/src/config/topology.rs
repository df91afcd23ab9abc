//! The address of Redis.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    duration,
    node::{self, Node},
    secret,
};

/// The address of Redis: one server, sentinels or a cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Topology {
    /// One server.
    Standalone {
        /// A host name, an IP address, or the absolute path of a Unix domain socket. Default: 127.0.0.1.
        #[serde(default = "default_host")]
        host: String,
        /// A TCP port; a socket by path has none. Default: 6379.
        #[serde(default = "default_port")]
        port: u16,
    },
    /// A master and its replicas, monitored by sentinels.
    Sentinel(Sentinel),
    /// A Redis Cluster.
    Cluster {
        /// Some of the cluster's nodes; the others are found through them. Default port: 6379.
        #[serde(deserialize_with = "node::redis_nodes")]
        nodes: Vec<Node>,
    },
}

impl Topology {
    /// One server at `host` and `port`.
    #[must_use]
    pub fn standalone(host: impl Into<String>, port: u16) -> Self {
        Self::Standalone { host: host.into(), port }
    }

    /// One server at the Unix domain socket with this absolute path.
    #[must_use]
    pub fn socket(path: impl Into<String>) -> Self {
        Self::Standalone { host: path.into(), port: default_port() }
    }

    /// The cluster that `nodes` belong to.
    #[must_use]
    pub fn cluster(nodes: impl IntoIterator<Item = impl Into<Node>>) -> Self {
        Self::Cluster { nodes: nodes.into_iter().map(Into::into).collect() }
    }
}

impl Default for Topology {
    fn default() -> Self {
        Self::Standalone { host: default_host(), port: default_port() }
    }
}

impl From<Sentinel> for Topology {
    fn from(sentinel: Sentinel) -> Self {
        Self::Sentinel(sentinel)
    }
}

/// The sentinels, and the name of the master to ask them for.
///
/// The credentials here are those of the sentinels themselves; the service's own credentials are the
/// master's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Sentinel {
    /// The sentinels' addresses. Default port: 26379.
    #[serde(deserialize_with = "node::sentinel_nodes")]
    pub nodes: Vec<Node>,
    /// The name under which the sentinels know the master. Default: `mymaster`.
    pub service: String,
    /// The sentinels' ACL user. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub username: Option<SecretString>,
    /// The sentinels' password. Not written when serialized.
    #[serde(skip_serializing, deserialize_with = "secret::deserialize")]
    pub password: Option<SecretString>,
    /// How long one sentinel may take to connect, and again to answer. Default: 300 ms.
    #[serde(with = "duration::required")]
    pub socket_timeout: Duration,
}

impl Sentinel {
    /// The master known to the sentinels at `nodes` as `service`.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = impl Into<Node>>, service: impl Into<String>) -> Self {
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            service: service.into(),
            ..Self::default()
        }
    }
}

impl Default for Sentinel {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            service: "mymaster".to_owned(),
            username: None,
            password: None,
            socket_timeout: Duration::from_millis(300),
        }
    }
}

fn default_host() -> String {
    "127.0.0.1".to_owned()
}

fn default_port() -> u16 {
    node::REDIS_PORT
}
