//! The proxy does exactly the harm that it was told to do.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use redis_testkit::{Direction, Options, Proxy, Scope, Server};

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(100);

struct Bench {
    proxy: Proxy,
    server: Server,
}

impl Bench {
    fn new() -> Self {
        let server = Server::start(Options::default()).unwrap();
        Self { proxy: Proxy::start(server.address()).unwrap(), server }
    }

    /// A connection that has proved to work, and so exists.
    fn client(&self) -> Client {
        let mut client = self.raw();
        assert_eq!(client.ask("PING").unwrap(), "+PONG\r\n");
        client
    }

    fn raw(&self) -> Client {
        let stream = TcpStream::connect(self.proxy.address()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Client(stream)
    }

    fn count(&self) -> String {
        self.server.cli().unwrap().text(&["GET", "count"]).unwrap()
    }

    fn at_rest(&self) -> bool {
        self.proxy.wait_until(LONG, |now| now.open == 0)
    }
}

struct Client(TcpStream);

impl Client {
    fn send(&mut self, command: &str) -> std::io::Result<()> {
        self.0.write_all(format!("{command}\r\n").as_bytes())
    }

    /// Reads one line.
    fn read(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            if self.0.read(&mut byte)? == 0 {
                let text = String::from_utf8_lossy(&line).into_owned();
                return Err(std::io::Error::new(ErrorKind::UnexpectedEof, text));
            }
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    fn ask(&mut self, command: &str) -> std::io::Result<String> {
        self.send(command)?;
        self.read()
    }

    fn failure(&mut self, command: &str) -> ErrorKind {
        self.ask(command).unwrap_err().kind()
    }

    fn patience(&self, patience: Duration) {
        self.0.set_read_timeout(Some(patience)).unwrap();
    }

    fn is_silent(&mut self) -> bool {
        self.patience(SHORT);
        let silence = self.read().unwrap_err();
        self.patience(LONG);
        matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }
}

#[test]
fn without_faults_bytes_pass_and_are_counted() {
    let bench = Bench::new();
    let (mut one, two) = (bench.client(), bench.client());
    assert_eq!(one.ask("SET key value").unwrap(), "+OK\r\n");
    assert!(bench.proxy.wait_until(LONG, |now| now.to_client >= 7 + 7 + 5));
    let now = bench.proxy.statistics();
    assert_eq!((now.accepted, now.open, now.to_server, now.to_client), (2, 2, 6 + 6 + 15, 7 + 7 + 5));
    drop((one, two));
    assert!(bench.at_rest());
}

#[test]
fn large_values_pass_unharmed() {
    let bench = Bench::new();
    let value: String = (0..1_000_000).map(|index| char::from(b'a' + (index % 26) as u8)).collect();
    let mut client = bench.client();
    client.send(&format!("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n${}\r\n{value}", value.len())).unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    assert_eq!(client.ask("GET key").unwrap(), "$1000000\r\n");
    assert_eq!(client.read().unwrap().trim_end(), value);
}

#[test]
fn latency_delays_both_ways_and_ends_when_told() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.latency(Duration::from_millis(60), Duration::from_millis(20));
    let start = Instant::now();
    client.ask("PING").unwrap();
    assert!(start.elapsed() >= Duration::from_millis(120));

