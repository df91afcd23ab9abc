//! `get`, `list`, `history`, `diff` and `status`.

use redis_testkit::Options;
use serde_json::json;

use crate::{
    fixture::{Ran, Tool},
    terminal::Terminal,
};

#[test]
fn a_value_is_printed_for_people_and_for_programs() {
    let tool = Tool::new();
    tool.ok(&["set", "limits", "{\"rps\":1.0,\"on\":[]}", "-m", "first"]);
    tool.ok(&["set", "limits", "2"]);
    assert_eq!(tool.ok(&["get", "limits", "--version", "1"]), "{\n  \"rps\": 1.0,\n  \"on\": []\n}\n");
    let got = tool.json(&["get", "limits", "--version", "1"]);
    for (name, value) in [
        ("key", json!("limits")),
        ("version", json!(1)),
        ("revision", json!(1)),
        ("deleted", json!(false)),
        ("author", json!("ada")),
        ("message", json!("first")),
    ] {
        assert_eq!(got[name], value, "{name}");
    }
    assert!(got["time"].as_str().unwrap().ends_with('Z') && got["digest"].as_str().unwrap().len() == 40);
    let error = tool.fails(3, &["get", "limits", "--version", "7"]);
    assert_eq!(error["message"], "\"limits\": version 7 does not exist (missing)");
    assert!(error["hint"].as_str().unwrap().contains("redis-config history"), "{error}");

    tool.ok(&["set", "text", "--string", "two\nlines"]);
    assert_eq!(tool.ok(&["get", "text", "--string"]), "two\nlines");
    assert_eq!(tool.run(&["get", "limits", "--string"]).code, 5);
}

#[test]
fn a_text_ends_its_line_on_a_terminal_and_nowhere_else() {
    let tool = Tool::new();
    for (text, shown) in
        [("hello", "hello\n"), ("two\nlines\n", "two\nlines\n"), ("", "\n"), ("\u{1b}[2J", "\\u{1b}[2J\n")]
    {
        tool.ok(&["set", "text", "--string", text]);
        assert_eq!(tool.ok(&["get", "text", "--string"]), text);
        let (code, screen) = Terminal::run(tool.command(&["get", "text", "--string"])).end();
        assert_eq!(code, 0);
        assert!(screen.starts_with(&format!("{shown}version ")), "{screen:?}");
    }
}

#[test]
fn keys_are_listed_in_a_table() {
    let tool = Tool::new();
    tool.ok(&["set", "limits.web", "{\"rps\": 1}", "-m", "first"]);
    tool.ok(&["set", "limits.batch-jobs", "2"]);
    tool.ok(&["set", "other", "3", "-m", "a \u{1b}[31mred\nmessage"]);
    let table = tool.ok(&["list"]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    let column = lines[0].find("VERSION").unwrap();
    assert!(lines[1..].iter().all(|line| &line[column - 2..=column] == "  1"), "{table}");
    assert!(lines[3].ends_with("a \\u{1b}[31mred\\nmessage"), "{table}");
    let values = tool.ok(&["list", "limits.", "--values"]);
    assert_eq!(values.lines().count(), 3, "{values}");
    assert!(values.contains("{\"rps\":1}"), "{values}");

    let listed = tool.json(&["list", "limits."]);
    assert_eq!((&listed["namespace"], &listed["revision"]), (&json!("billing"), &json!(3)));
    assert_eq!(listed["epoch"].as_str().unwrap().len(), 32);
    assert_eq!(listed["keys"][0]["key"], "limits.batch-jobs");
    assert!(listed["keys"][0].get("value").is_none());
    assert_eq!(tool.json(&["list", "--values"])["keys"][2]["value"], 3);
}

#[test]
fn a_history_lists_every_version() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1", "-m", "first"]);
    tool.ok(&["set", "a", "2"]);
    tool.ok(&["delete", "a"]);
    tool.ok(&["rollback", "a", "1"]);
    let table = tool.ok(&["history", "a"]);
    let shown: Vec<_> = table.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(shown, ["VERSION", "4", "3", "2", "1"], "{table}");
    for part in ["back to 1", "deleted", "set, 1 byte ", "first", "roll back to version 1"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    tool.ok(&["set", "a", "{\"rps\": 10}"]);
    let table = tool.ok(&["history", "a", "--values"]);
    let values: Vec<_> = table.lines().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(values[..2], ["VALUE", "{\"rps\":10}"], "{table}");
    assert!(values[5] == "1" && values[4] == "2" && table.contains("set, 10 bytes"), "{table}");
    assert!(!tool.ok(&["history", "a"]).contains("rps"));
    let history = tool.json(&["history", "a", "--limit", "2"]);
    let versions = history["versions"].as_array().unwrap();
    assert_eq!(
        (versions.len(), &versions[1]["restores"], &versions[0]["value"]),
        (2, &json!(1), &json!({"rps": 10}))
    );
    let history = tool.json(&["history", "a"]);
    let deleted = &history["versions"][2];
    assert_eq!((&deleted["deleted"], deleted.get("value")), (&json!(true), None));
    assert_eq!(tool.fails(3, &["history", "never"])["kind"], "missing");
}

#[test]
fn times_are_local_for_people_and_utc_for_programs() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "1"]);
    let utc = tool.json(&["get", "a"])["time"].as_str().unwrap().to_owned();
    let utc: jiff::Timestamp = utc.parse().unwrap();
    let shown = |zone: &str| {
        let ran = Ran::from(tool.command(&["history", "a"]).env("TZ", zone).output().unwrap());
        ran.stdout.lines().last().unwrap().to_owned()
    };
    let at = |offset: &str, minutes: i64| {
        let local = utc + jiff::SignedDuration::from_mins(minutes);
        format!("  {} {offset}  ", local.strftime("%Y-%m-%d %H:%M:%S"))
    };
    // Such a zone needs no tzdata.
    assert!(shown("XST-3:30").contains(&at("+03:30", 210)), "{}", shown("XST-3:30"));
    assert!(shown("XST5").contains(&at("-05:00", -300)), "{}", shown("XST5"));
    for utc in ["UTC", "", "No/Such_Zone"] {
        assert!(shown(utc).contains(&at("+00:00", 0)), "{utc}: {}", shown(utc));
    }
    if std::path::Path::new("/usr/share/zoneinfo/Asia/Kolkata").exists() {
        assert!(shown("Asia/Kolkata").contains(&at("+05:30", 330)), "{}", shown("Asia/Kolkata"));
    }
}

