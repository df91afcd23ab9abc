use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::SockRef;

use super::{
    controls::{ProxyControls, share},
    rules::{Direction, Fault, Faults, Next},
};
use crate::lock::lock;

/// How long one write may hold its direction's lock, and with it a change of faults, when the receiver takes nothing.
const STALL: Duration = Duration::from_millis(50);
const PIECE: usize = 16 * 1024;
/// The number of pieces that are read ahead of those that are held.
const AHEAD: usize = 64;
/// Between slices, so that the receiver reads one before the next joins it in its buffer.
const BREATH: Duration = Duration::from_micros(100);

/// One proxied connection. Two threads run [`pump`](Self::pump), one for each direction, and each has a third read for
/// it; when all are done the sockets close.
#[derive(Debug)]
pub(super) struct Link {
    client: TcpStream,
    server: TcpStream,
    halves: [Half; 2],
    /// In a black hole.
    held: AtomicBool,
    over: AtomicBool,
    // After the sockets: they must be closed before the count goes down.
    open_count: OpenCount,
}

#[derive(Debug, Default)]
struct Half {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    /// The next byte goes out inverted.
    invert: bool,
    /// What goes out before the next byte.
    insert: Vec<u8>,
    /// Closed by [`Link::half_close`].
    ended: bool,
}

/// What was read, and when.
#[derive(Debug)]
struct Chunk {
    what: What,
    at: Instant,
    /// Of the jitter.
    share: f64,
}

#[derive(Debug)]
enum What {
    Piece(Vec<u8>),
    End,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// FIN, after what was forwarded.
    Orderly,
    /// RST.
    Reset,
}

