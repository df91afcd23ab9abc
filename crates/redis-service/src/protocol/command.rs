use std::fmt;

use redis::ToRedisArgs;

use super::{ReplyTypes, RetryCategory, key_words::KeyWords, words::Words};
use crate::{error::Result, protocol::slot};

/// A command to Redis: its words, which of them are keys, and whether sending it twice does harm.
///
/// `Debug` shows the command's name and the number of its arguments, never the arguments.
#[derive(Clone)]
pub struct Command {
    name: &'static str,
    words: Words,
    pub(super) keys: KeyWords,
    category: Option<RetryCategory>,
}

/// Room for a name, lengths and a few options.
const ROOM: usize = 48;

impl Command {
    /// A command by its name, in upper case.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self::with_room(name, 0)
    }

    /// A command whose arguments will have about so many bytes.
    pub(crate) fn with_room(name: &'static str, bytes: usize) -> Self {
        let mut words = Words::with_room(bytes, ROOM);
        for word in name.as_bytes().split(|byte| *byte == b' ') {
            words.push(word);
        }
        Self { name, words, keys: KeyWords::default(), category: None }
    }

    /// Adds an argument: text, bytes or a number.
    #[must_use]
    pub fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        self.push_arg(argument);
        self
    }

    /// As [`arg`](Self::arg), in place: a command is large enough for its moves to be felt.
    pub(crate) fn push_arg(&mut self, argument: impl ToRedisArgs) {
        argument.write_redis_args(&mut self.words);
    }

    /// Adds a key, as Redis sees it.
    #[must_use]
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.push_key(&[], key.as_ref());
        self
    }

    /// Adds a key that is in two parts: a namespace's prefix, and the key below it.
    #[inline]
    pub(crate) fn push_key(&mut self, prefix: &[u8], key: &[u8]) {
        self.keys.add(self.words.count());
        self.words.push_joined(prefix, key);
    }

    /// States what sending it twice would do, where the name and the arguments do not tell.
    #[must_use]
    pub fn in_category(mut self, category: RetryCategory) -> Self {
        self.category = Some(category);
        self
    }

    /// The command's name, in upper case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What sending it twice would do: as stated, else by its name and arguments.
    #[must_use]
    pub fn category(&self) -> RetryCategory {
        self.category.unwrap_or_else(|| RetryCategory::of(self.words()))
    }

    /// Where a cluster keeps its keys; `None` if it has none.
    ///
    /// # Errors
    ///
    /// `Slot` if they are not all on one slot.
    pub fn slot(&self) -> Result<Option<u16>> {
        slot::of_all(self.keys())
    }

    /// Its keys, as Redis sees them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        let keys = &self.keys;
        self.words().enumerate().filter(|(index, _)| keys.contain(*index)).map(|(_, word)| word)
    }

    /// The command's words: its name first, then its arguments.
    pub(crate) fn words(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.words.iter()
    }

    /// The types that its reply can have.
    pub(crate) fn reply_types(&self) -> ReplyTypes {
        ReplyTypes::of(self.name)
    }

    /// How many bytes it has on the wire, but for a few.
    #[cfg(feature = "async")]
    pub(crate) fn size(&self) -> usize {
        self.words.len()
    }

    /// Appends the command as it goes over the wire.
    pub(crate) fn write_to(&self, wire: &mut Vec<u8>) {
        self.words.write_to(wire);
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("name", &self.name)
            .field("arguments", &self.words().count().saturating_sub(1))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_goes_over_the_wire_word_by_word() {
        let mut wire = Vec::new();
        Command::new("CLIENT SETNAME").arg("a b").write_to(&mut wire);
        assert_eq!(wire, b"*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$3\r\na b\r\n");
    }

    #[test]
    fn debug_shows_no_argument() {
        let shown = format!("{:?}", Command::new("AUTH").arg("canary"));
        assert_eq!(shown, "Command { name: \"AUTH\", arguments: 1, .. }");
    }
}
