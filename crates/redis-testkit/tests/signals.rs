//! Servers die, freeze and thaw when told, and only then.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use redis_testkit::{Error, Options, Server, eventually};

fn ping(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut reply = [0; 7];
    stream.write_all(b"PING\r\n")?;
    stream.read_exact(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

#[test]
fn a_killed_server_is_gone_when_kill_returns() {
    let server = Server::start(Options::default()).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    assert_eq!(ping(&mut stream).unwrap(), "+PONG\r\n");
    server.kill().unwrap();
    assert!(!server.is_running());
    assert!(ping(&mut stream).is_err());
    assert!(server.cli().is_err());
}

#[test]
fn a_frozen_server_is_silent_and_answers_late_once_thawed() {
    let server = Server::start(Options::default()).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    for _ in 0..3 {
        server.freeze().unwrap();
        server.freeze().unwrap();
        assert!(server.is_running());
        assert!(TcpStream::connect(server.address()).is_ok(), "the kernel still accepts");
        let silence = ping(&mut stream).unwrap_err();
        assert!(matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{silence}");
        server.thaw().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut late = [0; 7];
        stream.read_exact(&mut late).unwrap();
        assert_eq!(&late, b"+PONG\r\n");
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    }
    server.thaw().unwrap();
}

#[test]
fn a_frozen_server_can_be_killed_restarted_and_dropped() {
    let server = Server::start(Options::default()).unwrap();
    server.freeze().unwrap();
    server.kill().unwrap();
    assert!(!server.is_running());
    server.restart().unwrap();
    server.freeze().unwrap();
    server.restart().unwrap();
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    server.freeze().unwrap();
    let (start, address) = (Instant::now(), server.address());
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn no_signal_goes_to_a_server_that_is_gone() {
    let server = Server::start(Options::default()).unwrap();
    server.kill().unwrap();
    for outcome in [server.kill(), server.freeze(), server.thaw()] {
        assert!(matches!(outcome, Err(Error::NotRunning)), "{outcome:?}");
    }
}

#[test]
fn a_server_that_shut_itself_down_is_noticed() {
    let server = Server::start(Options::default()).unwrap();
    let silence = server.cli().unwrap().call(&["SHUTDOWN", "NOSAVE"]);
    assert!(silence.is_err());
    eventually("the server has ended", || !server.is_running());
    server.restart().unwrap();
    assert!(server.is_running());
}