impl Link {
    pub(super) fn new(
        client: TcpStream,
        server: TcpStream,
        faults: [Faults; 2],
        controls: Arc<ProxyControls>,
    ) -> io::Result<Self> {
        for socket in [&client, &server] {
            socket.set_nodelay(true)?;
            socket.set_write_timeout(Some(STALL))?;
        }
        let halves = faults.map(|faults| Half {
            state: Mutex::new(State { faults, ..State::default() }),
            ..Half::default()
        });
        let (held, over) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { client, server, halves, held, over, open_count: OpenCount::add(controls) })
    }

    /// Carries bytes in one direction until its stream or the connection ends.
    pub(super) fn pump(&self, direction: Direction) {
        let (arrivals, arrived) = sync_channel(AHEAD);
        thread::scope(|scope| {
            // Apart, so that what arrives while a piece is held has its own delay run from then on.
            scope.spawn(|| self.receive(direction, arrivals));
            self.deliver(direction, arrived);
        });
    }

    /// Reads until the stream or the connection ends.
    fn receive(&self, direction: Direction, arrivals: SyncSender<Chunk>) {
        let mut from = self.ends(direction).0;
        let mut buffer = vec![0; PIECE];
        loop {
            let what = match from.read(&mut buffer) {
                Ok(0) => What::End,
                Ok(size) => What::Piece(buffer[..size].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => What::Broken,
            };
            let last = !matches!(what, What::Piece(_));
            let chunk = Chunk { what, at: Instant::now(), share: share() };
            if arrivals.send(chunk).is_err() || last {
                return;
            }
        }
    }

    /// Forwards what was read, each piece when its time has come.
    fn deliver(&self, direction: Direction, arrived: Receiver<Chunk>) {
        for Chunk { what, at, share } in arrived {
            match what {
                What::Piece(piece) => {
                    self.delay(direction, at, share);
                    if !self.carry(direction, &piece) {
                        return;
                    }
                }
                What::End => {
                    drop(self.passable(direction));
                    // A connection that is over may be about to be reset, and must not look closed before. Else the
                    // receiver may have gone already: nothing to add then.
                    if !self.is_over() {
                        let _ = self.ends(direction).1.shutdown(Shutdown::Write);
                    }
                }
                What::Broken => self.end(Ending::Reset),
            }
        }
    }

    pub(super) fn arm(&self, direction: Direction, fault: Fault) {
        lock(&self.half(direction).state).faults.arm(fault);
        self.wake();
    }

    /// Sends the receiver of that direction an end of stream.
    pub(super) fn half_close(&self, direction: Direction) {
        let mut state = lock(&self.half(direction).state);
        state.ended = true;
        let _ = self.ends(direction).1.shutdown(Shutdown::Write);
    }

    /// Forgets all faults and frees what was held.
    pub(super) fn heal(&self) {
        for half in &self.halves {
            lock(&half.state).faults = Faults::default();
        }
        self.held.store(false, Ordering::SeqCst);
        self.wake();
    }

    /// Ends the connection. The sockets close when both threads have seen it.
    pub(super) fn end(&self, ending: Ending) {
        if self.over.swap(true, Ordering::SeqCst) {
            return;
        }
        for socket in [&self.client, &self.server] {
            // Without lingering, the close itself sends RST. Shutting down only the reading side sends nothing, but
            // wakes the reader. A socket that its peer has reset fails here, and needs neither.
            let _ = match ending {
                Ending::Orderly => socket.shutdown(Shutdown::Both),
                Ending::Reset => SockRef::from(socket)
                    .set_linger(Some(Duration::ZERO))
                    .and_then(|()| socket.shutdown(Shutdown::Read)),
            };
        }
        self.wake();
    }

    /// Makes waiting threads look again. Takes each lock, so that what they saw before is done when this returns.
    pub(super) fn wake(&self) {
        for half in &self.halves {
            drop(lock(&half.state));
            half.changed.notify_all();
        }
    }

    /// Forwards a piece by the rules; false when the connection is over.
    fn carry(&self, direction: Direction, mut piece: &[u8]) -> bool {
        while !piece.is_empty() {
            match self.forward(direction, piece) {
                Ok(sent) => {
                    piece = &piece[sent..];
                    if !piece.is_empty() && self.open_count.controls.slice().is_some() {
                        thread::sleep(BREATH);
                    }
                }
                Err(ending) => {
                    self.end(ending);
                    return false;
                }
            }
        }
        true
    }

    /// Forwards some of a piece. Deciding and writing are one step under the lock: a new fault comes before or after.
    fn forward(&self, direction: Direction, piece: &[u8]) -> Result<usize, Ending> {
        let mut state = self.passable(direction);
        if self.is_over() {
            return Err(Ending::Orderly);
        }
        if state.ended {
            return Ok(piece.len());
        }
        let slice = self.open_count.controls.slice().unwrap_or(usize::MAX);
        let mut size = 1;
        // An alteration that has begun ends before the rules are asked again.
        if state.insert.is_empty() && !state.invert {
            match state.faults.next(piece.len().min(slice)) {
                Next::Pass(passing) => size = passing,
                Next::Cut => return Err(Ending::Orderly),
                Next::Invert => state.invert = true,
                Next::Insert(bytes) => state.insert = bytes.to_vec(),
            }
        }
        let inverted = [!piece[0]];
        let bytes = match state.insert.len() {
            0 if state.invert => &inverted[..],
            0 => &piece[..size],
            inserted => &state.insert[..inserted.min(slice)],
        };
        match self.ends(direction).1.write(bytes) {
            Ok(sent) => Ok(self.sent(&mut state, direction, sent)),
            Err(error) if is_stall(&error) => {
                // Waiting gives up the lock, which is not fair by itself, to a thread that waits to change the rules.
                let _ = self.half(direction).changed.wait_timeout(state, Duration::from_millis(1));
                Ok(0)
            }
            Err(_) => Err(Ending::Reset),
        }
    }

    /// Counts what was written, and returns how many bytes of the piece it was.
    fn sent(&self, state: &mut State, direction: Direction, sent: usize) -> usize {
        let controls = &self.open_count.controls;
        if !state.insert.is_empty() {
            state.insert.drain(..sent);
            if state.insert.is_empty() {
                controls.altered();
            }
            return 0;
        }
        if sent > 0 && std::mem::take(&mut state.invert) {
            controls.altered();
        }
        state.faults.passed(sent);
        controls.forwarded(direction, sent);
        sent
    }

    /// Waits while the connection is in a black hole.
    fn passable(&self, direction: Direction) -> MutexGuard<'_, State> {
        let half = self.half(direction);
        let held = |state: &mut State| {
            if state.faults.hole.take().is_some_and(|trigger| trigger.fire()) {
                self.held.store(true, Ordering::SeqCst);
            }
            self.held.load(Ordering::SeqCst) && !self.is_over()
        };
        half.changed.wait_while(lock(&half.state), held).unwrap_or_else(PoisonError::into_inner)
    }

    fn delay(&self, direction: Direction, arrived: Instant, share: f64) {
        let half = self.half(direction);
        let mut state = lock(&half.state);
        while !self.is_over() {
            let left = self.open_count.controls.delay(share).saturating_sub(arrived.elapsed());
            if left.is_zero() {
                break;
            }
            state = half.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    fn half(&self, direction: Direction) -> &Half {
        &self.halves[direction as usize]
    }

    fn ends(&self, direction: Direction) -> (&TcpStream, &TcpStream) {
        match direction {
            Direction::ToServer => (&self.client, &self.server),
            Direction::ToClient => (&self.server, &self.client),
        }
    }
}

/// Counts one open connection for as long as it lives.
#[derive(Debug)]
struct OpenCount {
    controls: Arc<ProxyControls>,
}

impl OpenCount {
    fn add(controls: Arc<ProxyControls>) -> Self {
        controls.count(|statistics| statistics.open += 1);
        Self { controls }
    }
}

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.controls.count(|statistics| statistics.open -= 1);
    }
}

fn is_stall(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
