use super::Command;
use crate::values::Expires;

/// Under which condition SET writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    IfAbsent,
    IfPresent,
}

impl Command {
    /// Adds to SET and its key what it sets, with its expiry in the same step: the key is never seen without it.
    pub(crate) fn push_set(&mut self, value: &[u8], expires: Expires, condition: Condition) {
        self.push_arg(value);
        match expires {
            Expires::Never => {}
            Expires::InMilliseconds(milliseconds) => {
                self.push_arg("PX");
                self.push_arg(milliseconds);
            }
            Expires::AtMilliseconds(milliseconds) => {
                self.push_arg("PXAT");
                self.push_arg(milliseconds);
            }
            Expires::Keep => self.push_arg("KEEPTTL"),
        }
        match condition {
            Condition::Always => {}
            Condition::IfAbsent => self.push_arg("NX"),
            Condition::IfPresent => self.push_arg("XX"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expires: Expires, condition: Condition) -> String {
        let mut command = Command::new("SET").key("k");
        command.push_set(b"v", expires, condition);
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
