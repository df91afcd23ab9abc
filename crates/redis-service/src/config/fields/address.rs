//! The address of Redis.

use super::super::{
    draft::Formation,
    duration,
    field::{Field, put},
    node::{self, Node},
    text,
};
use super::{show_nodes, show_optional};

pub(super) static FIELDS: &[Field] = &[
    Field::new(
        "topology.standalone.host",
        "REDIS_HOST",
        "The server's host, or the absolute path of its Unix domain socket. Not read beside `REDIS_URL`.",
        |draft, text| put(&mut draft.host, text::host(text)),
        |draft| draft.host.clone(),
    )
    .part("host"),
    Field::new(
        "topology.standalone.port",
        "REDIS_PORT",
        "The server's port. Not read beside `REDIS_URL`.",
        |draft, text| put(&mut draft.port, text::port(text)),
        |draft| draft.port.to_string(),
    )
    .part("port"),
    Field::new(
        "topology.sentinel",
        "REDIS_USE_SENTINEL",
        "Whether sentinels know where the master is. The other settings of sentinels apply only then.",
        |draft, text| {
            if text::boolean(text)? {
                draft.formation = Formation::Sentinel;
            }
            Ok(())
        },
        |draft| (draft.formation == Formation::Sentinel).to_string(),
    )
    .part("scheme `redis+sentinel`"),
    Field::new(
        "topology.sentinel.nodes",
        "REDIS_SENTINELS",
        "The sentinels, `host:port,host:port`; the port is 26379 unless given.",
        |draft, text| put(&mut draft.sentinel.nodes, Node::parse_list(text, node::SENTINEL_PORT)),
        |draft| show_nodes(&draft.sentinel.nodes),
    )
    .part("hosts"),
    Field::new(
        "topology.sentinel.service",
        "REDIS_SENTINEL_SERVICE_NAME",
        "The name under which the sentinels know the master.",
        |draft, text| put(&mut draft.sentinel.service, text::words(text)),
        |draft| draft.sentinel.service.clone(),
    )
    .part("path"),
    Field::new(
        "topology.sentinel.username",
        "REDIS_SENTINEL_USERNAME",
        "The sentinels' own ACL user.",
        |draft, text| put(&mut draft.sentinel.username, text::secret(text).map(Some)),
        |draft| show_optional(draft.sentinel.username.as_ref().map(|_| "set")),
    )
    .option("sentinel_username"),
    Field::new(
        "topology.sentinel.password",
        "REDIS_SENTINEL_PASSWORD",
        "The sentinels' own password.",
        |draft, text| put(&mut draft.sentinel.password, text::secret(text).map(Some)),
        |draft| show_optional(draft.sentinel.password.as_ref().map(|_| "set")),
    )
    .option("sentinel_password"),
    Field::new(
        "topology.sentinel.socket_timeout",
        "REDIS_SENTINEL_SOCKET_TIMEOUT",
        "How long one sentinel may take to connect, and to answer. The variable is in seconds: `0.3`.",
        |draft, text| put(&mut draft.sentinel.socket_timeout, duration::parse(text.trim())),
        |draft| duration::show(draft.sentinel.socket_timeout),
    )
    .variable_as(|draft, text| put(&mut draft.sentinel.socket_timeout, duration::parse_seconds(text.trim())))
    .option("sentinel_socket_timeout"),
    Field::new(
        "topology.cluster",
        "REDIS_USE_CLUSTERS",
        "Whether Redis is a cluster. The other settings of clusters apply only then.",
        |draft, text| {
            if text::boolean(text)? {
                draft.formation = Formation::Cluster;
            }
            Ok(())
        },
        |draft| (draft.formation == Formation::Cluster).to_string(),
    )
    .part("scheme `redis+cluster`"),
    Field::new(
        "topology.cluster.nodes",
        "REDIS_CLUSTERS",
        "Some of the cluster's nodes, `host:port,host:port`; the port is 6379 unless given.",
        |draft, text| put(&mut draft.cluster, Node::parse_list(text, node::REDIS_PORT)),
        |draft| show_nodes(&draft.cluster),
    )
    .part("hosts"),
];
