//! Servers come up, are private, and leave nothing behind.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

use redis_testkit::{Backend, Error, Options, Server, Value};

#[test]
fn a_server_answers_as_soon_as_it_is_started() {
    let server = Server::start(Options::default()).unwrap();
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    assert_eq!(server.url(), format!("redis://{}:{}/0", server.host(), server.port()));
    assert!(server.is_running());
    assert!(server.has_command("get").unwrap() && server.has_command("CLIENT|SETNAME").unwrap());
    assert!(!server.has_command("nosuchcommand").unwrap());
    assert!(server.version().at_least(6, 0), "{}", server.version());
}

#[test]
fn binary_values_survive() {
    let server = Server::start(Options::default()).unwrap();
    let mut cli = server.cli().unwrap();
    let value = b"\0\r\n$-1\r\n\xff".as_slice();
    cli.text(&[b"SET".as_slice(), b"key\r\n", value]).unwrap();
    assert_eq!(cli.call(&[b"GET".as_slice(), b"key\r\n"]).unwrap(), Value::Bulk(value.to_vec()));
    assert_eq!(cli.integer(&["DBSIZE"]).unwrap(), 1);
    let Err(Error::Reply(message)) = cli.text(&["NO-SUCH-COMMAND"]) else { panic!("not an error") };
    assert!(message.starts_with("ERR unknown command"), "{message}");
}

#[test]
fn nothing_is_left_when_it_is_dropped() {
    let server = Server::start(Options::default().with_backend(Backend::Process)).unwrap();
    let (address, id) = (server.address(), server.process_id().unwrap());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "not reaped");
}

#[test]
fn a_restart_keeps_the_port_and_what_was_persistent() {
    let server = Server::start(Options::default().with_persistence(true)).unwrap();
    server.cli().unwrap().text(&["SET", "key", "value"]).unwrap();
    let address = server.address();
    server.kill().unwrap();
    assert!(!server.is_running());
    server.restart().unwrap();
    assert_eq!(server.address(), address);
    assert_eq!(server.cli().unwrap().text(&["GET", "key"]).unwrap(), "value");
}

#[test]
fn a_restart_of_a_running_server_loses_what_was_not_persistent() {
    let server = Server::start(Options::default()).unwrap();
    server.cli().unwrap().text(&["SET", "key", "value"]).unwrap();
    server.restart().unwrap();
    assert_eq!(server.cli().unwrap().integer(&["DBSIZE"]).unwrap(), 0);
}

#[test]
fn options_reach_the_server() {
    let options =
        Options::default().with_databases(3).with_config("maxmemory", "1mb").with_config("hz", "50");
    let mut cli = Server::start(options).map(|server| (server.cli().unwrap(), server)).unwrap();
    let cli = &mut cli.0;
    let mut setting = |name: &str| match cli.call(&["CONFIG", "GET", name]).unwrap() {
        Value::Array(pair) => pair[1].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(setting("databases"), Value::Bulk(b"3".to_vec()));
    assert_eq!(setting("maxmemory"), Value::Bulk(b"1048576".to_vec()));
    assert_eq!(setting("hz"), Value::Bulk(b"50".to_vec()));
    assert_eq!(setting("save"), Value::Bulk(Vec::new()));
}

#[test]
fn a_bad_configuration_is_reported_with_the_log() {
    let error = Server::start(Options::default().with_config("no-such-directive", "1")).unwrap_err();
    assert!(matches!(error, Error::NotReady { .. }), "{error}");
    assert!(error.to_string().contains("no-such-directive"), "{error}");
}

#[test]
fn a_port_that_stays_taken_is_an_error_in_the_end() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let options = Options::default().with_backend(Backend::Process).with_config("port", port);
    let error = Server::start(options).unwrap_err().to_string();
    assert!(error.contains("Address already in use"), "{error}");
}

#[test]
fn many_start_at_once_each_on_its_own_port() {
    let servers: Vec<_> =
        (0..8).map(|_| thread::spawn(|| Server::start(Options::default()).unwrap())).collect();
    let servers: Vec<_> = servers.into_iter().map(|server| server.join().unwrap()).collect();
    let mut ports: Vec<_> = servers.iter().map(Server::port).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 8);
}

#[test]
fn an_async_test_may_use_it_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(Options::default()).unwrap();
        server.restart().unwrap();
        assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    });
}

#[cfg(not(feature = "container"))]
#[test]
fn a_container_without_the_feature_is_a_clear_error() {
    let error = Server::start(Options::default().with_backend(Backend::Container)).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("feature `container`") && message.contains("REDIS_SERVER_BIN"), "{message}");
}
