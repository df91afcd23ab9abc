//! Commands to Redis, and what their replies mean.

mod category;
mod decoder;
mod from_reply;
mod needs;
mod packed;
mod pipeline;
mod push;
mod reply;
mod script;
mod set;
mod words;

pub use self::{
    category::Category,
    from_reply::FromReply,
    pipeline::Pipeline,
    reply::Reply,
    script::{Script, ScriptCall},
};

pub(crate) use self::{
    decoder::Decoder,
    needs::Needs,
    packed::Packed,
    push::Push,
    reply::is_left_open,
    script::settle_script,
    set::{Condition, expire, set, set_on},
};

use self::words::Words;

use std::fmt;

/// What can be an argument of a command: text, bytes, numbers, and lists of them.
pub use redis::ToRedisArgs;

/// A command to Redis: its words, and whether sending it twice does harm.
///
/// `Debug` shows the command's name and the number of its arguments, never the arguments.
#[derive(Clone)]
pub struct Command {
    name: &'static str,
    words: Words,
    category: Option<Category>,
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
        Self { name, words, category: None }
    }

    /// Adds an argument: text, bytes or a number.
    #[must_use]
    pub fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.words);
        self
    }

    /// Adds an argument that is in two parts.
    pub(crate) fn joined(mut self, first: &[u8], second: &[u8]) -> Self {
        self.words.push_joined(first, second);
        self
    }

    /// States what sending it twice would do, where the name and the arguments do not tell.
    #[must_use]
    pub fn in_category(mut self, category: Category) -> Self {
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
    pub fn category(&self) -> Category {
        self.category.unwrap_or_else(|| Category::of(self.words()))
    }

    /// The command's words: its name first, then its arguments.
    pub(crate) fn words(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.words.iter()
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
