use redis::Value;

use super::Reply;
use crate::{
    error::{Error, Result},
    pubsub::{Invalidation, RawEvent},
};

/// What a server sends to a connection that listens.
pub(crate) enum Push {
    /// One channel or pattern more is listened to.
    Subscribed,
    Event(RawEvent),
    /// An answer to a command.
    Answered,
    /// Something that this crate did not ask for.
    Other,
}

impl Reply {
    /// # Errors
    ///
    /// `Protocol` if it is nothing that a server sends to those who listen.
    pub(crate) fn into_push(self) -> Result<Push> {
        let (kind, mut parts) = match self.0 {
            // As RESP2 has it.
            Value::Array(parts) => {
                let mut parts = parts.into_iter();
                (parts.next().map(bytes).ok_or_else(unexpected)?, parts)
            }
            Value::Push { kind, data } => (kind.to_string().into_bytes(), data.into_iter()),
            Value::SimpleString(_) | Value::Okay | Value::BulkString(_) | Value::Map(_) => {
                return Ok(Push::Answered);
            }
            _ => return Err(unexpected()),
        };
        if kind == b"invalidate" {
            let keys = match parts.next() {
                Some(Value::Array(keys)) => Invalidation::Keys(keys.into_iter().map(bytes).collect()),
                _ => Invalidation::Everything,
            };
            return Ok(Push::Event(RawEvent::Invalidated(keys)));
        }
        let mut part = || parts.next().map(bytes).ok_or_else(unexpected);
        Ok(match kind.as_slice() {
            b"subscribe" | b"psubscribe" => Push::Subscribed,
            b"message" => {
                Push::Event(RawEvent::Message { channel: part()?, pattern: None, payload: part()? })
            }
            b"pmessage" => {
                let pattern = Some(part()?);
                Push::Event(RawEvent::Message { channel: part()?, pattern, payload: part()? })
            }
            _ => Push::Other,
        })
    }
}

fn bytes(part: Value) -> Vec<u8> {
    match part {
        Value::BulkString(bytes) => bytes,
        _ => Vec::new(),
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
        assert!(matches!(message, Push::Event(RawEvent::Message { channel, pattern: None, payload })
            if channel == b"c" && payload == b"p"));
        let message = push("*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$1\r\nc\r\n$0\r\n\r\n").unwrap();
        assert!(matches!(message, Push::Event(RawEvent::Message { pattern: Some(pattern), payload, .. })
            if pattern == b"c*" && payload.is_empty()));
        assert!(matches!(push("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"), Ok(Push::Subscribed)));
        assert!(matches!(push("*2\r\n$4\r\npong\r\n$0\r\n\r\n"), Ok(Push::Other)));
        assert!(matches!(push("+PONG\r\n"), Ok(Push::Answered)));
    }

    #[test]
    fn what_is_pushed_reads_as_what_is_sent() {
        let message = push(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\np\r\n").unwrap();
        assert!(matches!(message, Push::Event(RawEvent::Message { channel, payload, .. })
            if channel == b"c" && payload == b"p"));
        assert!(matches!(push(">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"), Ok(Push::Subscribed)));
        let keys = push(">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n").unwrap();
        assert!(matches!(keys, Push::Event(RawEvent::Invalidated(Invalidation::Keys(keys)))
            if keys == [b"a", b"b"]));
        let everything = push(">2\r\n$10\r\ninvalidate\r\n_\r\n").unwrap();
        assert!(matches!(everything, Push::Event(RawEvent::Invalidated(Invalidation::Everything))));
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for wire in ["*0\r\n", ":1\r\n", "*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", "-NOPERM no\r\n"] {
            assert!(push(wire).is_err(), "{wire}");
        }
    }
}
