use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::registry::Registry;
use crate::lock::lock;

const BACKLOG: i32 = 1024;
const WAKE: Duration = Duration::from_millis(100);

/// The port of a proxy, open or shut.
#[derive(Debug)]
pub(super) struct Gate {
    address: SocketAddr,
    registry: Arc<Registry>,
    door: Mutex<Door>,
}

#[derive(Debug)]
enum Door {
    Open {
        closing: Arc<AtomicBool>,
        thread: JoinHandle<()>,
    },
    /// Bound, not listening: the kernel refuses connections, and gives the port to nobody else.
    Shut(Socket),
    Gone,
}

impl Gate {
    pub(super) fn open(registry: Arc<Registry>) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let (address, door) = listen(socket, &registry)?;
        Ok(Self { address, registry, door: Mutex::new(door) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that nobody has accepted yet are reset.
    pub(super) fn shut(&self) -> io::Result<()> {
        let mut door = lock(&self.door);
        if matches!(*door, Door::Open { .. }) {
            self.leave(&mut door);
            *door = Door::Shut(bound(self.address)?);
        }
        Ok(())
    }

    pub(super) fn reopen(&self) -> io::Result<()> {
        let mut door = lock(&self.door);
        let socket = match std::mem::replace(&mut *door, Door::Gone) {
            Door::Shut(socket) => socket,
            Door::Gone => bound(self.address)?,
            open @ Door::Open { .. } => {
                *door = open;
                return Ok(());
            }
        };
        *door = listen(socket, &self.registry)?.1;
        Ok(())
    }

    pub(super) fn close(&self) {
        self.leave(&mut lock(&self.door));
    }

    /// Ends the listening thread, and with it the listener.
    fn leave(&self, door: &mut Door) {
        if let Door::Open { closing, thread } = std::mem::replace(door, Door::Gone) {
            closing.store(true, Ordering::SeqCst);
            // No portable call wakes a thread that accepts, but a connection does.
            while !thread.is_finished() {
                let _ = TcpStream::connect_timeout(&self.address, WAKE);
                thread::yield_now();
            }
            let _ = thread.join();
        }
    }
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

fn listen(socket: Socket, registry: &Arc<Registry>) -> io::Result<(SocketAddr, Door)> {
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    let closing = Arc::new(AtomicBool::new(false));
    let (registry, closed) = (Arc::clone(registry), Arc::clone(&closing));
    let thread = thread::spawn(move || accept(&listener, &registry, &closed));
    Ok((address, Door::Open { closing, thread }))
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
