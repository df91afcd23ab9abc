//! Invalid configurations.

use std::time::Duration;

use redis_service::{
    ErrorKind, ServiceConfig,
    config::{BreakerConfig, Credentials, Node, RetryPolicy, Sentinel, Tls, Topology},
};

fn refused(change: impl FnOnce(&mut ServiceConfig)) -> String {
    let mut config = ServiceConfig::default();
    change(&mut config);
    match config.validate() {
        Ok(()) => format!("accepted: {config:?}"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            error.to_string()
        }
    }
}

#[test]
fn the_defaults_are_valid() {
    ServiceConfig::default().validate().unwrap();
    ServiceConfig::default()
        .with_retry(RetryPolicy::none())
        .with_breaker(BreakerConfig::off())
        .validate()
        .unwrap();
    ServiceConfig::default().with_idle_check(Duration::ZERO).validate().unwrap();
}

#[test]
fn where_redis_is() {
    let topology = |topology: Topology| refused(|config| config.topology = topology);
    assert!(topology(Topology::standalone("", 1)).contains("topology.standalone.host (REDIS_HOST)"));
    assert!(topology(Topology::standalone("a b", 1)).contains("REDIS_HOST"));
    assert!(topology(Topology::standalone("h", 0)).contains("REDIS_PORT) is 0"));
    assert!(topology(Topology::cluster([] as [Node; 0])).contains("REDIS_CLUSTERS) is empty"));
    assert!(topology(Topology::cluster([("a", 1), ("a", 1)])).contains("twice"));
    assert!(topology(Topology::cluster([("a", 0)])).contains("port 0"));
    assert!(topology(Topology::cluster([("a:1", 1)])).contains("not a host name"));
    assert!(topology(Sentinel::new([("a", 1)], "").into()).contains("REDIS_SENTINEL_SERVICE_NAME"));
    assert!(topology(Sentinel::default().into()).contains("REDIS_SENTINELS) is empty"));
    let mut sentinel = Sentinel::new([("a", 1)], "main");
    sentinel.username = Some("u".into());
    assert!(topology(sentinel.into()).contains("REDIS_SENTINEL_USERNAME) is set, but no password"));
}

#[test]
fn who_to_log_in_as() {
    assert!(refused(|c| c.password = Some("".into())).contains("REDIS_PASSWORD) is empty"));
    ServiceConfig::default().with_username("nopass").with_password("").validate().unwrap();
    let provided = ServiceConfig::default().with_credentials_provider(|| Ok(Credentials::password("pw")));
    provided.validate().unwrap();
    for both in [provided.clone().with_username("u"), provided.with_password("pw")] {
        let error = both.validate().unwrap_err().to_string();
        assert!(error.contains("is set beside a credentials provider"), "{error}");
    }
}

#[test]
fn a_cluster_has_one_database() {
    let error = refused(|config| (config.topology, config.db) = (Topology::cluster([("a", 1)]), 1));
    assert!(error.contains("db (REDIS_DB) is not 0"), "{error}");
}

#[test]
fn a_certificate_and_its_key_go_together() {
    let mut tls =
        Tls::default().with_client_certificate("cert.pem", "key.pem").with_server_name("redis.local");
    ServiceConfig::default().with_tls(tls.clone()).validate().unwrap();
    tls.client_key = None;
    assert!(
        refused(|config| config.tls = Some(tls))
            .contains("REDIS_TLS_CLIENT_CERTIFICATE) is set, but not its key")
    );
    let mut tls = Tls::default();
    tls.client_key = Some("key.pem".into());
    assert!(refused(|config| config.tls = Some(tls)).contains("REDIS_TLS_CLIENT_KEY"));
    assert!(
        refused(|config| config.tls = Some(Tls::default().with_ca_file(""))).contains("REDIS_TLS_CA_FILE")
    );
}

