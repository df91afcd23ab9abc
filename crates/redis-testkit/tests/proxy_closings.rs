//! Connections that the proxy closes, cuts or refuses.

mod rig;

use std::{
    io::{ErrorKind, Read},
    net::TcpStream,
};

use redis_testkit::{Direction, Scope, eventually};
use rig::{LONG, Rig};

#[test]
fn a_reset_is_seen_as_one_and_leaves_nothing_open() {
    let rig = Rig::new();
    let mut clients: Vec<_> = (0..5).map(|_| rig.client()).collect();
    rig.proxy.black_hole(Scope::Existing);
    rig.proxy.reset();
    assert_eq!(rig.proxy.statistics().open, 0);
    for client in &mut clients {
        assert_eq!(client.read().unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    rig.client();
}

#[test]
fn half_closed_towards_the_client_the_server_still_listens() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.half_close(Direction::ToClient);
    assert_eq!(client.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert!(rig.proxy.wait_until(LONG, |now| now.to_server == 6 + 12));
    // The server answers after it has counted; but the bytes are only known to be in its socket.
    eventually("the server has counted", || rig.server.cli().unwrap().text(&["GET", "count"]).is_ok());
    assert_eq!(rig.count(), "1");
}

#[test]
fn half_closed_towards_the_server_the_client_is_closed_by_it() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.half_close(Direction::ToServer);
    assert_eq!(client.read().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    drop(client);
    assert!(rig.at_rest());
}

#[test]
fn a_lost_reply_is_lost_once() {
    let rig = Rig::new();
    let (mut one, mut two) = (rig.client(), rig.client());
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    assert_eq!(one.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert_eq!(rig.count(), "1");
    assert_eq!(two.ask("INCR count").unwrap(), ":2\r\n");
    assert_eq!(rig.client().ask("INCR count").unwrap(), ":3\r\n");
}

#[test]
fn a_request_cut_before_its_last_byte_has_no_effect() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.cut_after(Direction::ToServer, 11, Scope::All);
    assert_eq!(client.failure("INCR count"), ErrorKind::UnexpectedEof);
    assert_eq!(rig.raw().failure("INCR count"), ErrorKind::UnexpectedEof);
    assert!(rig.at_rest());
    assert_eq!(rig.proxy.statistics().to_server, 6 + 11 + 11);
    rig.proxy.heal().unwrap();
    assert_eq!(rig.client().ask("INCR count").unwrap(), ":1\r\n");
}

#[test]
fn a_reply_is_cut_after_a_number_of_bytes() {
    let rig = Rig::new();
    let mut old = rig.client();
    rig.proxy.cut_after(Direction::ToClient, 3, Scope::New);
    let error = rig.raw().ask("PING").unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::UnexpectedEof, "+PO".to_owned()));
    assert_eq!(old.ask("PING").unwrap(), "+PONG\r\n");
}

#[test]
fn refused_means_refused_until_healed() {
    let rig = Rig::new();
    let mut old = rig.client();
    for _ in 0..3 {
        rig.proxy.refuse().unwrap();
        rig.proxy.refuse().unwrap();
        let refused = TcpStream::connect(rig.proxy.address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(old.ask("PING").unwrap(), "+PONG\r\n");
        rig.proxy.heal().unwrap();
        rig.client();
    }
}

#[test]
fn a_dead_upstream_resets_the_client() {
    let rig = Rig::new();
    rig.server.kill().unwrap();
    let mut stream = TcpStream::connect(rig.proxy.address()).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    rig.server.restart().unwrap();
    rig.client();
}
