use std::{
    io::{self, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use socket2::SockRef;

use super::{Answer, FakeState, Request, answer::Action};

/// A connection to a [`FakeServer`](crate::FakeServer), as [`FakeServer::serve`](crate::FakeServer::serve) gives it to
/// the test. It closes at the end of that closure.
///
/// It implements [`Read`] and [`Write`], for conversations that are not commands and answers.
#[derive(Debug)]
pub struct FakeConnection {
    stream: BufReader<TcpStream>,
    number: u64,
    shared: Arc<FakeState>,
}

impl FakeConnection {
    pub(super) fn new(stream: TcpStream, number: u64, shared: Arc<FakeState>) -> Self {
        // Each step of an answer is to leave when it is written.
        let _ = stream.set_nodelay(true);
        Self { stream: BufReader::new(stream), number, shared }
    }

    /// Returns its number. The first connection is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next command. Returns `None` if the client has closed the connection, or sends no command.
    pub fn request(&mut self) -> Option<Request> {
        let request = Request::read(&mut self.stream, self.number).ok()?;
        self.shared.count(|now| now.requests += 1);
        Some(request)
    }

    /// Carries out an answer. Returns whether the connection is still open at this end.
    pub fn answer(&mut self, answer: &Answer) -> bool {
        for step in &answer.steps {
            if !self.step(step).unwrap_or(false) {
                return false;
            }
        }
        true
    }

    fn step(&mut self, step: &Action) -> io::Result<bool> {
        match step {
            Action::Send(bytes) => {
                self.write_all(bytes)?;
                self.shared.count(|now| now.sent += 1);
            }
            Action::SendSlowly(bytes, pause) => {
                for byte in bytes {
                    self.write_all(&[*byte])?;
                    thread::sleep(*pause);
                }
                self.shared.count(|now| now.sent += 1);
            }
            Action::Pause(time) => thread::sleep(*time),
            Action::Close => {
                self.stream.get_ref().shutdown(Shutdown::Both)?;
                return Ok(false);
            }
            Action::Reset => {
                // The listener keeps a second handle of the socket: lingering is a property of the socket itself.
                SockRef::from(self.stream.get_ref()).set_linger(Some(Duration::ZERO))?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Read for FakeConnection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for FakeConnection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.get_mut().flush()
    }
}
