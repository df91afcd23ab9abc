//! Passwords: that nothing shows them, however mangled the setting that holds them.

use proptest::prelude::*;
use redis_service::{ErrorKind, Result, ServiceConfig, config::Sources};

const CANARY: &str = "Xq7canaryZ9";

fn shown(result: &Result<ServiceConfig>) -> String {
    match result {
        Ok(config) => {
            let verdict = config.validate();
            format!("{config:?} {config:#?} {verdict:?} {:?}", serde_json::to_string(config))
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            format!("{error} {error:?} {error:#?}")
        }
    }
}

#[test]
fn a_mangled_url_shows_no_password() {
    for scheme in ["redis", "rediss", "redis+sentinel", "rediss+cluster", "http", "redis ", ""] {
        for rest in [
            "://:P@h",
            "://u:P@h",
            "://P@h",
            "://u:P@h:x",
            "://u:P@h/x",
            "://u:P@h:0",
            "://u:P@",
            "://u:P@/0",
            "://u:P",
            "://u:x?P",
            "://u:x?P=1",
            "://:P",
            "://u:P/0",
            "://u:P/@h",
            "://u:/P@h",
            "://u:P?@h",
            "://u:?P@h",
            "://u:?P=1@h",
            "://u:#P@h",
            "://u:P#@h",
            "://u:%P@h",
            "://u:P%@h",
            "://u:%00P@h",
            "://u:%ffP@h",
            "://u:P\r\n@h",
            "://u:a@P@h",
            "://u:P@h@i",
            "://u:P@h,i",
            "://u:a@h,u:P@i",
            "://u:[P@h",
            "://u:P]@h",
            ":P@h",
            "//u:P@h",
            "u:P@h",
            "P",
            "://u:P@h?password=P",
            "://h?lazy=P",
            "://h?db=P",
            "://u:P@h?=P",
            "://h?sentinel_password=P",
            "://h?tls_server_name=P!",
            "://[P]",
            "://[::1]P",
            "://::P",
            "://h:P",
        ] {
            let url = format!("{scheme}{rest}").replace('P', CANARY);
            let text =
                shown(&ServiceConfig::from_url(&url)) + &format!("{:?}", Sources::new().url(url.as_str()));
            assert!(!text.contains(CANARY), "{url:?}: {text}");
            let given = Sources::new().vars([("REDIS_URL".to_owned(), url.clone())]);
            let text = format!("{given:?} {}", shown(&given.clone().load()));
            assert!(!text.contains(CANARY), "{url:?}: {text}");
        }
    }
}

#[test]
fn a_misplaced_variable_shows_no_password() {
    let table = ServiceConfig::reference();
    let variables = table.lines().skip(2).filter_map(|row| row.split('`').nth(3));
    for variable in variables.chain(["REDIS_URL", "ENVIRONMENT"]) {
        // No text field takes all of these characters, but for the ones that are meant to be shown.
        if matches!(variable, "REDIS_SENTINEL_SERVICE_NAME" | "REDIS_NAMESPACE" | "REDIS_CLIENT_NAME")
            || variable.starts_with("REDIS_TLS_")
        {
            continue;
        }
        for value in [format!("{CANARY}!"), format!("redis://:{CANARY}@"), format!(":{CANARY}:\n")] {
            let vars = [(variable.to_owned(), value), ("REDIS_USE_SSL".to_owned(), "1".to_owned())];
            let text = shown(&ServiceConfig::from_vars(vars));
            assert!(!text.contains(CANARY), "{variable}: {text}");
        }
    }
}

#[test]
fn a_provider_is_not_shown() {
    let config = ServiceConfig::default()
        .with_credentials_provider(|| Ok(redis_service::config::Credentials::new("app", CANARY)));
    config.validate().unwrap();
    assert!(!shown(&Ok(config.clone())).contains(CANARY));
    let credentials = config.credentials().unwrap();
    assert!(credentials.password.is_some() && !format!("{credentials:?}").contains(CANARY));
    assert!(config.with_password("pw").validate().is_err());
}

proptest! {
    #[test]
    fn a_password_surrounded_by_anything_is_not_shown(
        scheme in "redis(s)?(\\+sentinel|\\+cluster)?",
        before in "[ -~]{0,6}",
        after in "[ -~]{0,6}",
    ) {
        let url = format!("{scheme}://user:{before}{CANARY}{after}@host:6379/0");
        let text = shown(&ServiceConfig::from_url(&url));
        prop_assert!(!text.contains(CANARY), "{:?}: {}", url, text);
    }
}
