//! The async examples and the blocking ones are the same: they differ in `.await` and in names.

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

#[test]
fn every_example_in_rustdoc_is_the_same_in_both_apis() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source.join("asynchronous/examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        // One walks over a stream, the other over an iterator.
        if name != "keys.md" {
            let blocking = fs::read_to_string(source.join("blocking/examples").join(name)).unwrap();
            let asynchronous = fs::read_to_string(&path).unwrap();
            assert_eq!(in_blocking_form(&asynchronous), in_blocking_form(&blocking), "{}", path.display());
        }
    }
}

/// The code without what the blocking API does not need. Module docs name their own API; line breaks depend on the
/// length of the parts that are removed.
fn in_blocking_form(source: &str) -> String {
    // Imports are sorted, and so differ with the name of the service.
    let is_import = |line: &str| line.starts_with("use redis_service::") && line.ends_with(';');
    let code: String = source.lines().filter(|line| !line.starts_with("//!") && !is_import(line)).collect();
    code.replace(".await", "")
        .replace("# #[tokio::main]", "")
        .replace("#[tokio::main]", "")
        .replace("async move {", "{")
        .replace("async fn", "fn")
        .replace("AsyncRedisService", "RedisService")
        .replace("AsyncConfigStore", "ConfigStore")
        .replace("redis_config_store::asynchronous", "redis_config_store::blocking")
        .replace("use tokio::time::sleep;", "")
        .replace("use std::thread::sleep;", "")
        .split_whitespace()
        .collect()
}
