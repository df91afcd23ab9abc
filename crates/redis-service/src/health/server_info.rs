use serde::Serialize;

/// What a server reports about itself (`INFO`). A field is `None` where the server does not report it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServerInfo {
    /// What the server is: `redis`, `valkey`, or the name that another product gives itself.
    pub product: Option<String>,
    /// The product's own version, such as `7.0.15`. (Valkey also claims a version of Redis, which is not this.)
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
                "server_name" => server.product = Some(value.to_owned()),
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
        // Redis alone does not name itself.
        if server.product.is_none() && server.version.is_some() {
            server.product = Some("redis".to_owned());
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
        assert_eq!(server.product.as_deref(), Some("redis"));
        assert_eq!(server.role, Some(Role::Replica));
        assert_eq!(server.used_memory, Some(1024));
        assert_eq!(server.connected_clients, Some(3));
        assert_eq!(server.operations_per_second, Some(12));
        assert_eq!(ServerInfo::parse(""), ServerInfo::default());
        assert_eq!(ServerInfo::parse("role\r\nused_memory:x"), ServerInfo::default());
    }

    #[test]
    fn a_product_with_a_name_has_its_own_version() {
        let info = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        let server = ServerInfo::parse(info);
        assert_eq!((server.product.as_deref(), server.version.as_deref()), (Some("valkey"), Some("9.1.2")));
    }
}
