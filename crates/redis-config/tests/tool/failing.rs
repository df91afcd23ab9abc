//! What goes wrong, by the code that it ends with; and that no password is ever shown.

use std::fs;

use redis_testkit::{Certificates, Options};
use serde_json::json;

use crate::{
    fixture::{Ran, Tool},
    terminal::Terminal,
};

const PASSWORD: &str = "pass-canary";

#[test]
fn wrong_arguments_end_with_2() {
    let tool = Tool::new();
    for arguments in [
        &["get"][..],
        &["frobnicate"],
        &["set", "a", "1", "--if-version", "0"],
        &["set", "a", "1", "--if-version", "1", "--if-absent"],
        &["watch", "--interval", "soon"],
        &["history", "a", "--limit", "0"],
        &["namespaces", "--limit", "0"],
        &["set", "#epoch", "1"],
        &["--namespace", "a{b", "list"],
        &["--url", "http://nowhere", "list"],
        &["man", "frobnicate"],
    ] {
        assert_eq!(tool.fails(2, arguments)["outcome"], "not_applied", "{arguments:?}");
    }
    let ran = Ran::from(tool.command(&["list"]).env_remove("REDIS_CONFIG_NAMESPACE").output().unwrap());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--namespace NAME"), "{}", ran.stderr);
    let ran = tool.run(&["--namespace", "get", "rollback", "a"]);
    assert!(
        ran.stderr.contains("Usage: redis-config rollback [OPTIONS] <KEY> <VERSION>\n"),
        "{}",
        ran.stderr
    );
    let ran = tool.run(&[]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""));
    assert!(ran.stderr.contains("Usage:"), "{}", ran.stderr);
}

#[test]
fn a_server_that_cannot_be_reached_ends_with_6() {
    let tool = Tool::new();
    for arguments in [&["get", "a"][..], &["set", "a", "1"], &["status"], &["watch"], &["export"]] {
        let arguments = [&["--url", "redis://127.0.0.1:1"], arguments].concat();
        assert_eq!(tool.fails(6, &arguments)["kind"], "connection");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_named() {
    let tool = Tool::new();
    let all = [
        &["get", "a"][..],
        &["set", "a", "1"],
        &["delete", "a"],
        &["list"],
        &["history", "a"],
        &["rollback", "a", "1"],
        &["status"],
        &["watch"],
        &["export"],
    ];
    for arguments in all {
        let arguments = [&["--url", "redis://127.0.0.1:1"], arguments].concat();
        let message = tool.fails(6, &arguments)["message"].to_string();
        assert!(message.contains("127.0.0.1:1"), "{arguments:?}: {message}");
        let ran = tool.run(&arguments);
        assert!(ran.stderr.contains("127.0.0.1:1"), "{arguments:?}: {}", ran.stderr);
    }
    let ran = tool.run(&["--url", "redis://[::1]:1", "get", "a"]);
    assert!(ran.stderr.contains("[::1]:1"), "{}", ran.stderr);
    // Nor is one named that was reached.
    tool.ok(&["set", "a", "1"]);
    tool.redis(&["SET", "{cs:billing}:cur", "x"]);
    let ran = tool.run(&["get", "a"]);
    assert!(!ran.stderr.contains(&tool.server.address().to_string()), "{}", ran.stderr);
}

#[test]
fn an_error_in_the_url_names_where_the_url_is_from() {
    let tool = Tool::new();
    for (url, variable) in [
        ("localhost:7711", "REDIS_HOST"),
        ("redis://h?pool_sise=3", "REDIS_HOST"),
        ("redis://h/database", "REDIS_HOST"),
        ("redis://h", "REDIS_USE_SENTINEL"),
        ("redis+sentinel://h", "REDIS_USE_CLUSTERS"),
    ] {
        let ran = |command: &mut std::process::Command| {
            Ran::from(command.env(variable, "true").output().unwrap()).failed(2)["message"].to_string()
        };
        let by_argument = ran(&mut tool.command(&["--json", "list", "--url", url]));
        assert!(by_argument.contains("--url") && !by_argument.contains("REDIS_URL"), "{by_argument}");
        let by_variable = ran(tool.command(&["--json", "list"]).env("REDIS_URL", url));
        assert!(by_variable.contains("REDIS_URL") && !by_variable.contains("--url"), "{by_variable}");
    }
    assert_eq!(tool.fails(2, &["list", "--url", ""])["message"], "--url is empty");
}

#[test]
fn an_error_says_that_the_default_server_was_used() {
    let tool = Tool::new();
    let hint = |command: &mut std::process::Command| {
        // No server that happens to be there speaks TLS.
        command.env("REDIS_USE_SSL", "true");
        Ran::from(command.output().unwrap()).failed(6)["hint"].to_string()
    };
    let default = "neither --url nor REDIS_URL is set, so the server is the default, 127.0.0.1:6379";
    for arguments in [&["list"][..], &["set", "a", "1"], &["status"], &["watch"], &["namespaces"]] {
        let arguments = [&["--json"], arguments].concat();
        let none = hint(tool.command(&arguments).env_remove("REDIS_URL"));
        let empty = hint(tool.command(&arguments).env("REDIS_URL", ""));
        assert!(none.contains(default) && empty.contains(default), "{arguments:?}: {none} {empty}");
        let given = hint(tool.command(&arguments).env("REDIS_URL", "redis://127.0.0.1:1"));
        let by_host = hint(tool.command(&arguments).env_remove("REDIS_URL").env("REDIS_HOST", "127.0.0.1"));
        assert!(!given.contains("default") && !by_host.contains("default"), "{given} {by_host}");
    }
}

#[test]
fn a_terminal_shows_what_is_waited_for() {
    let tool = Tool::new();
    tool.server.freeze().unwrap();
    let mut command = tool.command(&["list"]);
    command.env("REDIS_DEADLINE", "3s").env("TERM", "xterm").env("NO_COLOR", "1");
    let mut terminal = Terminal::run(command);
    terminal.shows(&format!("connecting to {} … ", tool.server.address()));
    let (code, screen) = terminal.end();
    tool.server.thaw().unwrap();
    // It is gone before the error is shown.
    assert!(code == 6 && screen.contains("\r\u{1b}[Kerror: "), "{screen:?}");
}

#[test]
fn a_server_that_refuses_the_login_is_named() {
    let mut tool = Tool::on(Options::default().with_password(PASSWORD));
    tool.url = tool.server.url_as("default", "wrong-canary");
    let ran = tool.run(&["get", "a"]);
    assert_eq!(ran.code, 7);
    assert!(ran.stderr.contains(&tool.server.address().to_string()), "{}", ran.stderr);
}

#[test]
fn a_user_who_may_not_ends_with_7() {
    let rules = "~{cs:billing}:* +ping +hmget +info";
    let mut tool = Tool::on(Options::default().with_password(PASSWORD).with_user("guest", PASSWORD, rules));
    tool.ok(&["set", "a", "1"]);
    tool.url = tool.server.url_as("guest", PASSWORD);
    tool.ok(&["get", "a"]);
    for arguments in [&["set", "a", "2"][..], &["list"], &["history", "a"], &["status"], &["watch"]] {
        let error = tool.fails(7, arguments);
        assert_eq!(error["kind"], "permission", "{arguments:?}");
        assert!(error["message"].as_str().unwrap().contains("EVALSHA"), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("+evalsha +eval"), "{error}");
    }
    let error = tool.fails(7, &["namespaces"]);
    assert!(error["kind"] == "permission" && error["hint"].as_str().unwrap().contains("+scan"), "{error}");
    tool.url = tool.server.url_as("default", "wrong-canary");
    for arguments in [&["get", "a"][..], &["watch"]] {
        assert_eq!(tool.fails(7, arguments)["kind"], "auth", "{arguments:?}");
    }
}

#[test]
fn keys_that_contradict_each_other_end_with_10() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    tool.redis(&["DEL", "{cs:billing}:log"]);
    let error = tool.fails(10, &["set", "a", "2"]);
    assert_eq!((&error["kind"], &error["outcome"]), (&json!("integrity"), &json!("not_applied")));
    assert_eq!(error["reason"], "LogLost");
    let ran = tool.run(&["--json", "status"]);
    assert_eq!((&ran.failed(10)["kind"], &ran.failed(10)["reason"]), (&json!("reset"), &json!("LogLost")));
    // The same words for people.
    let words = "LogLost, the log is gone, and the values exist";
    for arguments in [&["set", "a", "2"][..], &["status"]] {
        let ran = tool.run(arguments);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(tool.run(&["status"]).stdout.contains(words));
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&status["freshness"], &status["reset"]), (&json!("Reset"), &json!("LogLost")));
    tool.redis(&["SET", "{cs:billing}:cur", "x"]);
    for arguments in [&["get", "a"][..], &["set", "a", "2"], &["list"]] {
        assert_eq!(tool.fails(10, arguments)["reason"], "Foreign", "{arguments:?}");
    }
    tool.fails(10, &["export"]);
}

