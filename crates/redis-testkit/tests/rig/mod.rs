//! A server, a proxy before it, and clients that speak a line at a time.

// Each test binary uses some of it.
#![allow(dead_code, clippy::unwrap_used, missing_debug_implementations, unreachable_pub)]

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use redis_testkit::{Options, Proxy, Server};

pub const LONG: Duration = Duration::from_secs(10);
pub const SHORT: Duration = Duration::from_millis(100);

pub struct Rig {
    pub proxy: Proxy,
    pub server: Server,
}

impl Rig {
    pub fn new() -> Self {
        let server = Server::start(Options::default()).unwrap();
        Self { proxy: Proxy::start(server.address()).unwrap(), server }
    }

    /// A connection that has proved to work, and so exists.
    pub fn client(&self) -> Client {
        let mut client = self.raw();
        assert_eq!(client.ask("PING").unwrap(), "+PONG\r\n");
        client
    }

    pub fn raw(&self) -> Client {
        let stream = TcpStream::connect(self.proxy.address()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Client(stream)
    }

    pub fn count(&self) -> String {
        self.server.cli().unwrap().text(&["GET", "count"]).unwrap()
    }

    pub fn at_rest(&self) -> bool {
        self.proxy.wait_until(LONG, |now| now.open == 0)
    }
}

pub struct Client(pub TcpStream);

impl Client {
    pub fn send(&mut self, command: &str) -> std::io::Result<()> {
        self.0.write_all(format!("{command}\r\n").as_bytes())
    }

    /// Reads one line.
    pub fn read(&mut self) -> std::io::Result<String> {
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

    pub fn ask(&mut self, command: &str) -> std::io::Result<String> {
        self.send(command)?;
        self.read()
    }

    pub fn failure(&mut self, command: &str) -> ErrorKind {
        self.ask(command).unwrap_err().kind()
    }

    pub fn patience(&self, patience: Duration) {
        self.0.set_read_timeout(Some(patience)).unwrap();
    }

    pub fn is_silent(&mut self) -> bool {
        self.patience(SHORT);
        let silence = self.read().unwrap_err();
        self.patience(LONG);
        matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }
}
