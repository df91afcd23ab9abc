use redis_service::ServiceConfig;

use crate::{dual, fixture::traces::Log, scenario};

#[dual]
#[scenario]
async fn a_misspelt_variable_is_logged_without_its_value() {
    let log = Log::about("is not a setting");
    let vars = [
        ("REDIS_DEADLNE", "canary-5s"),
        ("REDIS_PORT_6379_TCP", "tcp://10.0.0.1:6379"),
        ("REDIS_SERVICE_HOST", "10.0.0.1"),
        ("REDIS_VERSION", "8.0"),
        ("REDIS_DEADLINES", ""),
        ("REDIS_CLIENT_NAME", "named"),
    ];
    let config = ServiceConfig::from_vars(vars.map(|(name, value)| (name.into(), value.into()))).unwrap();
    assert_eq!(config.client_name, "named");
    let lines = log.lines();
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    assert!(line.starts_with("WARN") && line.contains("REDIS_DEADLNE is not a setting"), "{line}");
    assert!(line.contains("is REDIS_DEADLINE meant?") && !line.contains("canary"), "{line}");
}
