//! `export` and `import`.

use std::{fs, os::unix::fs::PermissionsExt};

use redis_testkit::Options;
use serde_json::json;

use crate::fixture::Tool;

/// An export of another namespace, with these keys.
fn export_of(keys: &str) -> String {
    format!(
        "{{\"format\":\"redis-config 1\",\"namespace\":\"n\",\"epoch\":\"e\",\"revision\":1,\"keys\":{{{keys}}}}}"
    )
}

/// Without what is an import's own: the namespace, its history, the versions.
fn keys_of(export: &str) -> String {
    let (_, keys) = export.split_once("\"keys\"").unwrap();
    keys.lines().map(|line| line.replace("\"version\":1,", "") + "\n").collect()
}

#[test]
fn a_folder_that_is_missing_is_an_error_without_the_name_of_a_temporary_file() {
    let tool = Tool::new();
    let error = tool.fails(1, &["export", "nowhere/out.json"]);
    assert_eq!(error["message"], "nowhere/out.json: No such file or directory (os error 2)");
}

#[test]
fn thousands_of_keys_come_back_to_the_letter() {
    let tool = Tool::new();
    let odd = [
        r#""n": {"value": null}"#,
        r#""f": {"value": 1.0}"#,
        r#""e": {"value": 1e400}"#,
        r#""b": {"value": 123456789012345678901234567890}"#,
        "\"s\": {\"value\": [1,\n   {\"b\": 1, \"a\": \"\\u00e4/\\/\"}]}",
        r#""t": {"text": " 1\n\u0000"}"#,
        r#""h": {"hex": "00ff80"}"#,
        r#""k ü\n\"": {"value": "x"}"#,
    ];
    let many =
        (0..5000).map(|number| format!("\"key-{number:05}\": {{\"value\": {{\"rps\": {number}.50}}}}"));
    let keys: Vec<_> = odd.iter().map(|key| (*key).to_owned()).chain(many).collect();
    fs::write(tool.file("in.json"), export_of(&keys.join(","))).unwrap();
    let shown = tool.ok(&["import", "in.json"]);
    assert_eq!(shown, "revision 1: 5008 created, 0 changed, 0 deleted, 0 as before\n");

    assert_eq!(tool.ok(&["export", "out.json"]), "out.json holds 5008 keys, at revision 1\n");
    let exported = fs::read_to_string(tool.file("out.json")).unwrap();
    let mode = fs::metadata(tool.file("out.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for key in odd {
        // As it was written, but for the space after a name of ours.
        let (_, value) = key.rsplit_once("\": ").unwrap();
        assert!(exported.contains(value.trim_end_matches('}')), "{key}");
    }
    assert_eq!(tool.ok(&["export"]), exported);

    let other = Tool::new();
    let ran = other.with_input(&["import", "-"], exported.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(keys_of(&other.ok(&["export"])), keys_of(&exported));
    // What the server says of each value.
    let digests = |tool: &Tool| -> Vec<_> {
        let listed = tool.json(&["list"]);
        listed["keys"].as_array().unwrap().iter().map(|key| key["digest"].clone()).collect()
    };
    assert_eq!(digests(&tool), digests(&other));
    let again = other.with_input(&["import", "-"], exported.as_bytes());
    assert_eq!(again.stdout, "nothing to change: 0 created, 0 changed, 0 deleted, 5008 as before\n");
}

#[test]
fn a_dry_run_prints_everything_and_does_nothing() {
    let tool = Tool::new();
    for key in ["same", "changed", "gone"] {
        tool.ok(&["set", key, "1"]);
    }
    let keys = r#""same": {"value": 1}, "changed": {"value": {"a": 1.0}}, "new": {"value": 3}"#;
    fs::write(tool.file("in.json"), export_of(keys)).unwrap();
    let text = tool.ok(&["import", "in.json", "--dry-run", "--replace"]);
    assert_eq!(
        text,
        "change  changed\n    ~ 1 -> {\"a\":1.0}\ndelete  gone\n    - 1\ncreate  new\n    + 3\n\
         would be: 1 created, 1 changed, 1 deleted, 1 as before\n"
    );
    let planned = tool.json(&["import", "in.json", "--dry-run"]);
    assert_eq!(
        (&planned["effect"], &planned["revision"], &planned["unchanged"]),
        (&json!("planned"), &json!(3), &json!(1))
    );
    assert_eq!(
        planned["changes"][0],
        json!({"key": "changed", "change": "change", "changes": [{"path": "", "before": 1, "after": {"a": 1.0}}]})
    );
    assert_eq!(tool.json(&["list"])["revision"], 3);
    fs::write(tool.file("in.json"), export_of(r##""#a": {"value": 1}"##)).unwrap();
    for arguments in [&["import", "in.json", "--dry-run"][..], &["import", "in.json"]] {
        tool.fails(2, arguments);
    }
}

#[test]
fn an_import_is_one_commit_and_replaces_only_if_asked_to() {
    let tool = Tool::new();
    for key in ["same", "changed", "gone"] {
        tool.ok(&["set", key, "1"]);
    }
    let keys = r#""same": {"value": 1}, "changed": {"value": 2}, "new": {"value": 3}"#;
    fs::write(tool.file("in.json"), export_of(keys)).unwrap();
    let done = tool.json(&["import", "in.json", "-m", "reviewed"]);
    assert_eq!((&done["effect"], &done["revision"]), (&json!("done"), &json!(4)));
    assert_eq!(tool.json(&["get", "gone"])["version"], 1);
    assert_eq!(tool.json(&["import", "in.json", "--replace"])["revision"], 5);
    tool.fails(3, &["get", "gone"]);
    let (new, same) = (tool.json(&["get", "new"]), tool.json(&["get", "same"]));
    assert_eq!(
        (&new["revision"], &new["message"], &new["author"]),
        (&json!(4), &json!("reviewed"), &json!("ada"))
    );
    assert_eq!((&same["revision"], &same["version"]), (&json!(1), &json!(1)));
}

#[test]
fn an_import_that_may_not_meet_a_change_meets_none() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    tool.ok(&["set", "b", "1"]);
    tool.ok(&["export", "out.json"]);
    let exported = fs::read_to_string(tool.file("out.json")).unwrap();
    fs::write(tool.file("new.json"), exported.replace("\"value\":1", "\"value\":2")).unwrap();
    assert_eq!(tool.json(&["import", "new.json", "--if-unmoved"])["revision"], 3);
    let error = tool.fails(4, &["import", "out.json", "--if-unmoved"]);
    assert!(error["message"].as_str().unwrap().contains("at revision 3, and was exported at 2"), "{error}");
    tool.redis(&["FLUSHALL"]);
    tool.ok(&["set", "a", "1"]);
    tool.ok(&["set", "b", "1"]);
    let error = tool.fails(4, &["import", "out.json", "--if-unmoved"]);
    assert!(error["message"].as_str().unwrap().contains("begun a new history"), "{error}");
    assert_eq!(tool.json(&["list"])["revision"], 2);
}

#[test]
fn what_is_no_export_is_refused_and_not_shown() {
    let tool = Tool::new();
    for text in ["", "canary", "[]", "{}", &export_of(r#""a": {"valeu": "canary"}"#)] {
        fs::write(tool.file("in.json"), text).unwrap();
        let error = tool.fails(5, &["import", "in.json"]);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(tool.fails(1, &["import", "nowhere.json"])["kind"], "file");
    assert_eq!(tool.fails(1, &["export", "nowhere/out.json"])["kind"], "file");
    assert_eq!(tool.json(&["list"])["revision"], 0);
}

#[test]
fn a_server_without_memory_leaves_nothing_half_done() {
    let tool = Tool::on(Options::default().with_config("maxmemory", "4mb"));
    let value = "x".repeat(100_000);
    let keys: Vec<_> = (0..100).map(|number| format!("\"k{number}\": {{\"value\": \"{value}\"}}")).collect();
    fs::write(tool.file("in.json"), export_of(&keys.join(","))).unwrap();
    let ran = tool.run(&["--json", "import", "in.json"]);
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    tool.redis(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(tool.json(&["list"])["keys"], json!([]));
}
