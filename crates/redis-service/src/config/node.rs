//! The address of one server.

use std::{fmt, net::Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::text::{self, Problem};

pub(super) const REDIS_PORT: u16 = 6379;
pub(super) const SENTINEL_PORT: u16 = 26379;

/// The address of one server. Its text and its JSON form are `host:port`, with an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Node {
    /// A host name or an IP address, without brackets.
    pub host: String,
    /// A TCP port.
    pub port: u16,
}

impl Node {
    /// The server at `host` and `port`.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// Parses `host`, `host:port`, `[address]` or `[address]:port`.
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Self, Problem> {
        if text.contains(char::is_whitespace) {
            return Err("has a space or a line break in an address");
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or("has a bracket that is not closed")?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) if text.starts_with('[') || !port.contains(':') => text::port(port)?,
            Some(_) => return Err("has more than one colon in an address: put IPv6 addresses in brackets"),
            None if port.is_empty() => default_port,
            None => return Err("has something other than a port after an address in brackets"),
        };
        if text.starts_with('[') && host.parse::<Ipv6Addr>().is_err() {
            return Err("has brackets around something that is not an IPv6 address");
        }
        Ok(Self { host: text::host(host)?, port })
    }

    /// Parses addresses separated by commas. An empty or repeated address is refused.
    pub(super) fn parse_list(text: &str, default_port: u16) -> Result<Vec<Self>, Problem> {
        let mut nodes = Vec::new();
        for entry in text.split(',').map(str::trim) {
            if entry.is_empty() {
                return Err("has an empty address in its list");
            }
            let node = Self::parse(entry, default_port)?;
            if nodes.contains(&node) {
                return Err("has the same address twice");
            }
            nodes.push(node);
        }
        Ok(nodes)
    }
}

impl<H: Into<String>> From<(H, u16)> for Node {
    fn from((host, port): (H, u16)) -> Self {
        Self::new(host, port)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn redis_nodes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Node>, D::Error> {
    list(from, REDIS_PORT)
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn sentinel_nodes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Node>, D::Error> {
    list(from, SENTINEL_PORT)
}

fn list<'de, D: Deserializer<'de>>(from: D, default_port: u16) -> Result<Vec<Node>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| Node::parse(text, default_port).map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_and_addresses_with_and_without_ports() {
        for (text, host, port) in [
            ("redis", "redis", 6379),
            ("redis_1.local:7000", "redis_1.local", 7000),
            ("10.0.0.1:1", "10.0.0.1", 1),
            ("[::1]", "::1", 6379),
            ("[2001:db8::1]:65535", "2001:db8::1", 65535),
        ] {
            let node = Node::parse(text, REDIS_PORT).unwrap();
            assert_eq!(node, Node::new(host, port), "{text}");
            assert_eq!(Node::parse(&node.to_string(), 1), Ok(node), "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            ":",
            ":6379",
            "h:",
            "h:0",
            "h:65536",
            "h:-1",
            "h:+1",
            "h:x",
            "h:1:2",
            "::1",
            "[::1",
            "[::1]6379",
            "[h]:1",
            "[]:1",
            "a b",
            "a/b",
            "u@h",
            "h\r\n:1",
            "h\0",
            "é",
        ] {
            assert!(Node::parse(text, REDIS_PORT).is_err(), "{text:?}");
        }
        assert!(Node::parse(&"h".repeat(254), REDIS_PORT).is_err());
    }

    #[test]
    fn lists() {
        let nodes = Node::parse_list("a, b:1 ,[::1]:2", SENTINEL_PORT).unwrap();
        assert_eq!(nodes, [Node::new("a", 26379), Node::new("b", 1), Node::new("::1", 2)]);
        for text in ["", ",", "a,", ",a", "a,,b", "a,a:26379", "a;b"] {
            assert!(Node::parse_list(text, SENTINEL_PORT).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[\\[\\]:,@a1. é]{0,12}|.*") {
            let _ = Node::parse_list(&text, REDIS_PORT);
        }
    }
}
