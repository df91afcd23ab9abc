//! Passwords and users hold for clients, and never for the inspector.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use redis_testkit::{Options, Server, Value};

fn refusal(value: Value) -> String {
    match value {
        Value::Error(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_password_is_asked_for_and_stands_in_the_url() {
    let server = Server::start(Options::default().with_password("p@ss \"w\\/:rd")).unwrap();
    assert_eq!(server.url(), format!("redis://:p%40ss%20%22w%5C%2F%3Ard@{}/0", server.address()));
    let mut cli = server.cli().unwrap();
    assert_eq!(cli.text(&["AUTH", "p@ss \"w\\/:rd"]).unwrap(), "OK");
    assert!(refusal(cli.call(&["AUTH", "wrong"]).unwrap()).starts_with("WRONGPASS"));
}

#[test]
fn users_may_do_what_their_rules_say() {
    let options =
        Options::default().with_user("reader", "r", "~app:* +@read").with_user("gone", "g", "off ~* +@all");
    let server = Server::start(options).unwrap();
    assert_eq!(server.url_as("reader", "r"), format!("redis://reader:r@{}/0", server.address()));

    let mut cli = server.cli().unwrap();
    cli.text(&["SET", "app:key", "value"]).unwrap();
    cli.text(&["AUTH", "reader", "r"]).unwrap();
    assert_eq!(cli.text(&["GET", "app:key"]).unwrap(), "value");
    assert!(refusal(cli.call(&["GET", "other"]).unwrap()).starts_with("NOPERM"));
    assert!(refusal(cli.call(&["SET", "app:key", "2"]).unwrap()).starts_with("NOPERM"));
    assert!(refusal(cli.call(&["AUTH", "gone", "g"]).unwrap()).starts_with("WRONGPASS"));
}

#[test]
fn the_inspector_logs_in_after_every_change_of_the_default_user() {
    let server =
        Server::start(Options::default().with_password("first").with_user("default", "", "off")).unwrap();
    server.cli().unwrap().text(&["ACL", "SETUSER", "default", "on", ">second"]).unwrap();
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    assert_eq!(server.cli().unwrap().text(&["AUTH", "second"]).unwrap(), "OK");
    server.restart().unwrap();
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
}

#[test]
fn debug_output_of_a_server_holds_no_password() {
    let server = Server::start(Options::default().with_password("canary")).unwrap();
    assert!(!format!("{server:?}").contains("canary"));
}
