//! Keys, and the namespace that prefixes them.

use std::{
    borrow::Cow,
    fmt::{self, Display, Write},
};

use crate::error::{Error, Result};

/// A key made of parts. Different parts never make the same key.
///
/// Parts are joined by `:`. Inside a part `:`, `%`, `{` and `}` are percent-escaped, so that a part cannot
/// pass for two, nor choose a hash slot. An empty part is invalid: the first call that uses the key fails,
/// before anything is sent.
///
/// ```
/// use redis_service::Key;
///
/// let key = Key::new("firstapi").part("cache").part("user").part(123);
/// assert_eq!(key.to_string(), "firstapi:cache:user:123");
/// assert_eq!(Key::new("a:b").part("{c}").to_string(), "a%3Ab:%7Bc%7D");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    text: String,
    has_empty_part: bool,
}

impl Key {
    /// The highest number of bytes of a key, its namespace included; a [found](crate::scan::FoundKey) key may have more.
    pub const MAX_BYTES: usize = 4096;

    /// A key of one part.
    pub fn new(part: impl Display) -> Self {
        let mut key = Self { text: String::new(), has_empty_part: false };
        key.push(&part);
        key
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: impl Display) -> Self {
        self.text.push(':');
        self.push(&part);
        self
    }

    fn push(&mut self, part: &dyn Display) {
        let before = self.text.len();
        // Writing to a `String` fails only if the part's own `Display` does; it then counts as empty.
        let written = write!(Escape(&mut self.text), "{part}");
        self.has_empty_part |= written.is_err() || self.text.len() == before;
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

struct Escape<'a>(&'a mut String);

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                ':' => self.0.push_str("%3A"),
                '%' => self.0.push_str("%25"),
                '{' => self.0.push_str("%7B"),
                '}' => self.0.push_str("%7D"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// A type that can be a key: a [`Key`], or text or bytes, which are taken as they are, below the namespace.
pub trait AsKey: Send + Sync {
    /// Returns the bytes of the key below the namespace.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the key is empty or has an empty part.
    fn as_key(&self) -> Result<&[u8]>;

    /// Whether Redis named it: it has that key, however long.
    #[doc(hidden)]
    fn is_found(&self) -> bool {
        false
    }
}

impl AsKey for Key {
    fn as_key(&self) -> Result<&[u8]> {
        if self.has_empty_part {
            return Err(Error::invalid_input("a part of the key is empty").on_key(&self.text));
        }
        Ok(self.text.as_bytes())
    }
}

impl AsKey for [u8] {
    fn as_key(&self) -> Result<&[u8]> {
        if self.is_empty() { Err(Error::invalid_input("the key is empty")) } else { Ok(self) }
    }
}

impl AsKey for str {
    fn as_key(&self) -> Result<&[u8]> {
        self.as_bytes().as_key()
    }
}

impl AsKey for String {
    fn as_key(&self) -> Result<&[u8]> {
        self.as_bytes().as_key()
    }
}

impl AsKey for Cow<'_, str> {
    fn as_key(&self) -> Result<&[u8]> {
        self.as_bytes().as_key()
    }
}

impl AsKey for Vec<u8> {
    fn as_key(&self) -> Result<&[u8]> {
        self.as_slice().as_key()
    }
}

impl<const N: usize> AsKey for [u8; N] {
    fn as_key(&self) -> Result<&[u8]> {
        self.as_slice().as_key()
    }
}

impl<K: AsKey + ?Sized> AsKey for &K {
    fn as_key(&self) -> Result<&[u8]> {
        (**self).as_key()
    }

    fn is_found(&self) -> bool {
        (**self).is_found()
    }
}

/// A key that outlives the call that received it. If it is invalid, each use fails.
#[derive(Clone, Debug)]
pub(crate) struct OwnedKey {
    key: Result<Vec<u8>>,
    is_found: bool,
}

impl OwnedKey {
    pub(crate) fn of(key: &impl AsKey) -> Self {
        Self { key: key.as_key().map(<[u8]>::to_vec), is_found: key.is_found() }
    }
}

impl AsKey for OwnedKey {
    fn as_key(&self) -> Result<&[u8]> {
        self.key.as_deref().map_err(Clone::clone)
    }

    fn is_found(&self) -> bool {
        self.is_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(parts: &[String]) -> Key {
        let (first, rest) = parts.split_first().unwrap();
        rest.iter().fold(Key::new(first), Key::part)
    }

    proptest! {
        #[test]
        fn different_parts_make_different_keys(
            a in prop::collection::vec("[ab:%{}3A]{1,4}", 1..4),
            b in prop::collection::vec("[ab:%{}3A]{1,4}", 1..4),
        ) {
            prop_assert_eq!(a == b, joined(&a) == joined(&b));
        }

        #[test]
        fn parts_never_hold_a_separator_or_a_hash_tag(part in ".{1,40}") {
            let key = Key::new(&part).to_string();
            let reserved = key.contains([':', '{', '}']);
            prop_assert!(!reserved);
        }

        #[test]
        fn text_is_taken_as_it_is(text in ".{1,40}") {
            prop_assert_eq!(text.as_key().unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn empty_keys_and_parts_are_refused() {
        assert!("".as_key().is_err());
        assert!(String::new().as_key().is_err());
        assert!(b"".as_key().is_err());
        assert!(Key::new("").as_key().is_err());
        assert!(Key::new("a").part("").as_key().is_err());
        assert!(Key::new("").part("a").as_key().is_err());
        assert!(Key::new("a").part(0).as_key().is_ok());
    }
}
