use std::{
    collections::HashMap,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{Error, lock::lock};

mod answer;
mod connection;
mod request;

pub use answer::Answer;
pub use connection::FakeConnection;
pub use request::Request;

/// A server that answers as the test says, for replies that a real server gives too rarely, or never.
///
/// [`start`](Self::start) asks a closure for the [`Answer`] to each command; [`serve`](Self::serve) leaves the whole
/// conversation to the test. Every connection has a thread of its own. The server stops when it is dropped: it accepts
/// no more connections, and closes those that are open.
///
/// ```
/// # fn main() -> Result<(), redis_testkit::Error> {
/// use redis_testkit::{Answer, FakeServer};
/// use std::time::Duration;
///
/// let server = FakeServer::start(|request| match request.name() {
///     // A malformed reply to the first connection, and a good one later.
///     "GET" if request.connection() == 1 => Answer::raw("HTTP/1.1 400 Bad Request\r\n"),
///     "GET" => Answer::bulk("value"),
///     // A reply that no command asked for, a little later.
///     "PING" => Answer::simple("PONG").pause(Duration::from_millis(50)).then(":666\r\n"),
///     // Half a reply, and the end of the connection.
///     "INCRBY" => Answer::raw(":12").close(),
///     _ => Answer::error("ERR unknown command"),
/// })?;
/// let address_for_the_client = server.url();
/// # let _ = address_for_the_client;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FakeServer {
    address: SocketAddr,
    shared: Arc<FakeState>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What happened at a [`FakeServer`] until now.
///
/// Each thing is counted right after it happened: a client may see an answer a moment before it is counted. See
/// [`FakeServer::wait_until`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeStatistics {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections that are still open at the server's end.
    pub open: u64,
    /// Commands read whole.
    pub requests: u64,
    /// Pieces sent: one for each answer, and one more for each [`Answer::then`].
    pub sent: u64,
}

#[derive(Debug, Default)]
struct FakeState {
    closing: AtomicBool,
    statistics: Mutex<FakeStatistics>,
    counted: Condvar,
    /// By the number of the connection.
    streams: Mutex<HashMap<u64, TcpStream>>,
}

impl FakeServer {
    /// Starts a server that asks `script` for the answer to every command.
    ///
    /// Clients name their connections, and themselves, with `CLIENT SETNAME` and `CLIENT SETINFO` before anything else;
    /// the server answers `OK` to those, and does not ask `script`. One call of `script` runs at a time.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot listen.
    pub fn start(script: impl FnMut(&Request) -> Answer + Send + 'static) -> Result<Self, Error> {
        let script = Mutex::new(script);
        Self::serve(move |connection| {
            while let Some(request) = connection.request() {
                let names_itself =
                    request.name() == "CLIENT" && matches!(&*request.word(1), "SETNAME" | "SETINFO");
                let answer = if names_itself { Answer::simple("OK") } else { lock(&script)(&request) };
                if !connection.answer(&answer) {
                    return;
                }
            }
        })
    }

    /// Starts a server that gives every connection to `serve`, on a thread of its own, and closes it afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot listen.
    ///
    /// ```
    /// # fn main() -> Result<(), redis_testkit::Error> {
    /// use redis_testkit::{Answer, FakeServer};
    ///
    /// // Answers the first command, and hangs up on the second.
    /// let server = FakeServer::serve(|connection| {
    ///     if connection.request().is_some() {
    ///         connection.answer(&Answer::simple("OK"));
    ///     }
    ///     connection.request();
    /// })?;
    /// # let _ = server;
    /// # Ok(())
    /// # }
    /// ```
    pub fn serve(serve: impl Fn(&mut FakeConnection) + Send + Sync + 'static) -> Result<Self, Error> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("start a fake server"))?;
        let address = listener.local_addr().map_err(Error::io("start a fake server"))?;
        let shared = Arc::<FakeState>::default();
        let (accepting, serve) = (Arc::clone(&shared), Arc::new(serve));
        let thread = thread::spawn(move || accept(&listener, &accepting, &serve));
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Returns the address at which it listens, on 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `redis://` and the address.
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Returns what happened until now.
    pub fn statistics(&self) -> FakeStatistics {
        *lock(&self.shared.statistics)
    }

    /// Waits until `condition` holds, and returns whether it did in time.
    pub fn wait_until(&self, within: Duration, mut condition: impl FnMut(&FakeStatistics) -> bool) -> bool {
        let statistics = lock(&self.shared.statistics);
        let waited = self.shared.counted.wait_timeout_while(statistics, within, |now| !condition(now));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// Stops listening, and closes the connections.
impl Drop for FakeServer {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        // No portable call wakes a thread that accepts, but a connection does.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            // It fails only if it panicked: there is nothing left to stop then.
            let _ = thread.join();
        }
        for stream in lock(&self.shared.streams).values() {
            // The peer may have closed it before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl FakeState {
    fn count(&self, change: impl FnOnce(&mut FakeStatistics)) {
        change(&mut lock(&self.statistics));
        self.counted.notify_all();
    }
}

fn accept<F>(listener: &TcpListener, shared: &Arc<FakeState>, serve: &Arc<F>)
where
    F: Fn(&mut FakeConnection) + Send + Sync + 'static,
{
    let mut number = 0;
    for stream in listener.incoming() {
        if shared.closing.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, kept)) = stream.and_then(|stream| Ok((stream.try_clone()?, stream))) else {
            continue;
        };
        number += 1;
        lock(&shared.streams).insert(number, kept);
        shared.count(|now| (now.accepted, now.open) = (now.accepted + 1, now.open + 1));
        let (shared, serve) = (Arc::clone(shared), Arc::clone(serve));
        thread::spawn(move || {
            let served = Served { shared, number };
            serve(&mut FakeConnection::new(stream, number, Arc::clone(&served.shared)));
        });
    }
}

/// Closes the connection at the end, also when the test's closure panics.
struct Served {
    shared: Arc<FakeState>,
    number: u64,
}

impl Drop for Served {
    fn drop(&mut self) {
        lock(&self.shared.streams).remove(&self.number);
        self.shared.count(|now| now.open -= 1);
    }
}
