use std::fmt;

use redis_service::{RedisService, ServiceConfig, blocking::CommandTarget, config::Node, config::Topology};
use serde::Serialize;

use crate::{failure::Result, output::plain};

/// Where a command looks: the server, its database, and the Redis keys. It contains no user and no password.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) database: u32,
    /// What the service puts before every Redis key: nothing, or its own namespace and a colon.
    pub(crate) prefix: String,
    /// The values and the log of the namespace; empty if the command is not about one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) keys: Vec<String>,
}

impl Place {
    pub(crate) fn of_server(config: &ServiceConfig) -> Self {
        let address = match &config.topology {
            Topology::Standalone { host, port } => Node::new(host, *port).to_string(),
            _ => "the servers that the configuration names".to_owned(),
        };
        let prefix = config.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        let prefix = prefix.map_or_else(String::new, |namespace| format!("{namespace}:"));
        Self { address, database: config.db, prefix, keys: Vec::new() }
    }

    /// The place of a namespace.
    ///
    /// # Errors
    ///
    /// If the service's own namespace is invalid, or too long together with this one.
    pub(crate) fn with_namespace(self, redis: &RedisService, namespace: &str) -> Result<Self> {
        let whole = |part| redis.redis_key(format!("{{cs:{namespace}}}:{part}").as_str());
        let keys = [whole("cur")?, whole("log")?].map(|key| String::from_utf8_lossy(&key).into_owned());
        Ok(Self { keys: keys.to_vec(), ..self })
    }

    /// The two Redis keys of the namespace, for people.
    pub(crate) fn redis_keys(&self) -> String {
        self.keys.iter().map(|key| plain(key)).collect::<Vec<_>>().join(" and ")
    }

    /// The database and its server, for people.
    pub(crate) fn server(&self) -> String {
        format!("database {} of {}", self.database, plain(&self.address))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.keys {
            [] => f.write_str(&self.server()),
            _ => write!(f, "{}, {}", self.redis_keys(), self.server()),
        }
    }
}
