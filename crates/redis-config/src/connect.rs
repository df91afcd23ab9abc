use std::time::Duration;

use redis_config_store::{ConfigStore, StoreOptions};
use redis_service::{RedisService, ServiceConfig};

use crate::{
    arguments::Common,
    failure::{Failure, Result},
    output::plain,
    place::Place,
    progress::Progress,
};

/// A namespace of the store, and the service that it uses.
pub(crate) struct OpenStore {
    pub(crate) store: ConfigStore,
    pub(crate) redis: RedisService,
    pub(crate) place: Place,
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
        let place = Place::of_server(&config);
        let progress = connecting(common, &place);
        let redis = RedisService::connect(config)?;
        let store = ConfigStore::open_with(&redis, namespace, options).map_err(Failure::reading)?;
        let place = place.with_namespace(&redis, namespace)?;
        drop(progress);
        Ok(Self { store, redis, place })
    }

    /// The failure of a command whose key does not exist. It says where the key was looked for.
    pub(crate) fn missing(&self, key: &str) -> Failure {
        Failure::missing(key).hint(format!("looked in {}", self.place))
    }
}

/// The service without a namespace of the store; of all prefixes, if that is wanted.
pub(crate) fn open_server(common: &Common, is_of_all_prefixes: bool) -> Result<(RedisService, Place)> {
    let mut config = config(common)?;
    if is_of_all_prefixes {
        config.namespace = None;
    }
    let place = Place::of_server(&config);
    let _progress = connecting(common, &place);
    Ok((RedisService::connect(config)?, place))
}

fn connecting(common: &Common, place: &Place) -> Progress {
    Progress::start(common.json, format!("connecting to {}", plain(&place.address)))
}

/// Whether anything says which server is meant.
pub(crate) fn is_server_given(common: &Common) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let others = ["REDIS_HOST", "REDIS_PORT", "REDIS_USE_SENTINEL", "REDIS_USE_CLUSTERS"];
    common.url.as_ref().is_some_and(|url| !url.is_empty()) || others.into_iter().any(is_set)
}

/// The configuration of the environment, without the URL and without how a service encodes its own values.
fn config(common: &Common) -> Result<ServiceConfig> {
    const OTHERS: [&str; 3] = ["REDIS_URL", "REDIS_CODEC", "REDIS_COMPRESSION_THRESHOLD"];
    if common.is_url_an_argument && common.url.as_ref().is_some_and(String::is_empty) {
        return Err(Failure::usage("--url is empty").hint("without --url, REDIS_URL says where Redis is"));
    }
    let vars = std::env::vars_os();
    let vars = vars.filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let vars = vars.filter(|(name, _)| !OTHERS.contains(&&**name));
    let url = common.url.iter().map(|url| ("REDIS_URL".to_owned(), url.clone()));
    let config = ServiceConfig::from_vars(vars.chain(url)).map_err(|error| {
        let failure = Failure::from(error);
        if common.is_url_an_argument { failure.about_url_argument() } else { failure }
    })?;
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
