use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use socket2::{Domain, SockRef, Socket, Type};

use super::registry::Registry;
use crate::lock::lock;

const BACKLOG: i32 = 1024;
const WAKE: Duration = Duration::from_millis(100);

/// How long the end of the thread may take, and how often to look whether it has ended.
const END_LIMIT: Duration = Duration::from_secs(5);
const END_PAUSE: Duration = Duration::from_millis(1);

/// The port of a proxy: it accepts connections, or refuses them.
#[derive(Debug)]
pub(super) struct ProxyListener {
    address: SocketAddr,
    registry: Arc<Registry>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Accepting {
        closing: Arc<AtomicBool>,
        thread: JoinHandle<()>,
    },
    /// Bound, not listening: the kernel refuses connections, and gives the port to no other process.
    Refusing(Socket),
    Stopped,
}

impl ProxyListener {
    pub(super) fn start(registry: Arc<Registry>) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let (address, state) = listen(socket, &registry)?;
        Ok(Self { address, registry, state: Mutex::new(state) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets connections that are not yet accepted.
    pub(super) fn refuse(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Accepting { .. }) {
            self.end_thread(&mut state);
            *state = State::Refusing(bound(self.address)?);
        }
        Ok(())
    }

    pub(super) fn accept_again(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        let socket = match std::mem::replace(&mut *state, State::Stopped) {
            State::Refusing(socket) => socket,
            State::Stopped => bound(self.address)?,
            accepting @ State::Accepting { .. } => {
                *state = accepting;
                return Ok(());
            }
        };
        *state = listen(socket, &self.registry)?.1;
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.end_thread(&mut lock(&self.state));
    }

    /// Ends the listening thread, and with it the listener.
    fn end_thread(&self, state: &mut State) {
        if let State::Accepting { closing, thread } = std::mem::replace(state, State::Stopped) {
            closing.store(true, Ordering::SeqCst);
            // No portable call wakes a thread that accepts, but a connection does.
            let started = Instant::now();
            while !thread.is_finished() {
                if started.elapsed() >= END_LIMIT {
                    give_up(&format!(
                        "the proxy at {} did not stop listening in {END_LIMIT:?}",
                        self.address
                    ));
                    return;
                }
                let _ = TcpStream::connect_timeout(&self.address, WAKE);
                thread::sleep(END_PAUSE);
            }
            let _ = thread.join();
        }
    }
}

/// Fails the test with `message`; a test that already fails must not panic again.
fn give_up(message: &str) {
    assert!(thread::panicking(), "{message}");
}

/// Closes a connection with RST.
pub(super) fn abandon(stream: TcpStream) {
    // If lingering cannot be switched off, the peer sees an end of stream, and loses as much.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // Connections of the old listener still have the port.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(socket: Socket, registry: &Arc<Registry>) -> io::Result<(SocketAddr, State)> {
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    let closing = Arc::new(AtomicBool::new(false));
    let (registry, closed) = (Arc::clone(registry), Arc::clone(&closing));
    let thread = thread::spawn(move || accept(&listener, &registry, &closed));
    Ok((address, State::Accepting { closing, thread }))
}

fn accept(listener: &TcpListener, registry: &Registry, closing: &AtomicBool) {
    loop {
        let accepted = listener.accept();
        if closing.load(Ordering::SeqCst) {
            if let Ok((stream, _)) = accepted {
                abandon(stream);
            }
            return;
        }
        match accepted {
            Ok((stream, _)) => registry.admit(stream),
            // Out of file descriptors, most likely: others must close some first.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}
