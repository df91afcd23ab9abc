//! Faults on open connections: the proxy does exactly what the test set, and nothing else.

mod rig;

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use redis_testkit::{Direction, Options, Scope, Server, Value};
use rig::{LONG, Rig, SHORT};

#[test]
fn without_faults_bytes_pass_and_are_counted() {
    let rig = Rig::new();
    let (mut one, two) = (rig.client(), rig.client());
    assert_eq!(one.ask("SET key value").unwrap(), "+OK\r\n");
    assert!(rig.proxy.wait_until(LONG, |now| now.to_server >= 27 && now.to_client >= 19));
    let now = rig.proxy.statistics();
    assert_eq!((now.accepted, now.open, now.to_server, now.to_client), (2, 2, 6 + 6 + 15, 7 + 7 + 5));
    drop((one, two));
    assert!(rig.at_rest());
}

#[test]
fn large_values_pass_unharmed() {
    let rig = Rig::new();
    let value: String = (0..1_000_000).map(|index| char::from(b'a' + (index % 26) as u8)).collect();
    let mut client = rig.client();
    client.send(&format!("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n${}\r\n{value}", value.len())).unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    assert_eq!(client.ask("GET key").unwrap(), "$1000000\r\n");
    assert_eq!(client.read().unwrap().trim_end(), value);
}

#[test]
fn latency_delays_both_ways_and_ends_on_request() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.latency(Duration::from_millis(60), Duration::from_millis(20));
    let start = Instant::now();
    client.ask("PING").unwrap();
    assert!(start.elapsed() >= Duration::from_millis(120));

    rig.proxy.latency(LONG * 6, Duration::ZERO);
    let start = Instant::now();
    client.send("PING").unwrap();
    rig.proxy.latency(Duration::ZERO, Duration::ZERO);
    client.read().unwrap();
    assert!(start.elapsed() < LONG);
}

#[test]
fn latency_holds_each_piece_from_its_own_arrival() {
    let rig = Rig::new();
    let value = "x".repeat(4_000_000);
    let mut client = rig.client();
    client.send(&format!("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4000000\r\n{value}")).unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    // 245 pieces at least: one after the other they would take a minute.
    rig.proxy.latency(Duration::from_millis(250), Duration::ZERO);
    let start = Instant::now();
    assert_eq!(client.ask("GET key").unwrap(), "$4000000\r\n");
    assert_eq!(client.read().unwrap().trim_end(), value);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_black_hole_for_one_spares_the_others_and_loses_nothing() {
    let rig = Rig::new();
    let (mut idle, mut victim) = (rig.client(), rig.client());
    rig.proxy.black_hole(Scope::Once);
    victim.send("INCR count").unwrap();
    assert!(victim.is_silent());
    assert_eq!(idle.ask("INCR count").unwrap(), ":1\r\n");
    assert_eq!(rig.client().ask("INCR count").unwrap(), ":2\r\n");
    assert!(victim.is_silent());
    rig.proxy.heal().unwrap();
    assert_eq!(victim.read().unwrap(), ":3\r\n");
}

#[test]
fn a_black_hole_has_a_scope() {
    let rig = Rig::new();
    let mut old = rig.client();
    rig.proxy.black_hole(Scope::Existing);
    let mut new = rig.client();
    old.send("PING").unwrap();
    assert!(old.is_silent());
    rig.proxy.heal().unwrap();
    assert_eq!(old.read().unwrap(), "+PONG\r\n");

    rig.proxy.black_hole(Scope::All);
    let mut newest = rig.raw();
    for client in [&mut old, &mut new, &mut newest] {
        client.send("PING").unwrap();
        assert!(client.is_silent());
    }
    rig.proxy.heal().unwrap();
    for client in [&mut old, &mut new, &mut newest] {
        assert_eq!(client.read().unwrap(), "+PONG\r\n");
    }
}

#[test]
fn a_black_hole_hides_a_closed_connection() {
    let rig = Rig::new();
    let client = rig.client();
    rig.proxy.black_hole(Scope::All);
    drop(client);
    assert!(!rig.proxy.wait_until(SHORT, |now| now.open == 0));
    rig.proxy.heal().unwrap();
    assert!(rig.at_rest());
}

#[test]
fn slices_arrive_whole() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.slices(1);
    client.send("SET key value").unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    let mut piece = [0; 1024];
    client.send(&format!("ECHO {}", "x".repeat(900))).unwrap();
    assert!(client.0.read(&mut piece).unwrap() < 900, "all came at once");
    rig.proxy.slices(0);
}

