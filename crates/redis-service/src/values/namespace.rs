use std::sync::Arc;

use crate::{
    error::{Error, Result},
    protocol::Command,
    values::{AsKey, Key, Pattern},
};

/// The prefix of every key that a service handle uses.
///
/// A namespace is text, taken as it is and followed by `:`; a name below it is appended. So `"a:b"` and `"b"`
/// below `"a"` are the same namespace, as in a file system. Glob characters in it are literal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Empty, or ends in `:`.
    prefix: Arc<str>,
    refused: bool,
}

impl Namespace {
    /// The empty prefix.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the namespace `name` below this one. If the name is empty, or makes the prefix longer than
    /// [`Key::MAX_BYTES`], the first call that uses the namespace fails, before anything is sent.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        let prefix: Arc<str> = format!("{}{name}:", self.prefix).into();
        let refused = self.refused || name.is_empty() || prefix.len() >= Key::MAX_BYTES;
        Self { prefix, refused }
    }

    /// Returns the prefix, with its final `:`; empty at the root.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the whole key, as Redis stores it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the namespace is invalid, or the key is empty or too long.
    pub fn key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.whole(key.as_key()?, key.is_found())
    }

    /// As [`key`](Self::key), for a key's own bytes. A found key may have any length.
    pub(crate) fn whole(&self, key: &[u8], is_found: bool) -> Result<Vec<u8>> {
        self.check_key(key, is_found)?;
        Ok([self.prefix.as_bytes(), key].concat())
    }

    /// Makes the command `name` on a key, given by its own bytes, with room for `room` more bytes.
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key).
    #[inline]
    pub(crate) fn command(
        &self,
        name: &'static str,
        key: &[u8],
        is_found: bool,
        room: usize,
    ) -> Result<Command> {
        self.check_key(key, is_found)?;
        let mut command = Command::with_room(name, self.prefix.len() + key.len() + room);
        command.push_key(self.prefix.as_bytes(), key);
        Ok(command)
    }

    /// Adds a key, given by its own bytes, to a command.
    pub(crate) fn add_key(&self, command: &mut Command, key: &[u8], is_found: bool) -> Result<()> {
        self.check_key(key, is_found)?;
        command.push_key(self.prefix.as_bytes(), key);
        Ok(())
    }

    #[inline]
    fn check_key(&self, key: &[u8], is_found: bool) -> Result<()> {
        self.check()?;
        let length = self.prefix.len() + key.len();
        if length > Key::MAX_BYTES && !is_found {
            let message =
                format!("the key has {length} bytes with its namespace, more than {}", Key::MAX_BYTES);
            return Err(Error::invalid_input(message).on_key(key));
        }
        Ok(())
    }

    /// Returns the key below this namespace, from the key as Redis stores it; `None` if it is not below this
    /// namespace.
    #[must_use]
    pub fn strip<'a>(&self, whole: &'a [u8]) -> Option<&'a [u8]> {
        whole.strip_prefix(self.prefix.as_bytes())
    }

    /// Returns the glob for Redis: `pattern` below this namespace, whose own characters are literal.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the namespace is invalid.
    pub fn pattern(&self, pattern: &Pattern) -> Result<Vec<u8>> {
        self.check()?;
        let mut glob = Pattern::literal(&*self.prefix).into_bytes();
        glob.extend_from_slice(pattern.as_bytes());
        Ok(glob)
    }

    fn check(&self) -> Result<()> {
        if self.refused {
            return Err(Error::invalid_input("the namespace is empty or too long"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_namespace_prefixes_and_strips() {
        let namespace = Namespace::root().below("app").below("cache");
        let whole = namespace.key("user:1").unwrap();
        assert_eq!(whole, b"app:cache:user:1");
        assert_eq!(namespace.strip(&whole), Some(&b"user:1"[..]));
        assert_eq!(namespace.strip(b"app:other:user:1"), None);
        assert_eq!(Namespace::root().key("user:1").unwrap(), b"user:1");
    }

    #[test]
    fn a_refused_namespace_says_so_at_each_use() {
        let refused = Namespace::root().below("");
        assert!(refused.key("a").is_err());
        assert!(refused.pattern(&Pattern::new("*")).is_err());
        assert!(refused.below("fine").key("a").is_err());
        assert!(Namespace::root().below(&"n".repeat(Key::MAX_BYTES)).key("a").is_err());
    }

    #[test]
    fn keys_are_bounded_with_their_namespace() {
        let namespace = Namespace::root().below("ns");
        assert!(namespace.key(&"k".repeat(Key::MAX_BYTES - 3)).is_ok());
        assert!(namespace.key(&"k".repeat(Key::MAX_BYTES - 2)).is_err());
    }

    #[test]
    fn glob_characters_of_a_namespace_are_literal() {
        let glob = Namespace::root().below("a*[b]?\\").pattern(&Pattern::new("x*")).unwrap();
        assert_eq!(glob, br"a\*\[b\]\?\\:x*");
    }

    proptest! {
        #[test]
        fn stripping_undoes_prefixing(name in ".{1,20}", key in ".{1,20}") {
            let namespace = Namespace::root().below(&name);
            let whole = namespace.key(&key).unwrap();
            prop_assert_eq!(namespace.strip(&whole), Some(key.as_bytes()));
        }
    }
}