#[test]
fn the_environment_says_who_logs_in_and_tls_works() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    let tool = Tool::on(Options::default().with_tls(&certificates).with_password(PASSWORD));
    let url = format!("redis://localhost:{}", tool.server.port());
    let mut command = tool.command(&["set", "a", "1"]);
    command.env("REDIS_URL", "redis://127.0.0.1:1").args(["--url", &url]).env("REDIS_PASSWORD", PASSWORD);
    command.env("REDIS_USE_SSL", "true").env("REDIS_TLS_CA_FILE", certificates.authority());
    // How a service stores its own values is nothing to the tool.
    command.env("REDIS_CODEC", "messagepack").env("REDIS_COMPRESSION_THRESHOLD", "100");
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn no_command_shows_a_password() {
    let mut tool = Tool::on(Options::default().with_password(PASSWORD));
    fs::write(tool.file("empty.json"), "{}").unwrap();
    let user = "user-canary";
    let right = tool.url.clone();
    let wrong = format!("redis://{user}:{PASSWORD}-not@{}/0", tool.server.address());
    let unreachable = format!("redis://{user}:{PASSWORD}@127.0.0.1:1");
    let broken = format!("redis://{user}:{PASSWORD}@127.0.0.1:port");
    let commands = [
        &["get", "a"][..],
        &["get", "a", &right],
        &["get", "--urll", &right],
        &["set", "a", "1"],
        &["edit", "a"],
        &["delete", "never"],
        &["list"],
        &["history", "a"],
        &["diff", "a"],
        &["rollback", "a", "1"],
        &["export"],
        &["import", "empty.json"],
        &["status"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["set", "--help"],
    ];
    for url in [&right, &wrong, &unreachable, &broken] {
        tool.url.clone_from(url);
        for command in commands {
            for how in [&[][..], &["--json"], &["--url", url]] {
                let ran = tool.run(&[how, command].concat());
                let shown = ran.stdout + &ran.stderr;
                assert!(!shown.contains("canary"), "{how:?} {command:?}: {shown}");
            }
        }
    }
}
