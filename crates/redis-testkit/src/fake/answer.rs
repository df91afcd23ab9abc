use std::time::Duration;

use super::Request;

/// What a [`FakeServer`](crate::FakeServer) does about a command: what it sends, when, and whether it goes on.
///
/// The constructors make replies in RESP2; [`raw`](Self::raw) and [`then`](Self::then) send any bytes, malformed ones
/// included. Steps are added in the order in which they happen:
///
/// ```
/// use redis_testkit::Answer;
/// use std::time::Duration;
///
/// // A stray reply first, then the right one byte by byte, and the end of the connection.
/// let answer = Answer::raw("+STRAY\r\n")
///     .pause(Duration::from_millis(10))
///     .then_slowly("$5\r\nvalue\r\n", Duration::from_millis(1))
///     .close();
/// # let _ = answer;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub(super) steps: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Send(Vec<u8>),
    /// Byte by byte, with a pause after each.
    SendSlowly(Vec<u8>, Duration),
    Pause(Duration),
    Close,
    Reset,
}

impl Answer {
    /// Sends nothing, and waits for the next command.
    pub fn silence() -> Self {
        Self::default()
    }

    /// Sends these bytes as they are.
    pub fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self::silence().then(bytes)
    }

    /// Sends a status, such as `OK`.
    pub fn simple(text: &str) -> Self {
        Self::raw(format!("+{text}\r\n"))
    }

    /// Sends an error, which begins with its code: `ERR no such key`.
    pub fn error(text: &str) -> Self {
        Self::raw(format!("-{text}\r\n"))
    }

    /// Sends a number.
    pub fn integer(number: i64) -> Self {
        Self::raw(format!(":{number}\r\n"))
    }

    /// Sends a string of bytes.
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut reply = format!("${}\r\n", bytes.len()).into_bytes();
        reply.extend_from_slice(bytes);
        reply.extend_from_slice(b"\r\n");
        Self::raw(reply)
    }

    /// Sends the null bulk string: a key that does not exist.
    pub fn nil() -> Self {
        Self::raw("$-1\r\n")
    }

    /// Sends the error with which Redis refuses a command it does not know. It repeats all arguments, passwords
    /// included: the worst that the text of a server can hold.
    pub fn unknown_command(request: &Request) -> Self {
        let arguments = (1..request.words().len()).map(|index| format!("'{}' ", request.word(index)));
        let arguments: String = arguments.collect();
        Self::error(&format!(
            "ERR unknown command '{}', with args beginning with: {arguments}",
            request.word(0)
        ))
    }

    /// Then sends these bytes as they are, in a write of their own.
    #[must_use]
    pub fn then(self, bytes: impl AsRef<[u8]>) -> Self {
        self.and(Action::Send(bytes.as_ref().to_vec()))
    }

    /// Then sends these bytes one by one, with a pause after each.
    #[must_use]
    pub fn then_slowly(self, bytes: impl AsRef<[u8]>, pause: Duration) -> Self {
        self.and(Action::SendSlowly(bytes.as_ref().to_vec(), pause))
    }

    /// Then waits.
    #[must_use]
    pub fn pause(self, time: Duration) -> Self {
        self.and(Action::Pause(time))
    }

    /// Then closes the connection (FIN).
    #[must_use]
    pub fn close(self) -> Self {
        self.and(Action::Close)
    }

    /// Then resets the connection (RST): the client may lose what was sent before.
    #[must_use]
    pub fn reset(self) -> Self {
        self.and(Action::Reset)
    }

    fn and(mut self, step: Action) -> Self {
        self.steps.push(step);
        self
    }
}