#[test]
fn a_difference_has_a_path_and_colour_if_wanted() {
    let tool = Tool::new();
    tool.ok(&["set", "a", "{\"rps\": 1, \"same\": true, \"old\": 1.0}"]);
    tool.ok(&["set", "a", "{\"rps\": 2, \"same\": true}"]);
    tool.ok(&["set", "a", "{\"rps\": 3, \"same\": true}"]);
    let expected = json!({"key": "a", "from": 1, "to": 3, "changes": [
        {"path": "/old", "before": 1.0},
        {"path": "/rps", "before": 1, "after": 3},
    ]});
    assert_eq!(tool.json(&["diff", "a", "1", "3"]), expected);
    assert_eq!(tool.json(&["diff", "a", "1"]), expected);
    assert_eq!(tool.json(&["diff", "a"])["from"], 2);
    let text = tool.ok(&["diff", "a", "1"]);
    assert!(text.ends_with("\n  - /old  1.0\n  ~ /rps  1 -> 3\n") && !text.contains('\x1b'), "{text}");
    let coloured = tool.ok(&["diff", "a", "1", "--color", "always"]);
    assert!(
        coloured.contains("\x1b[31m- /old  1.0\x1b[0m") && coloured.contains("\x1b[32m3\x1b[0m"),
        "{coloured}"
    );
    assert!(tool.ok(&["diff", "a", "2", "2"]).ends_with("no difference\n"));
    tool.ok(&["delete", "a"]);
    assert_eq!(tool.json(&["diff", "a"])["changes"][0]["before"], json!({"rps": 3, "same": true}));
    tool.ok(&["set", "new", "1"]);
    assert_eq!(tool.json(&["diff", "new"])["changes"], json!([{"path": "", "after": 1}]));
    assert_eq!(tool.fails(3, &["diff", "a", "1", "9"])["kind"], "missing");
}

#[test]
fn a_status_reports_how_all_is() {
    let tool = Tool::on(Options::default().with_config("maxmemory-policy", "allkeys-lru"));
    tool.ok(&["set", "a", "\"canary\""]);
    let status = tool.json(&["status"]);
    for (name, value) in [
        ("namespace", json!("billing")),
        ("freshness", json!("Fresh")),
        ("revision", json!(1)),
        ("keys", json!(1)),
        ("bytes", json!(8)),
        ("notifications", json!("Missing")),
        ("missing_flags", json!("Ktgxe")),
        ("tracking", json!("On")),
        ("eviction", json!("Possible")),
    ] {
        assert_eq!(status[name], value, "{name}: {status}");
    }
    let server = &status["server"];
    assert_eq!(
        (&server["address"], &server["role"]),
        (&json!(tool.server.address().to_string()), &json!("master"))
    );
    assert!(server["version"].is_string() && status["round_trip_ms"].is_number(), "{status}");
    let text = tool.ok(&["status"]);
    for part in ["Fresh, ", "Missing, ", "On, ", "allkeys-lru", "revision       1\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("canary") && !status.to_string().contains("canary"));
    let ready = Tool::new().json(&["status"]);
    let shown = ["freshness", "notifications", "eviction"].map(|name| ready[name].clone());
    assert_eq!(shown, ["Fresh", "Ready", "Safe"]);
}
