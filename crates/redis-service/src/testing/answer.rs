use std::fmt;

use serde::Serialize;

use crate::error::ErrorKind;

/// What becomes of an expected command: a reply, an error of the server, or a loss.
///
/// Text and bytes convert into a bulk string, integers into an integer, and `None` into nil. The conversion of typed
/// replies is the service's own: a reply of a type that Redis never gives to the command is the error that it is in
/// production, of kind `Protocol`.
///
/// `Debug` does not show the reply.
#[derive(Clone)]
pub struct Answer(pub(super) Effect);

#[derive(Clone)]
pub(super) enum Effect {
    /// A reply in its wire form.
    Reply(Vec<u8>),
    /// The text of an error.
    Error(String),
    Unsent,
    Lost,
    Timeout,
}

impl Answer {
    /// The status OK, the reply to SET and others.
    #[must_use]
    pub fn ok() -> Self {
        Self::status("OK")
    }

    /// A status (a simple string), such as `PONG`.
    #[must_use]
    pub fn status(text: &str) -> Self {
        Self(Effect::Reply(format!("+{}\r\n", one_line(text)).into_bytes()))
    }

    /// Nil: the key, the field or the element does not exist. To EXEC: another client changed a watched key.
    #[must_use]
    pub fn nil() -> Self {
        Self(Effect::Reply(b"$-1\r\n".to_vec()))
    }

    /// An integer.
    #[must_use]
    pub fn integer(number: i64) -> Self {
        Self(Effect::Reply(format!(":{number}\r\n").into_bytes()))
    }

    /// A bulk string: the bytes of a value as Redis stores it.
    #[must_use]
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut wire = format!("${}\r\n", bytes.len()).into_bytes();
        wire.extend_from_slice(bytes);
        wire.extend_from_slice(b"\r\n");
        Self(Effect::Reply(wire))
    }

    /// A stored value, encoded as a service with the codec JSON does.
    ///
    /// # Panics
    ///
    /// If the value cannot be encoded.
    #[must_use]
    #[track_caller]
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match crate::values::to_json(value) {
            Ok(bytes) => Self::bulk(bytes),
            Err(error) => panic!("the answer has no JSON form: {error}"),
        }
    }

    /// An array of replies; those may be errors, as in the reply to EXEC.
    ///
    /// # Panics
    ///
    /// If one of them is a loss or a timeout.
    #[must_use]
    #[track_caller]
    pub fn array<A: Into<Self>>(answers: impl IntoIterator<Item = A>) -> Self {
        let answers: Vec<Self> = answers.into_iter().map(Into::into).collect();
        let mut wire = format!("*{}\r\n", answers.len()).into_bytes();
        for answer in &answers {
            match answer.0.wire() {
                Some(reply) => wire.extend_from_slice(&reply),
                None => panic!("an array holds replies, not losses"),
            }
        }
        Self(Effect::Reply(wire))
    }

    /// An error of the server, by its text, which begins with its code: `OOM command not allowed when used memory >
    /// 'maxmemory'.`. The service classifies it as it does a real server's.
    #[must_use]
    pub fn error(text: &str) -> Self {
        Self(Effect::Error(one_line(text)))
    }

    /// The error with which a Redis server causes an error of this kind.
    ///
    /// # Panics
    ///
    /// If no answer of a server has this kind. [`lost`](Self::lost), [`unsent`](Self::unsent) and
    /// [`timeout`](Self::timeout) cause the kinds `Connection` and `Timeout`.
    #[must_use]
    #[track_caller]
    pub fn error_of(kind: ErrorKind) -> Self {
        match text_of(kind) {
            Some(text) => Self::error(text),
            None => panic!("no answer of a server is an error of the kind \"{kind}\""),
        }
    }

    /// The connection breaks before the command is sent: an error of kind `Connection` with the outcome `NotApplied`.
    /// The server does not receive the command, so it is not recorded.
    ///
    /// The commands before it in the same pipeline are sent: the outcome of the pipeline is then `Unknown`.
    #[must_use]
    pub fn unsent() -> Self {
        Self(Effect::Unsent)
    }

    /// The server receives the command, and the connection breaks before the reply arrives: an error of kind
    /// `Connection` with the outcome `Unknown`.
    #[must_use]
    pub fn lost() -> Self {
        Self(Effect::Lost)
    }

    /// The server receives the command, and no reply arrives in time: an error of kind `Timeout` with the outcome
    /// `Unknown`. The call does not wait for it. The connection is dropped, with the calls that share it.
    #[must_use]
    pub fn timeout() -> Self {
        Self(Effect::Timeout)
    }
}

