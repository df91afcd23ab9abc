use redis::Value;

use super::Command;

/// A number that the server repeats (`PING` with an argument), so that its reply differs from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonce(u64);

/// The meaning of a reply in the place of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// The reply is in its place, and so was every reply before it.
    InPlace,
    /// The server does not permit the check.
    Refused,
    /// The server answered with another error: nothing is known.
    Failed,
    /// The reply is to another command: the connection is out of step.
    OutOfPlace,
}

impl Nonce {
    /// The `random` numbers must not repeat.
    pub(crate) fn new(random: u64) -> Self {
        Self(random)
    }

    pub(crate) fn command(self) -> Command {
        Command::new("PING").arg(self.0)
    }

    /// Returns the meaning of `reply`, in the place where the server should repeat the number.
    pub(crate) fn look(self, reply: &Value) -> Echo {
        match reply {
            Value::BulkString(echo) if *echo == self.0.to_string().into_bytes() => Echo::InPlace,
            Value::ServerError(error) if error.code() == "NOPERM" => Echo::Refused,
            Value::ServerError(_) => Echo::Failed,
            _ => Echo::OutOfPlace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_echo_is_in_place() {
        let nonce = Nonce::new(u64::MAX);
        let words: Vec<_> = nonce.command().words().map(<[u8]>::to_vec).collect();
        assert_eq!(words, [&b"PING"[..], b"18446744073709551615"]);
        for (wire, echo) in [
            ("$20\r\n18446744073709551615\r\n", Echo::InPlace),
            ("$1\r\n1\r\n", Echo::OutOfPlace),
            ("+PONG\r\n", Echo::OutOfPlace),
            ("$-1\r\n", Echo::OutOfPlace),
            ("-NOPERM no\r\n", Echo::Refused),
            ("-LOADING no\r\n", Echo::Failed),
        ] {
            assert_eq!(nonce.look(&redis::parse_redis_value(wire.as_bytes()).unwrap()), echo, "{wire}");
        }
    }
}
