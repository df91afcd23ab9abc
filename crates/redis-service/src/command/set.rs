use super::Command;
use crate::expiry::Expires;

/// Under which condition SET writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    IfAbsent,
    IfPresent,
}

/// Adds to SET and its key what it sets, with its expiry in the same step: the key is never seen without it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expires: Expires, condition: Condition) -> String {
        let command = set_on(Command::new("SET").key("k"), b"v", expires, condition);
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