#[test]
fn numbers_and_waits() {
    type Change = fn(&mut ServiceConfig);
    let cases: &[(Change, &str)] = &[
        (|c| c.connect_timeout = Duration::ZERO, "connect_timeout (REDIS_CONNECT_TIMEOUT) is 0"),
        (|c| c.response_timeout = Duration::ZERO, "REDIS_RESPONSE_TIMEOUT"),
        (|c| c.deadline = Duration::ZERO, "REDIS_DEADLINE"),
        (|c| c.deadline = Duration::MAX, "longer than a day"),
        (|c| c.acquire_timeout = Duration::ZERO, "REDIS_ACQUIRE_TIMEOUT"),
        (|c| c.idle_check = Duration::MAX, "REDIS_IDLE_CHECK"),
        (|c| c.keepalive = Duration::from_millis(999), "shorter than a second"),
        (|c| c.tcp_user_timeout = Duration::ZERO, "REDIS_TCP_USER_TIMEOUT"),
        (|c| c.health_check_interval = Some(Duration::ZERO), "REDIS_HEALTH_CHECK_INTERVAL"),
        (|c| c.health_check_interval = Some(Duration::from_micros(999)), "shorter than a millisecond"),
        (|c| c.pool_size = 0, "pool_size (REDIS_MAX_CONNECTIONS) is 0"),
        (|c| c.pool_size = 65_536, "pool_size (REDIS_MAX_CONNECTIONS) is above 65535"),
        (|c| c.pool_size = u32::MAX, "pool_size (REDIS_MAX_CONNECTIONS) is above 65535"),
        (|c| c.retry.attempts = 0, "REDIS_RETRY_ATTEMPTS"),
        (|c| c.retry.base = Duration::ZERO, "REDIS_RETRY_BASE"),
        (|c| c.retry.cap = Duration::from_millis(99), "shorter than retry.base"),
        (|c| c.breaker.failure_rate = 0.0, "REDIS_BREAKER_FAILURE_RATE"),
        (|c| c.breaker.failure_rate = 1.01, "REDIS_BREAKER_FAILURE_RATE"),
        (|c| c.breaker.failure_rate = f64::NAN, "REDIS_BREAKER_FAILURE_RATE"),
        (|c| c.breaker.min_failures = 0, "REDIS_BREAKER_MIN_FAILURES"),
        (|c| c.breaker.probes = 0, "REDIS_BREAKER_PROBES"),
        (|c| c.breaker.window = Duration::ZERO, "REDIS_BREAKER_WINDOW"),
        (|c| c.breaker.max_open_for = Duration::from_secs(1), "shorter than breaker.open_for"),
        (|c| c.default_ttl = Duration::ZERO, "default_ttl (CACHE_TTL_SECONDS)"),
        (|c| c.default_ttl = Duration::from_nanos(1), "shorter than a millisecond"),
        (|c| c.long_ttl = Duration::MAX, "long_ttl (CACHE_TTL_LONG_SECONDS) is longer than Redis can count"),
        (
            |c| c.default_ttl = Duration::from_millis(i64::MAX as u64),
            "default_ttl (CACHE_TTL_SECONDS) is longer",
        ),
        (|c| c.namespace = Some(String::new()), "REDIS_NAMESPACE) is empty"),
        (|c| c.namespace = Some("a\0".into()), "NUL"),
        (|c| c.namespace = Some("a".repeat(1025)), "longer than 1024 bytes"),
        (|c| c.client_name = "two words".into(), "REDIS_CLIENT_NAME"),
        (|c| c.client_name = String::new(), "REDIS_CLIENT_NAME"),
        (|c| c.max_value_bytes = 0, "REDIS_MAX_VALUE_BYTES"),
    ];
    for (change, part) in cases {
        let error = refused(change);
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[cfg(feature = "blocking")]
#[test]
fn the_largest_numbers_are_valid_and_reserve_no_memory() {
    let mut config = ServiceConfig::default().with_pool_size(65_535).with_lazy(true);
    config.retry.attempts = u32::MAX;
    config.breaker.min_failures = u32::MAX;
    config.breaker.probes = u32::MAX;
    config.compression_threshold = None;
    config.max_value_bytes = usize::MAX;
    config.default_ttl = Duration::from_millis(1 << 62);
    config.validate().unwrap();
    redis_service::RedisService::connect(config).unwrap();
}

#[cfg(feature = "blocking")]
#[test]
fn too_many_connections_are_refused_before_the_pool_is_made() {
    for connections in [65_536, 1 << 31, u32::MAX] {
        let config = ServiceConfig::default().with_pool_size(connections).with_lazy(true);
        let error = redis_service::RedisService::connect(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let url = ServiceConfig::from_url(&format!("redis://h?pool_size={connections}"));
        let error = url.and_then(|config| config.validate()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
