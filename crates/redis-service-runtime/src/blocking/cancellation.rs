use std::{
    net::{Shutdown, TcpStream},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Signals background threads to end. A cancellation is final.
#[derive(Debug, Default)]
pub struct CancellationToken {
    state: Mutex<State>,
    cancelled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_cancelled: bool,
    /// The socket that a thread waits on.
    socket: Option<TcpStream>,
}

impl CancellationToken {
    /// Cancels, and wakes the threads that wait for it.
    pub fn cancel(&self) {
        let mut state = self.state();
        state.is_cancelled = true;
        shut_down(&mut state);
        self.cancelled.notify_all();
    }

    /// Returns whether the token was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    /// Waits for `time`, or until the token is cancelled, and returns whether it was.
    pub fn cancelled_within(&self, time: Duration) -> bool {
        let waited = self.cancelled.wait_timeout_while(self.state(), time, |state| !state.is_cancelled);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_cancelled
    }

    /// Registers the socket that a cancellation shuts down, in place of the one before: a thread that reads a
    /// socket notices nothing else. If the token was cancelled already, the socket is shut down at once.
    pub fn interrupts(&self, socket: Option<TcpStream>) {
        let mut state = self.state();
        state.socket = socket;
        if state.is_cancelled {
            shut_down(&mut state);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shut_down(state: &mut State) {
    if let Some(socket) = state.socket.take()
        && let Err(error) = socket.shutdown(Shutdown::Both)
    {
        tracing::debug!(%error, "the socket was closed already");
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, net::TcpListener, sync::Arc, thread, time::Duration};

    use super::*;

    fn connection() -> (TcpStream, TcpStream) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        // A read that is not interrupted fails, instead of waiting for ever.
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        (client, server.accept().unwrap().0)
    }

    #[test]
    fn a_thread_that_reads_a_socket_is_interrupted() {
        let token = Arc::new(CancellationToken::default());
        let (mut client, _server) = connection();
        token.interrupts(client.try_clone().ok());
        let reader = thread::spawn(move || client.read(&mut [0]).unwrap());
        token.cancel();
        assert_eq!(reader.join().unwrap(), 0);
    }

    #[test]
    fn a_socket_that_comes_too_late_is_shut_down_at_once() {
        let token = CancellationToken::default();
        token.cancel();
        let (mut client, _server) = connection();
        token.interrupts(client.try_clone().ok());
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
}
