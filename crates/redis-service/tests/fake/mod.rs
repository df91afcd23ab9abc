//! A server that does as the test says: for what a real one does too rarely.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use redis_service::{ServiceConfig, config::Topology};

/// Accepts connections, and gives each to a thread of its own.
pub struct Fake {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Fake {
    pub fn start(serve: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake =
            Self { address: listener.local_addr().unwrap(), accepted: Arc::default(), open: Arc::default() };
        let (accepted, open) = (Arc::clone(&fake.accepted), Arc::clone(&fake.open));
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (serve, open) = (Arc::clone(&serve), Arc::clone(&open));
                accepted.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    serve(&mut stream);
                    drop(stream);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        fake
    }

    /// A lazy configuration for it, without a health check.
    pub fn config(&self) -> ServiceConfig {
        ServiceConfig::default()
            .with_topology(Topology::standalone(self.address.ip().to_string(), self.address.port()))
            .with_health_check_interval(None)
            .with_lazy(true)
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// The next request whole, as text; `None` at the end. A request here is one write, and small.
pub fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = [0; 4096];
    match stream.read(&mut bytes) {
        Ok(read) if read > 0 => Some(String::from_utf8_lossy(&bytes[..read]).into_owned()),
        _ => None,
    }
}

/// Answers the login.
pub fn welcome(stream: &mut TcpStream) -> bool {
    request(stream).is_some() && stream.write_all(b"+OK\r\n").is_ok()
}

/// Whether `condition` comes true soon.
pub fn soon(mut condition: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(5);
    while !condition() {
        if Instant::now() > until {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}
