use std::{net::SocketAddr, sync::Arc, time::Duration};

use crate::Error;

mod controls;
mod link;
mod listener;
mod registry;
mod rules;

pub use controls::Statistics;
pub use rules::{Direction, Scope};

use controls::ProxyControls;
use listener::ProxyListener;
use registry::Registry;
use rules::Fault;

/// A TCP proxy between a client and a server, with faults on demand.
///
/// Faults are set and changed while connections run. When a method returns, its fault is in force: not one byte more
/// passes but by the new rule. A connection *exists* from the moment the proxy has accepted it, which for certain is
/// before its first reply; it is *new* if that is still to come. Bytes are those of the TCP stream, TLS and all.
///
/// ```no_run
/// # fn main() -> Result<(), redis_testkit::Error> {
/// use redis_testkit::{Options, Proxy, Scope, Server};
/// use std::time::Duration;
///
/// let server = Server::start(Options::default())?;
/// let proxy = Proxy::start(server.address())?;
/// proxy.latency(Duration::from_millis(20), Duration::from_millis(5));
/// proxy.black_hole(Scope::Once);
/// proxy.heal()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    controls: Arc<ProxyControls>,
    registry: Arc<Registry>,
    listener: ProxyListener,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and forwards every connection to `upstream`.
    ///
    /// The upstream need not be there: while it refuses, clients are accepted and reset at once.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot listen.
    pub fn start(upstream: SocketAddr) -> Result<Self, Error> {
        let controls = Arc::new(ProxyControls::default());
        let registry = Arc::new(Registry::new(upstream, Arc::clone(&controls)));
        let listener = ProxyListener::start(Arc::clone(&registry)).map_err(Error::io("start a proxy"))?;
        Ok(Self { controls, registry, listener })
    }

    /// Returns the address at which it listens. It never changes.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// `redis://` and the address, for a server without password and TLS; for others see
    /// [`Server::url_at`](crate::Server::url_at).
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address())
    }

    /// Holds every piece that is read, in each direction, for `delay` and up to `jitter` more, uniformly. Zero for both
    /// ends it. For existing and new connections; pieces (up to 16 KiB) already held follow the new delay. A piece is held
    /// from its own arrival, not from that of the piece before it: this is latency, not a limit on throughput.
    pub fn latency(&self, delay: Duration, jitter: Duration) {
        self.controls.reshape(|shape| (shape.delay, shape.jitter) = (delay, jitter));
        self.registry.wake();
    }

    /// Forwards at most `bytes` at a time, each by a write of its own with a tenth of a millisecond between, which
    /// receivers as a rule meet as separate reads. Zero ends it. For existing and new connections.
    pub fn slices(&self, bytes: usize) {
        self.controls.reshape(|shape| shape.slice = (bytes > 0).then_some(bytes));
        self.registry.wake();
    }

    /// Forwards nothing any more, in both directions, and closes nothing: neither data nor the end of a stream passes.
    ///
    /// Nothing is lost either: [`heal`](Self::heal) delivers what was held, as TCP does after a partition. New
    /// connections are still made, for there is no way to drop a handshake. With [`Scope::Once`] the hole swallows the
    /// first connection over which a byte or an end of stream is about to pass, and that too.
    pub fn black_hole(&self, scope: Scope) {
        self.registry.arm(scope, &Direction::BOTH, Fault::Hole);
    }

    /// Lets `bytes` bytes pass in that direction, and cuts the connection when the byte after them arrives.
    ///
    /// Counted from this call for existing connections, from the first byte for new ones. The cut is an end of stream
    /// both to the client and to the server, after all that came before was delivered. So `cut_after(ToClient, 0, ..)`
    /// delivers a request, and loses its reply; `cut_after(ToServer, n, ..)` delivers but `n` bytes of it.
    pub fn cut_after(&self, direction: Direction, bytes: u64, scope: Scope) {
        self.registry.arm(scope, &[direction], |trigger| Fault::Cut(bytes, trigger));
    }

    /// Lets `bytes` bytes pass in that direction, and inverts all bits of the one byte after them. Counted as by
    /// [`cut_after`](Self::cut_after).
    pub fn corrupt(&self, direction: Direction, bytes: u64, scope: Scope) {
        self.registry.arm(scope, &[direction], |trigger| Fault::Corrupt(bytes, trigger));
    }

    /// Sends `bytes`, which the other end did not send, before the next byte that passes in that direction.
    ///
    /// To a client that has read all its replies, this is a reply too many, before that to its next request. The bytes
    /// count neither in the [`statistics`](Self::statistics), but as one alteration, nor for other faults; they are sent
    /// whole even if the proxy is healed meanwhile.
    ///
    /// ```no_run
    /// # use redis_testkit::{Direction, Proxy, Scope};
    /// # fn stray(proxy: &Proxy) {
    /// proxy.insert(Direction::ToClient, b"$5\r\nstray\r\n", Scope::Once);
    /// # }
    /// ```
    pub fn insert(&self, direction: Direction, bytes: &[u8], scope: Scope) {
        self.registry.arm(scope, &[direction], |trigger| Fault::Insert(bytes.into(), trigger));
    }

    /// Resets (RST) the existing connections, at both ends, and drops what they held; returns when that is done.
    pub fn reset(&self) {
        self.registry.reset();
    }

    /// Ends the stream (FIN) in that direction, on existing connections. What comes later in that direction is thrown
    /// away; the other direction goes on.
    pub fn half_close(&self, direction: Direction) {
        self.registry.half_close(direction);
    }

    /// Refuses new connections (`ECONNREFUSED`), as a closed port does, and keeps the port. Existing ones go on.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] in the unlikely case that another process takes the port meanwhile.
    pub fn refuse(&self) -> Result<(), Error> {
        self.listener.refuse().map_err(Error::io("refuse connections"))
    }

    /// Forwards the connections made from now on to another server, as a failover does: clients keep the address.
    /// Existing ones stay where they are, until [`reset`](Self::reset). Healing does not undo it.
    pub fn redirect(&self, upstream: SocketAddr) {
        self.registry.redirect(upstream);
    }

    /// Ends all faults: forwards what was held, and accepts connections again, on the same port. What is closed, wholly
    /// or by half, stays so.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot listen again.
    pub fn heal(&self) -> Result<(), Error> {
        self.controls.reshape(|shape| *shape = controls::Shape::default());
        self.registry.heal();
        self.listener.accept_again().map_err(Error::io("accept connections again"))
    }

    /// Returns what happened until now.
    pub fn statistics(&self) -> Statistics {
        self.controls.statistics()
    }

    /// Waits until `condition` holds, and returns whether it did in time: no test needs to sleep.
    pub fn wait_until(&self, within: Duration, condition: impl FnMut(&Statistics) -> bool) -> bool {
        self.controls.wait_until(within, condition)
    }
}

/// Stops listening, resets what is open, and joins all threads.
impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.stop();
        self.registry.reset();
    }
}
