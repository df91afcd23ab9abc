//! Variables: those that deployments already set, what is ignored, and what is refused.

use std::time::Duration;

use proptest::prelude::*;
use redis_service::{
    Error, ServiceConfig,
    config::{Node, Topology},
};
use secrecy::ExposeSecret;

fn from(vars: &[(&str, &str)]) -> Result<ServiceConfig, Error> {
    ServiceConfig::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn refusal(vars: &[(&str, &str)]) -> String {
    match from(vars) {
        Ok(config) => format!("accepted: {config:?}"),
        Err(error) => error.to_string(),
    }
}

fn json(config: &ServiceConfig) -> serde_json::Value {
    serde_json::to_value(config).unwrap_or_default()
}

#[test]
fn nothing_set_and_everything_empty_are_the_defaults() {
    let defaults = json(&ServiceConfig::default());
    assert_eq!(json(&from(&[]).unwrap()), defaults);
    let empty = [("REDIS_URL", ""), ("REDIS_PORT", ""), ("REDIS_USE_SSL", ""), ("ENVIRONMENT", "")];
    assert_eq!(json(&from(&empty).unwrap()), defaults);
}

#[test]
fn the_limit_of_services_in_python_may_be_beyond_ours() {
    for (variable, connections) in
        [("65535", 65_535), ("65536", 65_535), ("2147483648", 65_535), ("18446744073709551615", 65_535)]
    {
        let config = from(&[("REDIS_MAX_CONNECTIONS", variable)]).unwrap();
        assert_eq!(config.pool_size, connections);
        config.validate().unwrap();
        #[cfg(feature = "blocking")]
        redis_service::RedisService::connect(config.with_lazy(true)).unwrap();
    }
    for variable in ["0", "-1", "many", "18446744073709551616"] {
        let read = from(&[("REDIS_MAX_CONNECTIONS", variable)]);
        assert!(read.and_then(|config| config.validate()).is_err(), "{variable}");
    }
}

#[test]
fn one_server() {
    let config = from(&[
        ("REDIS_HOST", "redis.local"),
        ("REDIS_PORT", "7000"),
        ("REDIS_DB", "3"),
        ("REDIS_USERNAME", "app"),
        ("REDIS_PASSWORD", " p@ss "),
        ("REDIS_USE_SSL", "True"),
        ("REDIS_MAX_CONNECTIONS", "7"),
        ("CACHE_TTL_SECONDS", "60"),
        ("CACHE_TTL_LONG_SECONDS", "7200"),
        ("REDIS_SERVICE_HOST", "10.0.0.1"),
    ])
    .unwrap();
    config.validate().unwrap();
    let Topology::Standalone { host, port } = &config.topology else { panic!("{:?}", config.topology) };
    assert_eq!((host.as_str(), *port, config.db, config.pool_size), ("redis.local", 7000, 3, 7));
    let login = config.credentials().unwrap();
    assert_eq!(login.username.unwrap().expose_secret(), "app");
    assert_eq!(login.password.unwrap().expose_secret(), " p@ss ");
    assert!(config.tls.is_some());
    assert_eq!((config.default_ttl, config.long_ttl), (Duration::from_secs(60), Duration::from_secs(7200)));
}

#[test]
fn sentinels() {
    let config = from(&[
        ("REDIS_USE_SENTINEL", "yes"),
        ("REDIS_USE_CLUSTERS", "no"),
        ("REDIS_SENTINELS", "s1:26379, s2, [::1]:26380"),
        ("REDIS_SENTINEL_SERVICE_NAME", "main"),
        ("REDIS_SENTINEL_USERNAME", "watcher"),
        ("REDIS_SENTINEL_PASSWORD", "pw"),
        ("REDIS_SENTINEL_SOCKET_TIMEOUT", "0.25"),
        ("REDIS_HOST", "not-read"),
    ])
    .unwrap();
    config.validate().unwrap();
    let Topology::Sentinel(sentinel) = &config.topology else { panic!("{:?}", config.topology) };
    assert_eq!(sentinel.nodes, [Node::new("s1", 26379), Node::new("s2", 26379), Node::new("::1", 26380)]);
    assert_eq!((sentinel.service.as_str(), sentinel.socket_timeout), ("main", Duration::from_millis(250)));
    assert_eq!(sentinel.password.as_ref().unwrap().expose_secret(), "pw");
    assert!(config.password.is_none());
}

#[test]
fn clusters_have_a_password_of_their_own() {
    let cluster =
        [("REDIS_USE_CLUSTERS", "1"), ("REDIS_CLUSTERS", "a:7000,b:7001"), ("REDIS_PASSWORD", "general")];
    let password = |vars: &[(&str, &str)]| {
        let config = from(vars).unwrap();
        config.validate().unwrap();
        config.password.map(|password| password.expose_secret().to_owned()).unwrap()
    };
    assert_eq!(password(&cluster), "general");
    let own = ("REDIS_CLUSTERS_PASSWORD", "own");
    assert_eq!(password(&[cluster[0], cluster[1], cluster[2], own]), "own");
    assert_eq!(password(&[cluster[2], own]), "general", "not a cluster");
}

#[test]
fn a_variable_for_every_other_field() {
    let config = from(&[
        ("REDIS_CONNECT_TIMEOUT", "1s"),
        ("REDIS_HEALTH_CHECK_INTERVAL", "off"),
        ("REDIS_RETRY_ATTEMPTS", "5"),
        ("REDIS_BREAKER_FAILURE_RATE", "0.25"),
        ("REDIS_NAMESPACE", "app"),
        ("REDIS_LAZY", "on"),
    ])
    .unwrap();
    assert_eq!((config.connect_timeout, config.health_check_interval), (Duration::from_secs(1), None));
    assert_eq!((config.retry.attempts, config.breaker.failure_rate, config.lazy), (5, 0.25, true));
    assert_eq!(config.namespace.as_deref(), Some("app"));
}

#[test]
fn a_profile_changes_defaults_only() {
    let local = from(&[("ENVIRONMENT", "Local")]).unwrap();
    assert_eq!((local.lazy, local.pool_size), (true, 10));
    assert_eq!(from(&[("ENVIRONMENT", "local"), ("REDIS_MAX_CONNECTIONS", "3")]).unwrap().pool_size, 3);
    for name in ["production", "staging"] {
        let config = from(&[("ENVIRONMENT", name)]).unwrap();
        assert_eq!(json(&config), json(&ServiceConfig::default()), "{name}");
    }
}

#[test]
fn refusals_name_the_variable() {
    for (vars, part) in [
        (&[("REDIS_PORT", "redis")][..], "REDIS_PORT is not a port number (config"),
        (
            &[("REDIS_PORT", "tcp://10.0.0.11:6379")],
            "REDIS_PORT is not a port number but a Kubernetes service link",
        ),
        (&[("REDIS_HOST", "redis://h")], "REDIS_HOST is not a host name"),
        (&[("REDIS_DB", "-1")], "REDIS_DB is not a whole number"),
        (&[("REDIS_PASSWORD", "pw\n")], "REDIS_PASSWORD has a line break"),
        (&[("REDIS_USE_SSL", "maybe")], "REDIS_USE_SSL is neither true nor false"),
        (&[("REDIS_USE_SENTINEL", "maybe")], "REDIS_USE_SENTINEL is neither true nor false"),
        (&[("REDIS_SENTINELS", "a,,b")], "REDIS_SENTINELS has an empty address"),
        (&[("REDIS_CLUSTERS", "a:1,a:1")], "REDIS_CLUSTERS has the same address twice"),
        (&[("REDIS_SENTINEL_SOCKET_TIMEOUT", "fast")], "REDIS_SENTINEL_SOCKET_TIMEOUT is not a duration"),
        (&[("REDIS_RESPONSE_TIMEOUT", "5")], "REDIS_RESPONSE_TIMEOUT is not a duration"),
        (&[("REDIS_TLS_CA_FILE", "ca.pem")], "REDIS_TLS_CA_FILE is set, but TLS is off"),
        (&[("REDIS_URL", "redis://h:x")], "the address in REDIS_URL is not a port number"),
        (&[("REDIS_URL", "redis://h?lazy=x")], "option lazy in REDIS_URL"),
        (
            &[("REDIS_USE_SENTINEL", "1"), ("REDIS_USE_CLUSTERS", "1")],
            "REDIS_USE_SENTINEL and REDIS_USE_CLUSTERS contradict each other",
        ),
        (
            &[("REDIS_URL", "redis://h"), ("REDIS_USE_SENTINEL", "1")],
            "REDIS_URL and REDIS_USE_SENTINEL contradict each other",
        ),
    ] {
        assert!(refusal(vars).contains(part), "{vars:?}: {}", refusal(vars));
    }
    let error = from(&[("REDIS_USE_SENTINEL", "1")]).unwrap().validate().unwrap_err();
    assert!(error.to_string().contains("(REDIS_SENTINELS) is empty"), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(name in variable(), value in ".*", switch in any::<bool>()) {
        let vars = [(name, value), ("REDIS_USE_CLUSTERS".to_owned(), switch.to_string())];
        let _ = ServiceConfig::from_vars(vars).and_then(|config| config.validate());
    }
}

/// Any variable of the reference.
fn variable() -> impl Strategy<Value = String> {
    let table = ServiceConfig::reference();
    let second = |row: &str| row.split('`').nth(3).map(str::to_owned);
    let mut names: Vec<_> = table.lines().skip(2).filter_map(second).collect();
    names.extend(["REDIS_URL".to_owned(), "ENVIRONMENT".to_owned()]);
    prop::sample::select(names)
}
