//! `edit`, with editors that are scripts.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use redis_testkit::eventually;
use serde_json::json;

use crate::{
    fixture::{Ran, Tool},
    terminal::Terminal,
};

/// Edits `a` with a script that has the file as `$1`.
fn edit(tool: &Tool, script: &str) -> Command {
    edit_with(tool, &["--json", "edit", "a", "-m", "by hand"], script)
}

fn edit_with(tool: &Tool, arguments: &[&str], script: &str) -> Command {
    let editor = tool.file("editor.sh");
    fs::write(&editor, format!("#!/bin/sh\nset -e\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = tool.command(arguments);
    // With an argument, as `code --wait` has one.
    command.env("EDITOR", format!("{} --wait-not", editor.display()));
    command
}

fn edited(tool: &Tool, script: &str) -> Ran {
    Ran::from(edit(tool, &format!("shift\n{script}")).output().unwrap())
}

/// Where an error says that the text was kept.
fn kept(error: &serde_json::Value) -> PathBuf {
    let hint = error["hint"].as_str().unwrap();
    let (_, place) = hint.split_once("kept in ").unwrap();
    place.split(';').next().unwrap().into()
}

/// What is left of the folders that were edited in.
fn left(tool: &Tool) -> usize {
    let names = fs::read_dir(tool.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("redis-config-")).count()
}

#[test]
fn an_edit_is_set_and_its_file_is_private() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "{\"rps\":1.0,\"big\":12345678901234567890123}"]);
    let ran =
        edited(&tool, "ls -ld \"$(dirname \"$1\")\" >seen; cat \"$1\" >>seen; sed -i.bak s/1.0/2.0/ \"$1\"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let seen = fs::read_to_string(tool.file("seen")).unwrap();
    assert!(seen.starts_with("drwx------"), "{seen}");
    assert!(seen.ends_with("{\n  \"rps\": 1.0,\n  \"big\": 12345678901234567890123\n}\n"), "{seen}");
    let got = tool.ok(&["--json", "get", "a"]);
    assert!(got.contains("\"version\":2,") && got.contains("\"message\":\"by hand\""), "{got}");
    assert!(got.contains("{\"rps\":2.0,\"big\":12345678901234567890123}"), "{got}");
    assert_eq!(left(&tool), 0);
}

#[test]
fn nothing_written_is_nothing_changed() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "{\"rps\":1}"]);
    for script in ["true", "echo '{\"rps\":   1}' >\"$1\"", ": >\"$1\""] {
        assert_eq!(edited(&tool, script).code, 0, "{script}");
    }
    let ran = edited(&tool, "exit 3");
    assert_eq!(ran.failed(1)["kind"], "editor");
    assert_eq!((tool.json(&["get", "a"])["version"].clone(), left(&tool)), (json!(1), 0));
    assert_eq!(tool.fails(3, &["edit", "never"])["kind"], "missing");
}

#[test]
fn a_conflict_changes_nothing_and_keeps_what_was_written() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let ran =
        edited(&tool, &format!("{} set a 2 >/dev/null; echo 3 >\"$1\"", env!("CARGO_BIN_EXE_redis-config")));
    let error = ran.failed(4);
    assert_eq!((&error["kind"], &error["current_version"]), (&json!("conflict"), &json!(2)));
    assert_eq!(fs::read_to_string(kept(&error)).unwrap(), "3\n");
    assert_eq!(tool.json(&["get", "a"])["value"], 2);
}

/// Edits `a` on a terminal, while another user sets it to each of these values in turn, one for each time that the
/// editor is opened. Each time, the editor adds one to `mine`.
fn edit_while_set(tool: &Tool, values: &[&str]) -> Terminal {
    for (number, value) in values.iter().enumerate() {
        fs::write(tool.file(&format!("value.{number}")), value).unwrap();
    }
    let script = format!(
        "shift; n=$(cat count 2>/dev/null || echo 0); echo $((n + 1)) >count
         if test -e value.$n; then {} set a @value.$n --author bob -m faster >/dev/null; fi
         echo \"{{\\\"rps\\\":1,\\\"mine\\\":$((n + 1))}}\" >\"$1\"",
        env!("CARGO_BIN_EXE_redis-config")
    );
    Terminal::run(edit_with(tool, &["edit", "a"], &script))
}

