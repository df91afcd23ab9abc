//! Connections that the proxy closes, cuts or refuses.

mod bench;

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Instant;

use bench::{Bench, LONG};
use redis_testkit::{Direction, Scope};

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
