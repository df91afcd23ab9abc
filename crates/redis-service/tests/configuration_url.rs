//! URLs: every form, and what is refused.

use std::time::Duration;

use proptest::prelude::*;
use redis_service::{
    ServiceConfig,
    config::{Node, Tls, Topology},
};
use secrecy::{ExposeSecret, SecretString};

fn exposed(secret: &Option<SecretString>) -> Option<&str> {
    secret.as_ref().map(ExposeSecret::expose_secret)
}

fn refusal(url: &str) -> String {
    match ServiceConfig::from_url(url) {
        Ok(config) => format!("accepted: {config:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_server() {
    for (url, host, port, db) in [
        ("redis://h", "h", 6379, 0),
        ("redis://h/", "h", 6379, 0),
        ("REDIS://h:1/2", "h", 1, 2),
        ("redis://10.0.0.1:1/2/", "10.0.0.1", 1, 2),
        ("redis://[::1]", "::1", 6379, 0),
        ("redis://[::1]:7000/15", "::1", 7000, 15),
        ("redis://a%2Db", "a-b", 6379, 0),
    ] {
        let config = ServiceConfig::from_url(url).unwrap();
        let Topology::Standalone { host: found, port: found_port } = &config.topology else {
            panic!("{url}: {:?}", config.topology)
        };
        assert_eq!((found.as_str(), *found_port, config.db), (host, port, db), "{url}");
        assert!(config.tls.is_none() && config.username.is_none() && config.password.is_none(), "{url}");
        config.validate().unwrap();
    }
}

#[test]
fn a_url_parses_as_any_text_does() {
    let config: ServiceConfig = "redis://h:1/2".parse().unwrap();
    assert_eq!(config.db, 2);
    let error = "http://user:canary@h".parse::<ServiceConfig>().unwrap_err();
    assert_eq!(error.kind(), redis_service::ErrorKind::Config);
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn logins() {
    for (url, username, password) in [
        ("redis://:pw@h", None, Some("pw")),
        ("redis://user:pw@h", Some("user"), Some("pw")),
        ("redis://user:p:w@h", Some("user"), Some("p:w")),
        ("redis://user:p@w@h", Some("user"), Some("p@w")),
        ("redis://u%40x:p%2Fw%3F%23@h", Some("u@x"), Some("p/w?#")),
        ("redis://user:a+b%20c@h", Some("user"), Some("a+b c")),
        ("redis://user:100%25@h", Some("user"), Some("100%")),
        ("redis://user@h", Some("user"), None),
        ("redis://:@h", None, None),
        ("redis://@h", None, None),
    ] {
        let config = ServiceConfig::from_url(url).unwrap();
        assert_eq!((exposed(&config.username), exposed(&config.password)), (username, password), "{url}");
    }
    // A user that needs no password.
    ServiceConfig::from_url("redis://user@h").unwrap().validate().unwrap();
}

#[test]
fn schemes_of_valkey_mean_the_same() {
    for (valkey, redis) in [("valkey://u:pw@h:1/2", "redis://u:pw@h:1/2"), ("valkeys://h", "rediss://h")] {
        let [valkey, redis] = [valkey, redis].map(|url| ServiceConfig::from_url(url).unwrap());
        assert_eq!(serde_json::to_value(&valkey).unwrap(), serde_json::to_value(&redis).unwrap());
        assert_eq!(exposed(&valkey.password), exposed(&redis.password));
    }
}

#[test]
fn sockets_by_path() {
    for (url, path, db) in [
        ("unix:///run/redis.sock", "/run/redis.sock", 0),
        ("redis+unix:///run/redis.sock?db=3", "/run/redis.sock", 3),
        ("valkey+unix:///run/a%40b%3F.sock?lazy=true", "/run/a@b?.sock", 0),
        ("unix://user:pw@/run/redis.sock", "/run/redis.sock", 0),
    ] {
        let config = ServiceConfig::from_url(url).unwrap();
        config.validate().unwrap();
        let Topology::Standalone { host, .. } = &config.topology else { panic!("{:?}", config.topology) };
        assert_eq!((host.as_str(), config.db), (path, db), "{url}");
        assert_eq!(exposed(&config.password), url.contains("pw").then_some("pw"));
    }
    for (url, problem) in [
        ("unix://run/redis.sock", "three slashes"),
        ("unix://", "absolute path"),
        ("unix:///", "absolute path"),
        ("redis://h/1?db=2", "elsewhere"),
        ("unix:///run/redis.sock?path=2", "unknown option"),
    ] {
        let error = ServiceConfig::from_url(url).unwrap_err();
        assert!(error.to_string().contains(problem), "{url}: {error}");
    }
    let config = ServiceConfig::from_url("unix:///run/redis.sock").unwrap().with_tls(Tls::default());
    let error = config.validate().unwrap_err();
    assert!(error.to_string().contains("has no TLS"), "{error}");
    let config = ServiceConfig::from_vars([("REDIS_HOST".into(), "/run/redis.sock".into())]).unwrap();
    assert!(matches!(config.topology, Topology::Standalone { host, .. } if host == "/run/redis.sock"));
}

#[test]
fn sentinels_and_clusters() {
    let config = ServiceConfig::from_url(
        "rediss+sentinel://u:pw@a,[::1]:2/main/3?sentinel_password=s&sentinel_socket_timeout=1s",
    )
    .unwrap();
    config.validate().unwrap();
    let Topology::Sentinel(sentinel) = &config.topology else { panic!("{:?}", config.topology) };
    assert_eq!(sentinel.nodes, [Node::new("a", 26379), Node::new("::1", 2)]);
    assert_eq!((sentinel.service.as_str(), config.db), ("main", 3));
    assert_eq!((exposed(&config.password), exposed(&sentinel.password)), (Some("pw"), Some("s")));
    assert_eq!(sentinel.socket_timeout, Duration::from_secs(1));
    assert!(config.tls.is_some());

    let config = ServiceConfig::from_url("redis+cluster://:pw@a:1,b").unwrap();
    config.validate().unwrap();
    let Topology::Cluster { nodes } = &config.topology else { panic!("{:?}", config.topology) };
    assert_eq!(*nodes, [Node::new("a", 1), Node::new("b", 6379)]);
    assert_eq!(exposed(&config.password), Some("pw"));

    let error = ServiceConfig::from_url("redis+cluster://a/1").unwrap().validate().unwrap_err();
    assert!(error.to_string().contains("db (REDIS_DB)"), "{error}");
}

#[test]
fn options() {
    let config = ServiceConfig::from_url(
        "rediss://h?connect_timeout=500ms&namespace=a%3Ab&retry_attempts=1&breaker_enabled=off&lazy=true\
         &tls_ca_file=/etc/ca.pem&health_check_interval=off&default_ttl=10m&codec=json&",
    )
    .unwrap();
    assert_eq!(config.connect_timeout, Duration::from_millis(500));
    assert_eq!(config.namespace.as_deref(), Some("a:b"));
    assert_eq!((config.retry.attempts, config.breaker.enabled, config.lazy), (1, false, true));
    assert_eq!(config.tls.unwrap().ca_file.unwrap().to_str(), Some("/etc/ca.pem"));
    assert_eq!(config.health_check_interval, None);
    assert_eq!(config.default_ttl, Duration::from_secs(600));
}

#[test]
fn refusals_name_the_part() {
    for (url, part) in [
        ("", "scheme"),
        ("h:6379", "scheme"),
        ("http://h", "schemes"),
        ("unixs:///run/redis.sock", "schemes"),
        ("redis:///0", "no host"),
        ("redis://", "no host"),
        ("redis://:6379", "the address in the URL"),
        ("redis://h:0", "port 0"),
        ("redis://h:x", "the address in the URL is not a port number"),
        ("redis://::1", "brackets"),
        ("redis://h/x", "the database in the URL"),
        ("redis://h/1/2", "the database in the URL"),
        ("redis://h/-1", "the database in the URL"),
        ("redis://a,b", "several hosts"),
        ("redis+sentinel://a,,b/m", "the host list in the URL has an empty address"),
        ("redis+sentinel:///m", "the host list in the URL"),
        ("redis+cluster://a,a:6379", "the host list in the URL has the same address twice"),
        ("redis+cluster://u:p@a,u:p@b", "more than one '@'"),
        ("rediss://h/#insecure", "verification cannot be switched off"),
        ("redis://h/0\r\n", "line break"),
        ("redis://h\0", "control character"),
        ("redis://:p%0Aw@h", "the password in the URL has a line break"),
        ("redis://:%ff@h", "the password in the URL is not UTF-8"),
        ("redis://:p/w@h", "%2F"),
        ("redis://:p?w@h", "%3F"),
        ("redis://h?colour=red", "unknown option \"colour\" ("),
        ("redis://h?pool_sise=5", "unknown option \"pool_sise\": is \"pool_size\" meant?"),
        (
            "redis://:p%ss@h",
            "the password in the URL has a '%' that is not followed by two hexadecimal digits: write %25",
        ),
        ("redis://us%er@h", "the user name in the URL has a '%'"),
        ("redis://h%", "the host in the URL has a '%'"),
        ("redis+sentinel://h/m%y", "the service name in the URL has a '%'"),
        ("redis://h?namespace=50%", "the option in the URL has a '%'"),
        ("redis://h?lazy=1&lazy=1", "\"lazy\" twice"),
        ("redis://h?lazy=maybe", "option lazy in the URL is neither true nor false"),
        ("redis://h?connect_timeout=5", "option connect_timeout in the URL is not a duration"),
        ("redis://h?tls_ca_file=x", "option tls_ca_file in the URL is set, but TLS is off"),
    ] {
        assert!(refusal(url).contains(part), "{url:?}: {}", refusal(url));
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(
        text in ".*",
        structured in "(redis|rediss)(\\+sentinel|\\+cluster)?://[a-z:@%,/?#=&\\[\\]0-9]{0,40}",
    ) {
        for url in [text, structured] {
            let _ = ServiceConfig::from_url(&url).and_then(|config| config.validate());
        }
    }

    #[test]
    fn what_is_percent_encoded_comes_back(
        host in "[a-z0-9][a-z0-9._-]{0,20}",
        port in 1_u16..,
        username in "[^\r\n\0]{1,12}",
        password in "[^\r\n\0]{1,12}",
        db in any::<u32>(),
    ) {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let url = format!("redis://{}:{}@{}:{port}/{db}", escape(&username), escape(&password), escape(&host));
        let config = ServiceConfig::from_url(&url).unwrap();
        prop_assert_eq!(exposed(&config.username), Some(username.as_str()));
        prop_assert_eq!(exposed(&config.password), Some(password.as_str()));
        prop_assert_eq!(config.db, db);
        let Topology::Standalone { host: found, port: found_port } = config.topology else {
            panic!("{:?}", config.topology)
        };
        prop_assert_eq!((found, found_port), (host, port));
    }
}
