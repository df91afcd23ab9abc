use super::Command;
use crate::{Error, Result, expiry::Expires};

/// Under which condition SET writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    IfAbsent,
    IfPresent,
}

/// SET with its expiry in the same step: the key is never seen without it.
pub(crate) fn set(key: &[u8], value: &[u8], expires: Expires, condition: Condition) -> Command {
    let command = Command::with_room("SET", key.len() + value.len());
    set_on(command.arg(key), value, expires, condition)
}

/// As [`set`], from a command that has its name and key.
pub(crate) fn set_on(command: Command, value: &[u8], expires: Expires, condition: Condition) -> Command {
    let command = command.arg(value);
    let command = match expires {
        Expires::Never => command,
        Expires::InMilliseconds(milliseconds) => command.arg("PX").arg(milliseconds),
        Expires::AtMilliseconds(milliseconds) => command.arg("PXAT").arg(milliseconds),
        Expires::Keep => command.arg("KEEPTTL"),
    };
    match condition {
        Condition::Always => command,
        Condition::IfAbsent => command.arg("NX"),
        Condition::IfPresent => command.arg("XX"),
    }
}

/// PEXPIRE or PEXPIREAT.
///
/// # Errors
///
/// `InvalidInput` for an expiry that is none.
pub(crate) fn expire(key: &[u8], expires: Expires) -> Result<Command> {
    match expires {
        Expires::InMilliseconds(time) => Ok(Command::new("PEXPIRE").arg(key).arg(time)),
        Expires::AtMilliseconds(time) => Ok(Command::new("PEXPIREAT").arg(key).arg(time)),
        Expires::Never | Expires::Keep => Err(Error::invalid_input("to keep a key for ever, persist it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expires: Expires, condition: Condition) -> String {
        let command = set(b"k", b"v", expires, condition);
        let words: Vec<_> = command.words().map(|word| String::from_utf8(word.to_vec()).unwrap()).collect();
        words.join(" ")
    }

    #[test]
    fn expiry_and_condition_are_part_of_the_command() {
        assert_eq!(words(Expires::Never, Condition::Always), "SET k v");
        assert_eq!(words(Expires::InMilliseconds(5), Condition::IfAbsent), "SET k v PX 5 NX");
        assert_eq!(words(Expires::AtMilliseconds(5), Condition::IfPresent), "SET k v PXAT 5 XX");
        assert_eq!(words(Expires::Keep, Condition::Always), "SET k v KEEPTTL");
    }
}
