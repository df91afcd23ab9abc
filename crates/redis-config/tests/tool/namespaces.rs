//! Where a namespace is, so that a wrong name, prefix or database shows.

use redis_testkit::Options;
use serde_json::json;

use crate::fixture::{Ran, Tool};

/// Runs the tool as for a service with a namespace of its own.
fn prefixed(tool: &Tool, prefix: &str, arguments: &[&str]) -> Ran {
    Ran::from(tool.command(arguments).env("REDIS_NAMESPACE", prefix).output().unwrap())
}

#[test]
fn the_first_commit_of_a_namespace_says_that_it_is_new() {
    let tool = Tool::new();
    let first = tool.run(&["set", "a", "1"]);
    assert_eq!(first.code, 0);
    let server = tool.server.address();
    let expected = format!(
        "new namespace: this is the first commit of \"billing\", in {{cs:billing}}:cur and {{cs:billing}}:log, \
         database 0 of {server}\n"
    );
    assert_eq!(first.stderr, expected);
    assert_eq!(tool.run(&["set", "a", "2"]).stderr, "");
    // Elsewhere it is another namespace.
    let other = prefixed(&tool, "web", &["set", "a", "1"]);
    assert!(other.stderr.contains("in web:{cs:billing}:cur and web:{cs:billing}:log, "), "{}", other.stderr);

    let set =
        |namespace: &str| tool.json(&["--namespace", namespace, "set", "a", "1"])["new_namespace"].clone();
    assert_eq!([set("json"), set("json")], [true, false]);
    std::fs::write(tool.file("export.json"), tool.ok(&["export"])).unwrap();
    let import = |more: &[&str]| {
        let arguments = [&["--namespace", "imported", "import", "export.json"], more].concat();
        tool.json(&arguments)["new_namespace"].clone()
    };
    assert_eq!([import(&["--dry-run"]), import(&[]), import(&[])], [true, true, false]);
    let ran = tool.run(&["--namespace", "by-import", "import", "export.json"]);
    assert!(ran.stderr.starts_with("new namespace: "), "{}", ran.stderr);
}

#[test]
fn what_is_not_found_says_where_it_was_looked_for() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let server = tool.server.address();
    let place = format!("web:{{cs:billing}}:cur and web:{{cs:billing}}:log, database 0 of {server}");
    let ran = prefixed(&tool, "web", &["list"]);
    assert_eq!((ran.code, &*ran.stdout), (0, ""));
    assert!(ran.stderr.contains("nothing was ever committed to \"billing\"") && ran.stderr.contains(&place));
    assert!(ran.stderr.contains("redis-config namespaces"), "{}", ran.stderr);
    for arguments in [&["get", "a"][..], &["edit", "a"], &["delete", "a"], &["history", "a"], &["diff", "a"]]
    {
        let ran = prefixed(&tool, "web", arguments);
        assert_eq!(ran.code, 3, "{arguments:?}");
        assert!(ran.stderr.contains(&place), "{arguments:?}: {}", ran.stderr);
    }
    let place = format!("{{cs:billing}}:cur and {{cs:billing}}:log, database 0 of {server}");
    let ran = tool.run(&["list", "b"]);
    assert_eq!(ran.stderr, format!("no keys begin with \"b\" in \"billing\", at revision 1, in {place}\n"));
    let expected = json!({
        "address": server.to_string(),
        "database": 0,
        "prefix": "",
        "keys": ["{cs:billing}:cur", "{cs:billing}:log"],
    });
    assert_eq!(tool.json(&["list"])["redis"], expected);
}

#[test]
fn a_watcher_says_what_it_watches() {
    let tool = Tool::new();
    let place = format!("{{cs:billing}}:cur and {{cs:billing}}:log, database 0 of {}", tool.server.address());
    tool.watch(&[]).line(&format!("watching 0 keys of \"billing\" at revision 0, in {place}"));
    assert_eq!(tool.watch(&["--json"]).event()["redis"]["keys"][0], "{cs:billing}:cur");
}