impl Effect {
    /// Returns the reply in its wire form; `None` if there is none.
    pub(super) fn wire(&self) -> Option<Vec<u8>> {
        match self {
            Self::Reply(wire) => Some(wire.clone()),
            Self::Error(text) => Some(error_line(text)),
            Self::Unsent | Self::Lost | Self::Timeout => None,
        }
    }
}

pub(super) fn error_line(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into_bytes()
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

fn text_of(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Auth => "NOAUTH Authentication required.",
        ErrorKind::Permission => "NOPERM User app has no permissions to run this command",
        ErrorKind::Unsupported => "ERR unknown command",
        ErrorKind::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
        ErrorKind::OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'.",
        ErrorKind::ReadOnly => "READONLY You can't write against a read only replica.",
        ErrorKind::Busy => {
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
        }
        ErrorKind::Loading => "LOADING Redis is loading the dataset in memory",
        ErrorKind::WriteRefused => "NOREPLICAS Not enough good replicas to write.",
        ErrorKind::Slot => "CROSSSLOT Keys in request don't hash to the same slot",
        ErrorKind::NoScript => "NOSCRIPT No matching script. Please use EVAL.",
        ErrorKind::Operation => "ERR syntax error",
        _ => return None,
    })
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::bulk(text)
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::bulk(text)
    }
}

impl From<&[u8]> for Answer {
    fn from(bytes: &[u8]) -> Self {
        Self::bulk(bytes)
    }
}

impl From<Vec<u8>> for Answer {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bulk(bytes)
    }
}

impl From<i32> for Answer {
    fn from(number: i32) -> Self {
        Self::integer(number.into())
    }
}

impl From<i64> for Answer {
    fn from(number: i64) -> Self {
        Self::integer(number)
    }
}

impl<A: Into<Self>> From<Option<A>> for Answer {
    fn from(answer: Option<A>) -> Self {
        answer.map_or_else(Self::nil, Into::into)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Effect::Reply(_) => "Answer(a reply)",
            Effect::Error(_) => "Answer(an error)",
            Effect::Unsent => "Answer(unsent)",
            Effect::Lost => "Answer(lost)",
            Effect::Timeout => "Answer(timeout)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Reply;

    fn wire(answer: impl Into<Answer>) -> String {
        String::from_utf8(answer.into().0.wire().unwrap()).unwrap()
    }

    #[test]
    fn answers_have_the_wire_form_of_redis() {
        assert_eq!(wire("Zoé"), "$4\r\nZoé\r\n");
        assert_eq!(wire(-5), ":-5\r\n");
        assert_eq!(wire(None::<i64>), "$-1\r\n");
        assert_eq!(wire(Some("a")), "$1\r\na\r\n");
        assert_eq!(wire(Answer::json("a")), "$3\r\n\"a\"\r\n");
        assert_eq!(wire(Answer::status("a\r\n+b")), "+a  +b\r\n");
        assert_eq!(wire(Answer::array([Answer::ok(), Answer::error("ERR no")])), "*2\r\n+OK\r\n-ERR no\r\n");
    }

    #[test]
    fn the_error_of_each_kind_is_classified_as_that_kind() {
        let kinds = ErrorKind::ALL.into_iter().filter(|kind| text_of(*kind).is_some());
        let classified = kinds.map(|kind| {
            let error = Reply::of(&wire(Answer::error_of(kind))).unwrap_err();
            assert_eq!(error.kind(), kind);
        });
        assert_eq!(classified.count(), 12);
    }

    #[test]
    #[should_panic(expected = "no answer of a server is an error of the kind \"connection\"")]
    fn no_server_answers_with_a_lost_connection() {
        drop(Answer::error_of(ErrorKind::Connection));
    }

    #[test]
    fn debug_shows_no_reply() {
        assert_eq!(format!("{:?}", Answer::bulk("canary")), "Answer(a reply)");
    }
}
