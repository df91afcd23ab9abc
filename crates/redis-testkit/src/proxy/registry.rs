use std::{
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex, Weak},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    controls::ProxyControls,
    link::{Ending, Link},
    listener::abandon,
    rules::{Direction, Fault, Faults, Scope, Trigger},
};
use crate::lock::lock;

/// How long the upstream may take to accept: a frozen server still does, through its kernel.
const CONNECT: Duration = Duration::from_secs(1);

/// The connections of a proxy, and what awaits the next ones.
#[derive(Debug)]
pub(super) struct Registry {
    upstream: Mutex<SocketAddr>,
    controls: Arc<ProxyControls>,
    // One lock for both, so that each connection is either existing or new.
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    for_new: [Faults; 2],
    existing: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Weak, because the sockets close with the last owner: the two threads.
    link: Weak<Link>,
    threads: [JoinHandle<()>; 2],
}

impl Registry {
    pub(super) fn new(upstream: SocketAddr, controls: Arc<ProxyControls>) -> Self {
        Self { upstream: Mutex::new(upstream), controls, connections: Mutex::default() }
    }

    pub(super) fn redirect(&self, upstream: SocketAddr) {
        *lock(&self.upstream) = upstream;
    }

    /// Takes a connection that was accepted.
    pub(super) fn admit(&self, client: TcpStream) {
        self.controls.count(|statistics| statistics.accepted += 1);
        let upstream = *lock(&self.upstream);
        let Ok(server) = TcpStream::connect_timeout(&upstream, CONNECT) else {
            return abandon(client);
        };
        let mut connections = lock(&self.connections);
        let Ok(link) = Link::new(client, server, connections.for_new.clone(), Arc::clone(&self.controls))
        else {
            return;
        };
        let link = Arc::new(link);
        let threads = Direction::BOTH.map(|direction| {
            let link = Arc::clone(&link);
            thread::spawn(move || link.pump(direction))
        });
        connections.existing.retain(|entry| !entry.threads.iter().all(JoinHandle::is_finished));
        connections.existing.push(Entry { link: Arc::downgrade(&link), threads });
    }

    pub(super) fn arm(&self, scope: Scope, directions: &[Direction], fault: impl Fn(Trigger) -> Fault) {
        let fault = fault(scope.trigger());
        let mut connections = lock(&self.connections);
        for &direction in directions {
            if scope.covers_new() {
                connections.for_new[direction as usize].arm(fault.clone());
            }
            if scope.covers_existing() {
                connections.each(|link| link.arm(direction, fault.clone()));
            }
        }
    }

    pub(super) fn half_close(&self, direction: Direction) {
        lock(&self.connections).each(|link| link.half_close(direction));
    }

    pub(super) fn heal(&self) {
        let mut connections = lock(&self.connections);
        connections.for_new = Default::default();
        connections.each(Link::heal);
    }

    pub(super) fn wake(&self) {
        lock(&self.connections).each(Link::wake);
    }

    /// Ends all connections, and waits for their threads: the sockets are closed then.
    pub(super) fn reset(&self) {
        let mut connections = lock(&self.connections);
        connections.each(|link| link.end(Ending::Reset));
        for thread in connections.existing.drain(..).flat_map(|entry| entry.threads) {
            // A panic of a thread is on standard error already.
            let _ = thread.join();
        }
    }
}

impl Connections {
    fn each(&self, act: impl Fn(&Link)) {
        for link in self.existing.iter().filter_map(|entry| entry.link.upgrade()) {
            act(&link);
        }
    }
}
