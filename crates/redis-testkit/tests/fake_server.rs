//! The fake server: that a client meets what the script says, in that order, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use redis_testkit::{Answer, FakeServer};

const LONG: Duration = Duration::from_secs(10);

fn client(server: &FakeServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn send(stream: &mut TcpStream, words: &[&str]) {
    let mut bytes = format!("*{}\r\n", words.len());
    for word in words {
        bytes += &format!("${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(bytes.as_bytes()).unwrap();
}

/// Reads as many bytes as are expected, and compares them.
fn receives(stream: &mut TcpStream, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), expected);
}

fn ends(stream: &mut TcpStream) {
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn every_command_is_answered_by_the_script() {
    let server = FakeServer::start(|request| match request.name() {
        "GET" => Answer::bulk(request.words()[1].as_slice()),
        "MGET" => Answer::nil(),
        "INCR" => Answer::integer(i64::try_from(request.connection()).unwrap()),
        _ => Answer::unknown_command(request),
    })
    .unwrap();
    for connection in 1..=2 {
        let mut stream = client(&server);
        send(&mut stream, &["CLIENT", "SETNAME", "it"]);
        receives(&mut stream, "+OK\r\n");
        send(&mut stream, &["get", "\r\n"]);
        receives(&mut stream, "$2\r\n\r\n\r\n");
        send(&mut stream, &["MGET", "a"]);
        receives(&mut stream, "$-1\r\n");
        send(&mut stream, &["INCR", "a"]);
        receives(&mut stream, &format!(":{connection}\r\n"));
        send(&mut stream, &["AUTH", "user", "secret"]);
        receives(&mut stream, "-ERR unknown command 'AUTH', with args beginning with: 'user' 'secret' \r\n");
    }
    assert!(server.wait_until(LONG, |now| now.open == 0), "{:?}", server.statistics());
    let statistics = server.statistics();
    assert_eq!((statistics.accepted, statistics.requests, statistics.sent), (2, 10, 10));
}

#[test]
fn steps_are_carried_out_in_their_order() {
    let server = FakeServer::start(|_| {
        Answer::raw("?garbage\r\n")
            .pause(Duration::from_millis(50))
            .then(":1\r\n")
            .then_slowly("+2\r\n", Duration::from_millis(1))
            .close()
    })
    .unwrap();
    let mut stream = client(&server);
    send(&mut stream, &["GET", "a"]);
    let began = Instant::now();
    receives(&mut stream, "?garbage\r\n:1\r\n+2\r\n");
    assert!(began.elapsed() >= Duration::from_millis(50));
    ends(&mut stream);
    assert!(server.wait_until(LONG, |now| now.sent == 3), "{:?}", server.statistics());
}

#[test]
fn silence_is_no_answer_and_the_connection_goes_on() {
    let server = FakeServer::start(|request| match request.name() {
        "PING" => Answer::simple("PONG"),
        _ => Answer::silence(),
    })
    .unwrap();
    let mut stream = client(&server);
    send(&mut stream, &["GET", "a"]);
    send(&mut stream, &["PING"]);
    receives(&mut stream, "+PONG\r\n");
}

#[test]
fn a_reset_is_no_end_of_stream() {
    let server = FakeServer::start(|_| Answer::silence().reset()).unwrap();
    let mut stream = client(&server);
    send(&mut stream, &["GET", "a"]);
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_test_may_serve_a_connection_itself() {
    let server = FakeServer::serve(|connection| {
        let number = connection.number();
        connection.write_all(format!("greeting {number}").as_bytes()).unwrap();
        let mut bytes = [0; 3];
        connection.read_exact(&mut bytes).unwrap();
        assert!(connection.answer(&Answer::raw(bytes)));
    })
    .unwrap();
    let mut stream = client(&server);
    receives(&mut stream, "greeting 1");
    stream.write_all(b"abc").unwrap();
    receives(&mut stream, "abc");
    ends(&mut stream);
}

#[test]
fn dropping_it_closes_the_port_and_the_connections() {
    let server = FakeServer::start(|_| Answer::simple("OK")).unwrap();
    let mut stream = client(&server);
    send(&mut stream, &["GET", "a"]);
    receives(&mut stream, "+OK\r\n");
    let address = server.address();
    drop(server);
    ends(&mut stream);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
