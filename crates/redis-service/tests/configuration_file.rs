//! Files and serde: what is read, what is written, and what is refused.

use std::time::Duration;

use redis_service::{
    ServiceConfig,
    config::{BreakerConfig, Node, RetryPolicy, Sentinel, Tls, Topology},
};

fn load(json: &str) -> Result<ServiceConfig, String> {
    let path =
        std::env::temp_dir().join(format!("redis-service-file-{}-{}.json", std::process::id(), json.len()));
    assert!(std::fs::write(&path, json).is_ok());
    let loaded = ServiceConfig::from_file(&path).map_err(|error| error.to_string());
    assert!(std::fs::remove_file(&path).is_ok());
    loaded
}

#[test]
fn any_of_the_fields() {
    let config = load(
        r#"{
            "topology": {"sentinel": {"nodes": ["a", "b:1"], "service": "main", "socket_timeout": 250}},
            "password": "pw", "tls": {"ca_file": "ca.pem"}, "retry": {"attempts": 5},
            "connect_timeout": 1500, "deadline": "1m", "health_check_interval": null
        }"#,
    )
    .unwrap();
    config.validate().unwrap();
    let Topology::Sentinel(sentinel) = &config.topology else { panic!("{:?}", config.topology) };
    assert_eq!(sentinel.nodes, [Node::new("a", 26379), Node::new("b", 1)]);
    assert_eq!(sentinel.socket_timeout, Duration::from_millis(250));
    assert_eq!(config.retry, RetryPolicy::default().with_attempts(5));
    assert_eq!(
        (config.connect_timeout, config.deadline),
        (Duration::from_millis(1500), Duration::from_secs(60))
    );
    assert_eq!((config.health_check_interval, config.pool_size), (None, 50));
    assert_eq!(config.tls, Some(Tls::default().with_ca_file("ca.pem")));
}

#[test]
fn refusals_name_the_field_and_no_value() {
    for (json, part) in [
        ("", "is not a JSON object (line 1, column 0)"),
        ("[]", "is not a JSON object"),
        ("{\"password\": \"CANARY\",}", "is not a JSON object"),
        (r#"{"pasword": "CANARY"}"#, "has an unknown field \"pasword\": is \"password\" meant?"),
        (r#"{"password": ["CANARY"]}"#, "has a malformed value in \"password\""),
        (r#"{"db": "CANARY"}"#, "has a malformed value in \"db\""),
        (r#"{"db": 0, "retry": {"base": "CANARY"}}"#, "has a malformed value in \"retry.base\""),
        (r#"{"retry": {"bass": "CANARY"}}"#, "has an unknown field \"retry.bass\": is \"retry.base\" meant?"),
        (r#"{"topology": "CANARY"}"#, "has a malformed value in \"topology\""),
        (
            r#"{"topology": {"cluster": {"nodes": ["CANARY:x"]}}}"#,
            "malformed value in \"topology.cluster.nodes\"",
        ),
        (r#"{"topology": {"sentinel": {"passwd": "CANARY"}}}"#, "unknown field \"topology.sentinel.passwd\""),
        (r#"{"credentials_provider": "CANARY"}"#, "unknown field \"credentials_provider\""),
    ] {
        let error = load(json).map(|_| ()).unwrap_err();
        assert!(error.contains(part) && !error.contains("CANARY"), "{json}: {error}");
    }
    let error = ServiceConfig::from_file("/nowhere/redis\n.json").unwrap_err().to_string();
    assert!(error.contains("\"/nowhere/redis\\n.json\" cannot be read: no such file"), "{error}");
}

#[test]
fn what_is_written_reads_back_without_its_credentials() {
    let mut sentinel = Sentinel::new([("a", 1)], "main");
    sentinel.username = Some("CANARY".into());
    sentinel.password = Some("CANARY".into());
    for topology in [Topology::default(), Topology::cluster([("::1", 1), ("b", 2)]), sentinel.into()] {
        let config = ServiceConfig::default()
            .with_topology(topology)
            .with_username("CANARY")
            .with_password("CANARY")
            .with_tls(Tls::default().with_client_certificate("cert.pem", "key.pem"))
            .with_connect_timeout(Duration::from_micros(1500))
            .with_breaker(BreakerConfig::off())
            .with_health_check_interval(None);
        let written = serde_json::to_string_pretty(&config).unwrap();
        assert!(!written.contains("CANARY"), "{written}");
        let read: ServiceConfig = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string_pretty(&read).unwrap(), written);
    }
}