#[test]
fn one_byte_is_inverted_and_no_other() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.slices(3);
    rig.proxy.corrupt(Direction::ToServer, 4 + 6, Scope::Once);
    client.send("SET k abcdef").unwrap();
    assert_eq!(client.read().unwrap(), "+OK\r\n");
    let mut cli = rig.server.cli().unwrap();
    let Value::Bulk(value) = cli.call(&["GET", "k"]).unwrap() else { panic!("no value") };
    assert_eq!(value, [b'a', b'b', b'c', b'd', !b'e', b'f']);
    assert!(rig.proxy.wait_until(LONG, |now| now.alterations == 1));
}

#[test]
fn an_insertion_comes_before_the_next_reply_of_one_connection() {
    let rig = Rig::new();
    let (mut idle, mut victim) = (rig.client(), rig.client());
    assert!(rig.proxy.wait_until(LONG, |now| now.to_client == 14));
    rig.proxy.slices(2);
    rig.proxy.insert(Direction::ToClient, b"+STRAY\r\n", Scope::Once);
    assert!(victim.is_silent(), "it came without a reply behind it");
    assert_eq!(victim.ask("PING").unwrap(), "+STRAY\r\n");
    assert_eq!(victim.read().unwrap(), "+PONG\r\n");
    assert_eq!(victim.ask("PING").unwrap(), "+PONG\r\n");
    assert_eq!(idle.ask("PING").unwrap(), "+PONG\r\n");
    assert!(rig.proxy.wait_until(LONG, |now| now.to_client == 35));
    assert_eq!(rig.proxy.statistics().alterations, 1);
}

#[test]
fn an_insertion_reaches_the_server_too_and_healing_disarms_it() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.proxy.insert(Direction::ToServer, b"INCR count\r\n", Scope::All);
    assert_eq!(client.ask("INCR count").unwrap(), ":1\r\n");
    assert_eq!(client.read().unwrap(), ":2\r\n");
    rig.proxy.insert(Direction::ToServer, b"INCR count\r\n", Scope::All);
    rig.proxy.heal().unwrap();
    assert_eq!(client.ask("INCR count").unwrap(), ":3\r\n");
    assert!(client.is_silent());
}

#[test]
fn a_receiver_that_takes_nothing_holds_up_neither_control_nor_drop() {
    let rig = Rig::new();
    let mut client = rig.client();
    rig.server.freeze().unwrap();
    client.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let flood = vec![b'x'; 1 << 20];
    // Far more than the buffers between hold.
    let is_stuck = (0..1024).any(|_| client.0.write_all(&flood).is_err());
    assert!(is_stuck, "the frozen server took a gibibyte");
    let start = Instant::now();
    rig.proxy.latency(Duration::ZERO, Duration::ZERO);
    rig.proxy.black_hole(Scope::All);
    let Rig { proxy, server } = rig;
    drop(proxy);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    drop(server);
}

#[test]
fn new_connections_are_redirected_and_existing_ones_are_not() {
    let rig = Rig::new();
    let other = Server::start(Options::default()).unwrap();
    let mut before = rig.client();
    rig.proxy.redirect(other.address());
    rig.proxy.heal().unwrap();
    assert_eq!(rig.client().ask("INCR count").unwrap(), ":1\r\n");
    assert_eq!(before.ask("INCRBY count 5").unwrap(), ":5\r\n");
    assert_eq!(
        (rig.count(), other.cli().unwrap().integer(&["INCRBY", "count", "0"]).unwrap()),
        ("5".into(), 1)
    );
}