#[test]
fn a_status_says_which_redis_keys_and_database_it_is_about() {
    let mut tool = Tool::new();
    tool.url = format!("redis://{}/3", tool.server.address());
    let ran = prefixed(&tool, "web", &["status"]);
    for part in [
        "Redis keys     web:{cs:billing}:cur and web:{cs:billing}:log\n",
        "prefix         web:, the service's namespace",
        "database       3\n",
        &tool.server.address().to_string(),
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let status = tool.json(&["status"]);
    let expected = json!([3, "", "{cs:billing}:log"]);
    assert_eq!(
        json!([status["redis"]["database"], status["redis"]["prefix"], status["redis"]["keys"][1]]),
        expected
    );
}

#[test]
fn the_namespaces_of_a_database_are_listed() {
    let mut tool = Tool::new();
    let ran = tool.run(&["namespaces"]);
    assert_eq!((ran.code, &*ran.stdout), (0, ""));
    assert!(ran.stderr.starts_with("no namespaces without a prefix in database 0 of "), "{}", ran.stderr);
    for name in ["billing", "a\u{1b}[31mred", "*[x]"] {
        tool.ok(&["--namespace", name, "set", "a", "1"]);
    }
    tool.ok(&["set", "a", "2"]);
    prefixed(&tool, "web:*", &["set", "a", "1"]);
    // Keys that no store wrote.
    for key in ["{cs:}:cur", "{cs:a}:x{cs:b}:cur", "cs:c:cur"] {
        tool.redis(&["HSET", key, "#revision", "1"]);
    }
    tool.redis(&["SET", "{cs:text}:cur", "x"]);
    tool.redis(&["HSET", "{cs:odd}:cur", "#revision", "many"]);

    let named = |json: &serde_json::Value| -> Vec<(String, String, Option<u64>)> {
        let named = json["namespaces"].as_array().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        named.map(|one| (text(&one["namespace"]), text(&one["prefix"]), one["revision"].as_u64())).collect()
    };
    let row = |name: &str, prefix: &str, revision| (name.to_owned(), prefix.to_owned(), revision);
    let without = vec![
        row("*[x]", "", Some(1)),
        row("a\u{1b}[31mred", "", Some(1)),
        row("billing", "", Some(2)),
        row("odd", "", None),
        row("text", "", None),
    ];
    let listed = tool.json(&["namespaces"]);
    assert_eq!(named(&listed), without);
    assert_eq!((&listed["truncated"], &listed["redis"]["database"]), (&json!(false), &json!(0)));
    let mut with = without;
    with.insert(1, row("b", "{cs:a}:x", Some(1)));
    with.push(row("billing", "web:*:", Some(1)));
    with.sort();
    assert_eq!(named(&tool.json(&["namespaces", "--all-prefixes"])), with);
    let ran = prefixed(&tool, "web:*", &["--json", "namespaces"]);
    assert_eq!(named(&serde_json::from_str(&ran.stdout).unwrap()), [row("billing", "web:*:", Some(1))]);

    let table = tool.ok(&["namespaces", "-a"]);
    assert!(table.contains("a\\u{1b}[31mred") && !table.contains('\u{1b}'), "{table}");
    let some = tool.json(&["namespaces", "--limit", "2"]);
    assert_eq!((named(&some).len(), &some["truncated"]), (2, &json!(true)));
    assert!(tool.run(&["namespaces", "--limit", "2"]).stderr.contains("only 2 are listed"));
    tool.url = format!("redis://{}/1", tool.server.address());
    assert_eq!(tool.json(&["namespaces", "-a"])["namespaces"], json!([]));
}

#[test]
fn namespaces_are_listed_without_the_right_to_read_them() {
    const PASSWORD: &str = "pass-canary";
    let rules = "~* +ping +scan";
    let mut tool = Tool::on(Options::default().with_password(PASSWORD).with_user("guest", PASSWORD, rules));
    tool.ok(&["set", "a", "1"]);
    tool.url = tool.server.url_as("guest", PASSWORD);
    // No namespace needs to be named.
    let ran = Ran::from(tool.command(&["namespaces"]).env_remove("REDIS_CONFIG_NAMESPACE").output().unwrap());
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    assert!(ran.stdout.ends_with("\nbilling    ?\n"), "{}", ran.stdout);
}
