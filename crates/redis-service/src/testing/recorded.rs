use std::{fmt, sync::Arc};

use super::state::ServerState;

/// What a scripted service has sent, without the commands that begin and check its connections.
///
/// `Debug` shows how many commands there are.
#[derive(Clone)]
pub struct Recorded(pub(crate) Arc<ServerState>);

impl Recorded {
    /// Returns the words of each command that the server has received, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<Vec<Vec<u8>>> {
        self.0.progress().commands.clone()
    }

    /// Returns each command as one line: its words, with spaces between them. Control characters are escaped, and
    /// bytes that are not UTF-8 replaced.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        lines(&self.0.progress().commands)
    }

    /// Returns the commands that the script did not expect, as [`lines`](Self::lines) does.
    #[must_use]
    pub fn unexpected(&self) -> Vec<String> {
        lines(&self.0.progress().unexpected)
    }

    /// Checks that every expectation was met, and that no other command was sent.
    ///
    /// # Panics
    ///
    /// With the expectations that were not met, and the commands that were not expected.
    #[track_caller]
    pub fn assert_done(&self) {
        let (unmet, unexpected) = (self.0.unmet(), self.unexpected());
        assert!(
            unmet.is_empty() && unexpected.is_empty(),
            "the script and the commands differ\nexpected, and not sent: {unmet:#?}\nsent, and not expected: {unexpected:#?}"
        );
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands = self.0.progress().commands.len();
        f.debug_struct("Recorded").field("commands", &commands).finish_non_exhaustive()
    }
}

fn lines(commands: &[Vec<Vec<u8>>]) -> Vec<String> {
    commands.iter().map(|words| line(words)).collect()
}

pub(super) fn line(words: &[Vec<u8>]) -> String {
    let shown = |word: &Vec<u8>| {
        let text = String::from_utf8_lossy(word).into_owned();
        text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.into() }).collect()
    };
    words.iter().map(shown).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line() {
        let words = [&b"SET"[..], b"user:1", b"{\"name\":\"Zo\xc3\xa9\"}", b"a\r\nb", b"\xff"];
        let line = line(&words.map(<[u8]>::to_vec));
        assert_eq!(line, "SET user:1 {\"name\":\"Zo\u{e9}\"} a\\r\\nb \u{fffd}");
    }
}