#[test]
fn a_conflict_shows_what_others_changed_and_asks_again() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "{\"rps\": 1, \"same\": true}"]);
    let mut terminal =
        edit_while_set(&tool, &["{\"rps\": 5, \"same\": true}", "{\"rps\": 6, \"same\": true}"]);
    let question = "Edit it again? What you save then replaces version ";
    terminal.shows(&format!("{question}2. [Y/n] "));
    assert_eq!(tool.json(&["get", "a"])["value"]["rps"], 5);
    terminal.types("\n");
    terminal.shows(&format!("{question}3. [Y/n] "));
    terminal.types("y\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    for part in [
        "a was changed while you edited it: version 1 (",
        " by ada) -> version 2 (",
        " by bob)\n  ~ /rps  1 -> 5\n",
        "  ~ /rps  5 -> 6\n",
        "a is now at version 4, revision 4\n",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(!screen.contains("same"), "{screen}");
    assert_eq!(tool.json(&["get", "a"])["value"], json!({"rps": 1, "mine": 3}));
    assert_eq!(left(&tool), 0);
}

#[test]
fn a_conflict_that_is_not_edited_again_keeps_what_was_written() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "{\"rps\": 1}"]);
    let mut terminal = edit_while_set(&tool, &["{\"rps\": 5}"]);
    terminal.shows("[Y/n] ");
    terminal.types("n\n");
    let (code, screen) = terminal.end();
    assert!(code == 4 && screen.contains("what you wrote is kept in "), "{screen}");
    assert_eq!((tool.json(&["get", "a"])["value"].clone(), left(&tool)), (json!({"rps": 5}), 1));
    // Without a terminal it shows the difference as well.
    let script = format!("shift; {} set a 7 >/dev/null; echo 8 >\"$1\"", env!("CARGO_BIN_EXE_redis-config"));
    let ran = Ran::from(edit_with(&tool, &["edit", "a"], &script).output().unwrap());
    assert_eq!((ran.code, &*ran.stdout), (4, ""));
    assert!(ran.stderr.contains("  ~ {\"rps\":5} -> 7\n") && !ran.stderr.contains("[Y/n]"), "{}", ran.stderr);
}

#[test]
fn a_key_that_was_deleted_while_it_was_edited_is_set_again_if_wanted() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let script = format!(
        "shift; test -e once || {} delete a >/dev/null; touch once; echo 8 >\"$1\"",
        env!("CARGO_BIN_EXE_redis-config")
    );
    let mut terminal = Terminal::run(edit_with(&tool, &["edit", "a"], &script));
    terminal.shows("What you save then replaces version 2. [Y/n] ");
    terminal.types("\n");
    let (code, screen) = terminal.end();
    assert!(
        code == 0 && screen.contains("-> version 2 (deleted, ") && screen.contains("  - 1\n"),
        "{screen}"
    );
    assert_eq!(tool.json(&["get", "a"])["version"], 3);
}

#[test]
fn what_is_no_json_is_refused_and_kept() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let error = edited(&tool, "echo canary >\"$1\"").failed(5);
    assert!(!error["message"].as_str().unwrap().contains("canary"), "{error}");
    assert_eq!(fs::read_to_string(kept(&error)).unwrap(), "canary\n");
    assert_eq!(tool.json(&["get", "a"])["version"], 1);
}

#[test]
fn an_answer_that_does_not_come_leaves_it_unknown_and_keeps_what_was_written() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let mut command =
        edit(&tool, "shift; echo 2 >\"$1\"; touch editing; while ! test -e go; do sleep 0.02; done");
    command.env("REDIS_DEADLINE", "1s").env("REDIS_RESPONSE_TIMEOUT", "400ms");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("the editor has started", || tool.file("editing").exists());
    tool.server.freeze().unwrap();
    fs::write(tool.file("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    tool.server.thaw().unwrap();
    let error = Ran::from(output).failed(9);
    assert_eq!((&error["kind"], &error["outcome"]), (&json!("timeout"), &json!("unknown")));
    assert_eq!(fs::read_to_string(kept(&error)).unwrap(), "2\n");
}

#[test]
fn an_unchanged_value_is_reported_to_programs_as_well() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    assert_eq!(
        tool.json(&["edit", "a"]),
        json!({"key": "a", "version": 1, "revision": 1, "effect": "unchanged", "new_namespace": false})
    );
}
