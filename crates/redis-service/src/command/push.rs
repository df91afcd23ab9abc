use redis::Value;

use super::Reply;
use crate::{Result, error::Error, pubsub::Heard};

/// What a server sends to a connection that listens.
pub(crate) enum Push {
    /// One channel or pattern more is listened to.
    Subscribed,
    Heard(Heard),
    /// An answer to PING, or something that this crate did not ask for.
    Other,
}

impl Reply {
    /// # Errors
    ///
    /// `Protocol` if it is nothing that a server sends to those who listen.
    pub(crate) fn into_push(self) -> Result<Push> {
        let parts = match self.0 {
            Value::Array(parts) => parts,
            Value::SimpleString(_) | Value::Okay | Value::BulkString(_) => return Ok(Push::Other),
            _ => return Err(unexpected()),
        };
        let mut parts = parts.into_iter().map(|part| match part {
            Value::BulkString(bytes) => bytes,
            _ => Vec::new(),
        });
        let mut part = || parts.next().ok_or_else(unexpected);
        Ok(match part()?.as_slice() {
            b"subscribe" | b"psubscribe" => Push::Subscribed,
            b"message" => Push::Heard(Heard::Message { channel: part()?, pattern: None, payload: part()? }),
            b"pmessage" => {
                let pattern = Some(part()?);
                Push::Heard(Heard::Message { channel: part()?, pattern, payload: part()? })
            }
            _ => Push::Other,
        })
    }
}

fn unexpected() -> Error {
    Error::unexpected_reply("a message", "something else")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(wire: &str) -> Result<Push> {
        Reply::of(wire).and_then(Reply::into_push)
    }

    #[test]
    fn messages_are_told_from_confirmations() {
        let message = push("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\np\r\n").unwrap();
        assert!(matches!(message, Push::Heard(Heard::Message { channel, pattern: None, payload })
            if channel == b"c" && payload == b"p"));
        let message = push("*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$1\r\nc\r\n$0\r\n\r\n").unwrap();
        assert!(matches!(message, Push::Heard(Heard::Message { pattern: Some(pattern), payload, .. })
            if pattern == b"c*" && payload.is_empty()));
        assert!(matches!(push("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"), Ok(Push::Subscribed)));
        assert!(matches!(push("*2\r\n$4\r\npong\r\n$0\r\n\r\n"), Ok(Push::Other)));
        assert!(matches!(push("+PONG\r\n"), Ok(Push::Other)));
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for wire in ["*0\r\n", ":1\r\n", "*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", "-NOPERM no\r\n"] {
            assert!(push(wire).is_err(), "{wire}");
        }
    }
}
