//! The same servers, in containers. Runs where `TESTKIT_BACKEND=container`, or where Docker answers.

#![cfg(feature = "container")]
// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use redis_testkit::{Backend, Certificates, Error, Options, Server};

/// A server in a container, or `None` where there is no Docker and the environment does not require it.
fn start(options: Options) -> Option<Server> {
    let insisted = std::env::var("TESTKIT_BACKEND").is_ok_and(|backend| backend == "container");
    match Server::start(options.with_backend(Backend::Container)) {
        Ok(server) => Some(server),
        Err(Error::Container { reason, .. }) if !insisted => {
            eprintln!(
                "SKIPPED: no container can be had here, and TESTKIT_BACKEND does not ask for one: {reason}"
            );
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_container_is_a_server_and_goes_away() {
    let Some(server) = start(Options::default().with_password("secret")) else { return };
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    assert_eq!(server.process_id(), None);
    let address = server.address();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn it_freezes_dies_and_comes_back_on_its_port() {
    let Some(server) = start(Options::default().with_persistence(true)) else { return };
    let address = server.address();
    server.cli().unwrap().text(&["SET", "key", "value"]).unwrap();
    server.freeze().unwrap();
    assert!(server.is_running());
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    assert!(stream.read(&mut [0]).is_err(), "a frozen server answers");
    server.thaw().unwrap();
    assert_eq!(server.cli().unwrap().text(&["GET", "key"]).unwrap(), "value");
    server.freeze().unwrap();
    server.kill().unwrap();
    assert!(!server.is_running());
    assert!(matches!(server.freeze(), Err(Error::NotRunning)));
    server.restart().unwrap();
    assert_eq!(server.address(), address);
    assert_eq!(server.cli().unwrap().text(&["GET", "key"]).unwrap(), "value");
}

#[test]
fn it_speaks_tls() {
    let certificates = Certificates::generate().unwrap();
    let Some(server) = start(Options::default().with_tls(&certificates).with_required_client_certificate())
    else {
        return;
    };
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
}

#[test]
fn it_may_be_started_and_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(server) = start(Options::default()) else { return };
        assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
        drop(server);
    });
}

#[test]
fn a_bad_configuration_is_reported_with_the_log() {
    if start(Options::default()).is_none() {
        return;
    }
    let options = Options::default().with_config("no-such-directive", "1").with_backend(Backend::Container);
    let error = Server::start(options).unwrap_err().to_string();
    assert!(error.contains("no-such-directive"), "{error}");
}
