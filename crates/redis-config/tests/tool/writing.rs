//! `set`, `delete` and `rollback`.

use std::{fs, process::Command};

use serde_json::json;

use crate::fixture::Tool;

#[test]
fn a_value_is_set_to_the_letter_and_has_a_version() {
    let tool = Tool::new();
    let shown = tool.ok(&["set", "limits", "{\"rps\": 1.0,\n \"big\": 123456789012345678901234567890}"]);
    assert_eq!(shown, "limits is now at version 1, revision 1\n");
    let stored = "{\"rps\":1.0,\"big\":123456789012345678901234567890}";
    let printed = tool.ok(&["--json", "get", "limits"]);
    assert!(printed.contains(&format!("\"value\":{stored},")), "{printed}");
    let again = tool.json(&["set", "limits", stored]);
    let expected = json!({
        "key": "limits", "version": 1, "revision": 1, "effect": "unchanged", "new_namespace": false,
    });
    assert_eq!(again, expected);
    assert_eq!(tool.ok(&["set", "limits", stored]), "limits has this value already, at version 1\n");
    assert_eq!(tool.json(&["set", "limits", "-5"])["version"], 2);
}

#[test]
fn a_value_comes_from_the_argument_from_a_file_or_from_standard_input() {
    let tool = Tool::new();
    fs::write(tool.file("value.json"), "[1,\n2]\n").unwrap();
    tool.ok(&["set", "a", "@value.json"]);
    assert_eq!(tool.json(&["get", "a"])["value"], json!([1, 2]));
    assert_eq!(tool.with_input(&["set", "a", "-"], b"{\"x\": null}").code, 0);
    assert_eq!(tool.json(&["get", "a"])["value"], json!({"x": null}));
    tool.ok(&["set", "a", "--string", "no \"JSON\""]);
    assert_eq!(tool.json(&["get", "a"])["value"], "no \"JSON\"");
    let error = tool.fails(1, &["set", "a", "@nowhere"]);
    assert_eq!(error["kind"], "file");
}

#[test]
fn what_is_no_json_is_refused_and_not_shown() {
    let tool = Tool::new();
    for value in ["canary", "{\"canary\": }", "[1] 2", ""] {
        let error = tool.fails(5, &["set", "a", value]);
        assert_eq!((&error["kind"], &error["outcome"]), (&json!("refused"), &json!("not_applied")));
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(tool.with_input(&["set", "a", "-", "--string"], b"\xff").code, 5);
    assert_eq!(tool.fails(3, &["get", "a"])["kind"], "missing");
}

#[test]
fn an_expectation_that_fails_is_a_conflict_and_changes_nothing() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1", "--if-absent"]);
    let error = tool.fails(4, &["set", "a", "2", "--if-absent"]);
    assert_eq!(
        (&error["kind"], &error["key"], &error["current_version"]),
        (&json!("conflict"), &json!("a"), &json!(1))
    );
    tool.ok(&["set", "a", "2", "--if-version", "1"]);
    for arguments in
        [["set", "a", "3", "--if-version", "1"].as_slice(), &["delete", "a", "--if-version", "1"]]
    {
        assert_eq!(tool.fails(4, arguments)["current_version"], 2);
    }
    tool.fails(4, &["rollback", "a", "1", "--if-version", "1"]);
    assert_eq!(tool.json(&["get", "a"])["value"], 2);
    let error = tool.run(&["set", "a", "3", "--if-version", "1"]);
    assert!(
        error.stderr.starts_with("error: \"a\": was changed, and is now at version 2"),
        "{}",
        error.stderr
    );
    assert!(error.stderr.contains("\nhint: "), "{}", error.stderr);
}

#[test]
fn a_deleted_key_goes_on_with_its_versions() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    assert_eq!(tool.ok(&["delete", "a", "-m", "old"]), "a is deleted, at version 2, revision 2\n");
    assert_eq!(tool.fails(3, &["get", "a"])["key"], "a");
    assert_eq!(tool.fails(3, &["delete", "a"])["key"], "a");
    assert_eq!(tool.fails(3, &["delete", "never"])["key"], "never");
    let set = tool.json(&["set", "a", "1"]);
    assert_eq!((&set["version"], &set["revision"]), (&json!(3), &json!(3)));
}

#[test]
fn a_rollback_brings_back_a_version() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1.0"]);
    tool.ok(&["set", "a", "2"]);
    tool.ok(&["rollback", "a", "1"]);
    tool.ok(&["rollback", "a", "2", "-m", "no, 2", "--author", "eve"]);
    let history = tool.json(&["history", "a"]);
    let shown: Vec<_> = history["versions"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&shown[0]["restores"], &shown[0]["message"], &shown[0]["author"]),
        (&json!(2), &json!("no, 2"), &json!("eve"))
    );
    assert_eq!((&shown[1]["restores"], &shown[1]["message"]), (&json!(1), &json!("roll back to version 1")));
    assert!(tool.ok(&["--json", "get", "a", "--version", "3"]).contains("\"value\":1.0,"));
    assert_eq!(tool.fails(3, &["rollback", "a", "9"])["kind"], "missing");
}

#[test]
fn the_author_comes_from_the_argument_or_the_environment() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1", "--message", "why not"]);
    let got = tool.json(&["get", "a"]);
    assert_eq!((&got["author"], &got["message"]), (&json!("ada"), &json!("why not")));
    let status = tool.command(&["set", "a", "2"]).env("REDIS_CONFIG_AUTHOR", "ci").output().unwrap().status;
    assert!(status.success());
    assert_eq!(tool.json(&["get", "a"])["author"], "ci");
    tool.ok(&["set", "a", "3", "--author", "eve"]);
    assert_eq!(tool.json(&["get", "a"])["author"], "eve");
}

#[test]
fn the_author_is_the_user_where_the_environment_names_none() {
    let tool = Tool::new();
    let author = |value: &str, (variable, name): (&str, &str)| {
        let mut command = tool.command(&["set", "a", value]);
        let output = command.env_remove("USER").env(variable, name).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        tool.json(&["get", "a"])["author"].as_str().unwrap().to_owned()
    };
    // Its name, or the number if it has none.
    let id = Command::new("sh").args(["-c", "id -un 2>/dev/null || id -u"]).output().unwrap();
    let id = String::from_utf8(id.stdout).unwrap();
    assert_eq!(author("1", ("USER", "")), id.trim());
    assert_eq!(author("2", ("LOGNAME", "cron")), "cron");
}
