//! Several sources at once: which one wins.

use redis_service::{
    ServiceConfig,
    config::{Sources, Topology},
};
use secrecy::ExposeSecret;

type Vars<'a> = &'a [(&'a str, &'a str)];

fn vars(vars: Vars<'_>) -> Vec<(String, String)> {
    vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn address(config: &ServiceConfig) -> String {
    match &config.topology {
        Topology::Standalone { host, port } => format!("{host}:{port}"),
        other => format!("{other:?}"),
    }
}

fn login(config: &ServiceConfig) -> [Option<&str>; 2] {
    [&config.username, &config.password].map(|secret| secret.as_ref().map(ExposeSecret::expose_secret))
}

#[test]
fn code_environment_url_file_profile_defaults() {
    let file =
        tempfile("precedence", r#"{"pool_size": 1, "db": 1, "client_name": "file", "namespace": "file"}"#);
    let sources = || {
        Sources::new()
            .vars(vars(&[("REDIS_MAX_CONNECTIONS", "3"), ("REDIS_DB", "3"), ("ENVIRONMENT", "local")]))
            .file(&file)
            .url("redis://h/2?client_name=url&pool_size=2")
    };
    let config = sources().load().unwrap().with_db(4);
    std::fs::remove_file(&file).unwrap();
    assert_eq!((config.db, config.pool_size), (4, 3));
    assert_eq!((config.client_name.as_str(), config.namespace.as_deref()), ("url", Some("file")));
    assert_eq!((config.lazy, config.max_value_bytes), (true, 512 << 20));
}

#[test]
fn redis_url_wins_over_the_variables_beside_it() {
    let config = ServiceConfig::from_vars(vars(&[
        ("REDIS_URL", "redis://app@from-url/2"),
        ("REDIS_HOST", "from-variable"),
        ("REDIS_PORT", "tcp://10.0.0.11:6379"),
        ("REDIS_DB", "1"),
        ("REDIS_USERNAME", "ignored"),
        ("REDIS_PASSWORD", "filled-in"),
    ]))
    .unwrap();
    assert_eq!(address(&config), "from-url:6379");
    assert_eq!((config.db, login(&config)), (2, [Some("app"), Some("filled-in")]));
}

#[test]
fn a_url_without_tls_does_not_switch_tls_off() {
    let tls = |scheme: &str, switch: &str| {
        let url = format!("{scheme}://h");
        let given = vars(&[("REDIS_URL", &url), ("REDIS_USE_SSL", switch)]);
        ServiceConfig::from_vars(given).unwrap().tls.is_some()
    };
    assert!(tls("redis", "true") && tls("rediss", "true") && tls("rediss", "false"));
    assert!(!tls("redis", "false"));
}

#[test]
fn variables_win_over_a_url_given_by_the_code() {
    let load = |given: Vars<'_>| Sources::new().url("redis://:pw@h:1/1").vars(vars(given)).load().unwrap();
    assert_eq!(address(&load(&[("REDIS_HOST", "other")])), "other:1");
    assert_eq!(address(&load(&[("REDIS_URL", "redis://other")])), "other:6379");
    assert_eq!(login(&load(&[("REDIS_PASSWORD", "new")])), [None, Some("new")]);
    let switched =
        load(&[("REDIS_USE_CLUSTERS", "1"), ("REDIS_CLUSTERS", "a"), ("REDIS_CLUSTERS_PASSWORD", "c")]);
    assert!(matches!(switched.topology, Topology::Cluster { .. }));
    assert_eq!(login(&switched), [None, Some("c")]);
}

#[test]
fn a_switch_that_is_off_leaves_the_topology_alone() {
    let config = Sources::new()
        .url("redis+sentinel://a/main")
        .vars(vars(&[("REDIS_USE_SENTINEL", "false"), ("REDIS_HOST", "h")]))
        .load()
        .unwrap();
    assert!(matches!(config.topology, Topology::Sentinel(_)));
}

#[test]
fn the_password_of_a_url_wins_over_the_cluster_password_beside_it() {
    let given = [("REDIS_URL", "redis+cluster://:url@a"), ("REDIS_CLUSTERS_PASSWORD", "variable")];
    assert_eq!(login(&ServiceConfig::from_vars(vars(&given)).unwrap()), [None, Some("url")]);
}

fn tempfile(name: &str, json: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("redis-service-{name}-{}.json", std::process::id()));
    assert!(std::fs::write(&path, json).is_ok());
    path
}
