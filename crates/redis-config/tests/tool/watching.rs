//! `watch`: what others do, what Redis loses, and how it ends.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use rustix::process::Signal;
use serde_json::json;

use crate::fixture::Tool;

#[test]
fn what_another_process_changes_is_shown_with_its_difference() {
    let tool = Tool::new();
    tool.ok(&["set", "limits", "{\"rps\": 1, \"same\": 1.0}"]);
    let people = tool.watch(&["--color", "always"]);
    let programs = tool.watch(&["limits", "--exact", "--json"]);
    people.line("watching 1 key of \"billing\" at revision 1");
    let initial = programs.event();
    assert_eq!((&initial["event"], &initial["revision"]), (&json!("initial"), &json!(1)));
    assert_eq!(initial["keys"][0]["value"], json!({"rps": 1, "same": 1.0}));

    tool.ok(&["set", "limits.batch", "1"]);
    tool.ok(&["set", "limits", "{\"rps\": 2, \"same\": 1.0}", "-m", "more"]);
    tool.ok(&["delete", "limits"]);
    people.line("revision 2, by ada");
    assert!(people.line("limits.batch").contains("nothing -> 1"));
    people.line("\x1b[32m+ 1\x1b[0m");
    people.line("revision 3, by ada: more");
    people.line("~\x1b[0m /rps  \x1b[31m1\x1b[0m -> \x1b[32m2\x1b[0m");
    assert!(
        people.line("limits").contains("2 -> 3 (deleted)")
            || people.line("limits").contains("2 -> 3 (deleted)")
    );

    let change = programs.event();
    assert_eq!((&change["event"], &change["revision"]), (&json!("change"), &json!(3)));
    let key = &change["keys"][0];
    assert_eq!(
        (&key["key"], &key["before"]["version"], &key["after"]["version"]),
        (&json!("limits"), &json!(1), &json!(2))
    );
    assert_eq!(key["changes"], json!([{"path": "/rps", "before": 1, "after": 2}]));
    assert_eq!(programs.event()["keys"][0]["after"]["deleted"], true);
}

#[test]
fn earlier_damage_is_reported_as_well() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    tool.redis(&["DEL", "{cs:billing}:cur"]);
    tool.watch(&[]).line("Reset (ValuesLost)");
    let programs = tool.watch(&["--json"]);
    assert_eq!(programs.event_named("reset")["reason"], "ValuesLost");
    assert_eq!(tool.fails(10, &["get", "a"])["kind"], "integrity");
    let status = tool.run(&["status"]);
    assert!(status.stdout.contains("epoch          unknown"), "{}", status.stdout);
}

#[test]
fn losses_in_redis_are_reported_by_name() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let people = tool.watch(&[]);
    let programs = tool.watch(&["--json"]);
    people.line("watching");
    assert_eq!(programs.event()["event"], "initial");
    tool.redis(&["FLUSHALL"]);
    assert!(people.line("Reset (Emptied)").contains("both keys are gone"));
    people.line("- 1");
    let reset = programs.event_named("reset");
    assert_eq!(
        (&reset["reason"], &reset["before"], &reset["revision"]),
        (&json!("Emptied"), &json!(1), &json!(0))
    );
    assert_eq!(reset["keys"][0]["before"]["value"], 1);
    assert_eq!(programs.event_named("freshness")["freshness"], "Reset");
    tool.ok(&["set", "a", "2"]);
    people.line("a  nothing -> 1");
    people.line("Fresh");
}

#[test]
fn an_unreachable_server_is_reported_and_waited_for() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let mut command = tool.command(&["watch", "--json", "--interval", "200ms"]);
    command.env("REDIS_RESPONSE_TIMEOUT", "300ms").env("REDIS_DEADLINE", "600ms");
    let watching = crate::fixture::WatchProcess::start(command);
    assert_eq!(watching.event()["event"], "initial");
    tool.server.freeze().unwrap();
    let stale = watching.event_named("freshness");
    assert_eq!(stale["freshness"], "Stale");
    assert!(stale["error"].is_string() || stale["error"].is_null(), "{stale}");
    // The user called no `sync`.
    assert!(!stale["error"].to_string().contains("sync"), "{stale}");
    tool.server.thaw().unwrap();
    assert_eq!(watching.event_named("freshness")["freshness"], "Fresh");
    tool.ok(&["set", "a", "2"]);
    assert_eq!(watching.event_named("change")["revision"], 2);
}

#[test]
fn a_stale_watch_ends_if_asked_to() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let mut command = tool.command(&["watch", "--json", "--interval", "200ms", "--fail-if-stale", "1s"]);
    command.env("REDIS_RESPONSE_TIMEOUT", "300ms").env("REDIS_DEADLINE", "600ms");
    let watching = crate::fixture::WatchProcess::start(command);
    assert_eq!(watching.event()["event"], "initial");
    tool.server.freeze().unwrap();
    let (status, complaints) = watching.end();
    tool.server.thaw().unwrap();
    assert_eq!(status.code(), Some(8), "{complaints}");
    let error: serde_json::Value = serde_json::from_str(&complaints).unwrap();
    assert_eq!(error["error"]["kind"], "stale");
}

#[test]
fn a_signal_ends_it_cleanly() {
    let tool = Tool::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let watching = tool.watch(&[]);
        watching.line("watching 0 keys");
        watching.signal(signal);
        let (status, complaints) = watching.end();
        assert_eq!((status.code(), &*complaints), (Some(0), ""), "{signal:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_cleanly_and_at_once() {
    let tool = Tool::new();
    let mut child = tool
        .command(&["watch", "--interval", "1h"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nothing is written from here on by which it could notice.
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("watching"), "{first}");
    redis_testkit::eventually("the tool ends", || child.try_wait().unwrap().is_some());
    let ran = crate::fixture::Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
}

#[test]
fn others_whose_reader_is_gone_end_cleanly_too() {
    let tool = Tool::new();
    let value = format!("\"{}\"", "x".repeat(100_000));
    for key in ["a", "b", "c"] {
        assert_eq!(tool.with_input(&["set", key, "-"], value.as_bytes()).code, 0);
    }
    for arguments in [&["export"][..], &["list", "--values"], &["get", "a"]] {
        let mut child =
            tool.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = crate::fixture::Ran::from(child.wait_with_output().unwrap());
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{arguments:?}");
    }
}
