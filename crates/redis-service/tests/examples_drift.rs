//! What the async examples show, the blocking ones show: they differ in `.await` and in names.

use std::{fs, path::Path};

#[test]
fn every_example_is_the_same_in_both_apis() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["redis-service", "redis-config-store"] {
        let examples = crates.join(name).join("examples");
        let mut compared = 0;
        for entry in fs::read_dir(examples.join("asynchronous")).unwrap() {
            let path = entry.unwrap().path();
            let blocking = examples.join("blocking").join(path.file_name().unwrap());
            let (asynchronous, blocking) =
                (fs::read_to_string(&path).unwrap(), fs::read_to_string(blocking).unwrap());
            assert_eq!(in_blocking_form(&asynchronous), in_blocking_form(&blocking), "{}", path.display());
            compared += 1;
        }
        assert!(compared > 0, "there are no examples of {name}");
    }
}

/// The code without what the blocking API has no use for. Module docs name their own API; line breaks depend on
/// the length of what is gone.
fn in_blocking_form(source: &str) -> String {
    let code: String = source.lines().filter(|line| !line.starts_with("//!")).collect();
    code.replace(".await", "")
        .replace("#[tokio::main]", "")
        .replace("async fn", "fn")
        .replace("AsyncRedisService", "RedisService")
        .replace("AsyncConfigStore", "ConfigStore")
        .replace("redis_config_store::asynchronous", "redis_config_store::blocking")
        .replace("use tokio::time::sleep;", "")
        .replace("use std::thread::sleep;", "")
        .split_whitespace()
        .collect()
}
