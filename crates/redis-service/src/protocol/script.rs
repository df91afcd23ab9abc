use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use super::{Command, RetryCategory};
use crate::{
    error::{Error, Origin, Result},
    protocol::slot,
};

/// A Lua script: constant source, with data only in its keys and arguments. Make it a `static`: its hash, by
/// which the server knows it, is then computed once.
///
/// ```
/// use redis_service::Script;
///
/// static TAKE_IF_EQUAL: Script = Script::new(
///     "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
/// );
/// ```
#[derive(Clone)]
pub struct Script {
    source: &'static str,
    hash: OnceLock<Arc<str>>,
}

impl Script {
    /// A script by its source.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self { source, hash: OnceLock::new() }
    }

    /// The hash by which the server knows the script.
    pub(crate) fn hash(&self) -> &Arc<str> {
        self.hash.get_or_init(|| redis::Script::new(self.source).get_hash().into())
    }

    #[cfg(feature = "testing")]
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// Starts a call of the script.
    #[must_use]
    pub fn call(&self) -> ScriptCall {
        // Before the clone, so that the clones do not each compute the hash.
        self.hash();
        ScriptCall {
            script: self.clone(),
            keys: Vec::new(),
            arguments: Vec::new(),
            category: RetryCategory::Never,
            fails_before_it_writes: false,
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("hash", self.hash()).finish_non_exhaustive()
    }
}

/// The start of a source that declares the script's flags.
const SHEBANG: &str = "#!";

/// One call of a [`Script`]: its keys, its arguments, and its retry category.
///
/// `Debug` does not show the arguments.
#[derive(Clone)]
pub struct ScriptCall {
    script: Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
    category: RetryCategory,
    fails_before_it_writes: bool,
}

impl ScriptCall {
    /// Adds a key as Redis stores it, namespace included.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// States the effect of calling it twice. Unless stated, it is never retried after a lost reply.
    #[must_use]
    pub fn in_category(mut self, category: RetryCategory) -> Self {
        self.category = category;
        self
    }

    /// States that the script, if it fails, fails before its first write. Unless stated, an error from within
    /// the script has the outcome `Unknown`.
    #[must_use]
    pub fn failing_before_it_writes(mut self) -> Self {
        self.fails_before_it_writes = true;
        self
    }

    /// Returns where an error that the server answers with may come from.
    pub(crate) fn origin(&self) -> Origin {
        if self.fails_before_it_writes {
            Origin::Command
        } else {
            Origin::Script { declares_flags: self.script.source.starts_with(SHEBANG) }
        }
    }

    /// Returns the keys as Redis stores them.
    pub(crate) fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }

    /// Returns the arguments.
    pub(crate) fn arguments(&self) -> &[Vec<u8>] {
        &self.arguments
    }

    /// Returns the cluster slot of the keys; `None` if there are none.
    ///
    /// # Errors
    ///
    /// `Slot` if the keys are not all on one slot.
    pub fn slot(&self) -> Result<Option<u16>> {
        slot::of_all(self.keys.iter().map(Vec::as_slice))
    }

    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    /// Returns the effect of calling it twice, as stated.
    #[must_use]
    pub fn category(&self) -> RetryCategory {
        self.category
    }

    /// The call by hash: short, if the server knows the script.
    pub(crate) fn by_hash(&self) -> Command {
        self.command("EVALSHA", self.script.hash())
    }

    /// The call by source: it always works, and the server knows the script afterwards.
    pub(crate) fn by_source(&self) -> Command {
        self.command("EVAL", self.script.source)
    }

    fn command(&self, name: &'static str, script: &str) -> Command {
        let command = Command::new(name).arg(script).arg(self.keys.len());
        let command = self.keys.iter().fold(command, Command::key);
        let command = self.arguments.iter().fold(command, |command, word| command.arg(&word[..]));
        command.in_category(self.category)
    }
}

impl Command {
    /// Returns where an error that the server answers with may come from.
    pub(crate) fn origin(&self) -> Origin {
        let mut words = self.words();
        let name = words.next().unwrap_or_default();
        let is = |script: &str| name.eq_ignore_ascii_case(script.as_bytes());
        if is("EVAL") {
            let source = words.next().unwrap_or_default();
            Origin::Script { declares_flags: source.starts_with(SHEBANG.as_bytes()) }
        } else if is("FCALL") {
            // Functions always declare flags, perhaps none.
            Origin::Script { declares_flags: true }
        } else if is("EVALSHA") {
            Origin::Script { declares_flags: false }
        } else {
            Origin::Command
        }
    }

    /// Gives the server's error the outcome that follows from the command.
    pub(crate) fn refine_error(&self, error: Error) -> Error {
        if error.answer().is_some() { self.origin().refine(error) } else { error }
    }
}

impl fmt::Debug for ScriptCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptCall")
            .field("script", &self.script)
            .field("keys", &self.keys.len())
            .field("arguments", &self.arguments.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_before_arguments() {
        let call = Script::new("return 1").call().arg("x").key("k");
        let words: Vec<_> = call.by_source().words().map(<[u8]>::to_vec).collect();
        assert_eq!(words, [&b"EVAL"[..], b"return 1", b"1", b"k", b"x"]);
        let words: Vec<_> = call.by_hash().words().map(<[u8]>::to_vec).collect();
        assert_eq!(words[1], b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }

    #[test]
    fn scripts_are_never_repeated_unless_the_caller_says_so() {
        let call = Script::new("return 1").call();
        assert_eq!(call.by_hash().category(), RetryCategory::Never);
        assert_eq!(call.in_category(RetryCategory::ReadOnly).by_source().category(), RetryCategory::ReadOnly);
    }
}