    bench.proxy.latency(LONG * 6, Duration::ZERO);
    let start = Instant::now();
    client.send("PING").unwrap();
    bench.proxy.latency(Duration::ZERO, Duration::ZERO);
    client.read().unwrap();
    assert!(start.elapsed() < LONG);
}

#[test]
fn a_black_hole_for_one_spares_the_others_and_loses_nothing() {
    let bench = Bench::new();
    let (mut idle, mut victim) = (bench.client(), bench.client());
    bench.proxy.black_hole(Scope::Once);
    victim.send("INCR count").unwrap();
    assert!(victim.is_silent());
    assert_eq!(idle.ask("INCR count").unwrap(), ":1\r\n");
    assert_eq!(bench.client().ask("INCR count").unwrap(), ":2\r\n");
    assert!(victim.is_silent());
    bench.proxy.heal().unwrap();
    assert_eq!(victim.read().unwrap(), ":3\r\n");
}

#[test]
fn a_black_hole_has_a_scope() {
    let bench = Bench::new();
    let mut old = bench.client();
    bench.proxy.black_hole(Scope::Existing);
    let mut new = bench.client();
    old.send("PING").unwrap();
    assert!(old.is_silent());
    bench.proxy.heal().unwrap();
    assert_eq!(old.read().unwrap(), "+PONG\r\n");

    bench.proxy.black_hole(Scope::All);
    let mut newest = bench.raw();
    for client in [&mut old, &mut new, &mut newest] {
        client.send("PING").unwrap();
        assert!(client.is_silent());
    }
    bench.proxy.heal().unwrap();
    for client in [&mut old, &mut new, &mut newest] {
        assert_eq!(client.read().unwrap(), "+PONG\r\n");
    }
}

#[test]
fn a_black_hole_hides_a_closed_connection() {
    let bench = Bench::new();
    let client = bench.client();
    bench.proxy.black_hole(Scope::All);
    drop(client);
    assert!(!bench.proxy.wait_until(SHORT, |now| now.open == 0));
    bench.proxy.heal().unwrap();
    assert!(bench.at_rest());
}

#[test]
fn a_reset_is_seen_as_one_and_leaves_nothing_open() {
    let bench = Bench::new();
    let mut clients: Vec<_> = (0..5).map(|_| bench.client()).collect();
    bench.proxy.black_hole(Scope::Existing);
    bench.proxy.reset();
    assert_eq!(bench.proxy.statistics().open, 0);
    for client in &mut clients {
        assert_eq!(client.read().unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    bench.client();
}

#[test]
fn half_closed_towards_the_client_the_server_still_listens() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.half_close(Direction::ToClient);
    assert_eq!(client.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert!(bench.proxy.wait_until(LONG, |now| now.to_server == 6 + 12));
    // The server answers after it has counted; but the bytes are only known to be in its socket.
    let start = Instant::now();
    while bench.server.cli().unwrap().text(&["GET", "count"]).is_err() {
        assert!(start.elapsed() < LONG);
    }
    assert_eq!(bench.count(), "1");
}

#[test]
fn half_closed_towards_the_server_the_client_is_closed_by_it() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.half_close(Direction::ToServer);
    assert_eq!(client.read().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    drop(client);
    assert!(bench.at_rest());
}

#[test]
fn a_lost_reply_is_lost_once() {
    let bench = Bench::new();
    let (mut one, mut two) = (bench.client(), bench.client());
    bench.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    assert_eq!(one.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert_eq!(bench.count(), "1");
    assert_eq!(two.ask("INCR count").unwrap(), ":2\r\n");
    assert_eq!(bench.client().ask("INCR count").unwrap(), ":3\r\n");
}

#[test]
fn a_request_cut_before_its_last_byte_has_no_effect() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.cut_after(Direction::ToServer, 11, Scope::All);
    assert_eq!(client.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert_eq!(bench.raw().failure("INCR count"), ErrorKind::UnexpectedEof);
    assert!(bench.at_rest());
    assert_eq!(bench.proxy.statistics().to_server, 6 + 11 + 11);
    bench.proxy.heal().unwrap();
    assert_eq!(bench.client().ask("INCR count").unwrap(), ":1\r\n");
}

#[test]
fn a_reply_is_cut_after_so_many_bytes() {
    let bench = Bench::new();
    let mut old = bench.client();
    bench.proxy.cut_after(Direction::ToClient, 3, Scope::New);
    let error = bench.raw().ask("PING").unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::UnexpectedEof, "+PO".to_owned()));
    assert_eq!(old.ask("PING").unwrap(), "+PONG\r\n");
}

#[test]
fn slices_arrive_whole() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.slices(1);
    client.send("SET key value").unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    let mut piece = [0; 1024];
    client.send(&format!("ECHO {}", "x".repeat(900))).unwrap();
    assert!(client.0.read(&mut piece).unwrap() < 900, "all came at once");
    bench.proxy.slices(0);
}

#[test]
fn one_byte_is_inverted_and_no_other() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.proxy.slices(3);
    bench.proxy.corrupt(Direction::ToServer, 4 + 6, Scope::Once);
    client.send("SET k abcdef").unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    let mut cli = bench.server.cli().unwrap();
    let redis_testkit::Value::Bulk(value) = cli.call(&["GET", "k"]).unwrap() else { panic!("no value") };
    assert_eq!(value, [b'a', b'b', b'c', b'd', !b'e', b'f']);
}

#[test]
fn refused_means_refused_until_healed() {
    let bench = Bench::new();
    let mut old = bench.client();
    for _ in 0..3 {
        bench.proxy.refuse().unwrap();
        bench.proxy.refuse().unwrap();
        let refused = TcpStream::connect(bench.proxy.address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(old.ask("PING").unwrap(), "+PONG\r\n");
        bench.proxy.heal().unwrap();
        bench.client();
    }
}

#[test]
fn a_dead_upstream_resets_the_client() {
    let bench = Bench::new();
    bench.server.kill().unwrap();
    let mut stream = TcpStream::connect(bench.proxy.address()).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    bench.server.restart().unwrap();
    bench.client();
}

#[test]
fn a_receiver_that_takes_nothing_holds_up_neither_control_nor_drop() {
    let bench = Bench::new();
    let mut client = bench.client();
    bench.server.freeze().unwrap();
    client.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let flood = vec![b'x'; 1 << 20];
    while client.0.write_all(&flood).is_ok() {}
    let start = Instant::now();
    bench.proxy.latency(Duration::ZERO, Duration::ZERO);
    bench.proxy.black_hole(Scope::All);
    let Bench { proxy, server } = bench;
    drop(proxy);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    drop(server);
}
