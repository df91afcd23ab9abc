use std::time::Duration;

use redis_config_store::{ConfigStore, StoreOptions};
use redis_service::{
    RedisService, ServiceConfig,
    config::{Node, Topology},
};

use crate::{
    arguments::Common,
    failure::{Failure, Result},
};

/// A namespace of the store, and the service that it uses.
pub(crate) struct OpenStore {
    pub(crate) store: ConfigStore,
    pub(crate) redis: RedisService,
    /// The address of Redis, without the user.
    pub(crate) address: String,
}

impl OpenStore {
    pub(crate) fn open(common: &Common) -> Result<Self> {
        Self::open_with(common, StoreOptions::default())
    }

    /// For commands that read all keys at once, which may take the server a while.
    pub(crate) fn open_patiently(common: &Common) -> Result<Self> {
        Self::connect(common, StoreOptions::default(), patient(config(common)?))
    }

    pub(crate) fn open_with(common: &Common, options: StoreOptions) -> Result<Self> {
        Self::connect(common, options, config(common)?)
    }

    fn connect(common: &Common, options: StoreOptions, config: ServiceConfig) -> Result<Self> {
        let namespace =
            common.namespace.as_deref().filter(|namespace| !namespace.is_empty()).ok_or_else(|| {
                Failure::usage("which namespace?").hint("say --namespace NAME, or set REDIS_CONFIG_NAMESPACE")
            })?;
        let address = address(&config);
        let redis = RedisService::connect(config)?;
        let store = ConfigStore::open_with(&redis, namespace, options).map_err(Failure::reading)?;
        Ok(Self { store, redis, address })
    }
}

/// The configuration of the environment, without the URL and without how a service encodes its own values.
fn config(common: &Common) -> Result<ServiceConfig> {
    const OTHERS: [&str; 3] = ["REDIS_URL", "REDIS_CODEC", "REDIS_COMPRESSION_THRESHOLD"];
    let vars = std::env::vars_os();
    let vars = vars.filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let vars = vars.filter(|(name, _)| !OTHERS.contains(&&**name));
    let url = common.url.iter().map(|url| ("REDIS_URL".to_owned(), url.clone()));
    let config = ServiceConfig::from_vars(vars.chain(url))?;
    let is_named = config.client_name != ServiceConfig::default().client_name;
    Ok(if is_named { config } else { config.with_client_name("redis-config") })
}

/// The configuration with longer timeouts, unless it sets them itself.
fn patient(config: ServiceConfig) -> ServiceConfig {
    let usual = ServiceConfig::default();
    if (config.response_timeout, config.deadline) != (usual.response_timeout, usual.deadline) {
        return config;
    }
    config.with_response_timeout(Duration::from_secs(60)).with_deadline(Duration::from_secs(120))
}

fn address(config: &ServiceConfig) -> String {
    match &config.topology {
        Topology::Standalone { host, port } => Node::new(host, *port).to_string(),
        _ => "the servers that the configuration names".to_owned(),
    }
}
