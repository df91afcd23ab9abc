//! Walks over keys, page by page.

use std::{borrow::Cow, fmt};

use crate::{
    error::{Error, Result, escape},
    protocol::{Command, Reply},
    values::{AsKey, Namespace},
};

/// The number of keys that the server visits for one page: enough to make the round trip cheap, few enough to
/// let other clients in.
const SCAN_COUNT: u32 = 1000;

/// A key found in Redis, without the namespace of the handle that found it.
///
/// It works as a key for every method, even if it is longer than [`Key::MAX_BYTES`](crate::Key::MAX_BYTES). Keys need
/// not be UTF-8; `Display` and `Debug` show them escaped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoundKey(Vec<u8>);

impl FoundKey {
    /// Returns the key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the key's text; `None` if it is not UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the key's text, with `�` in place of bytes that are not UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Returns the key's bytes without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Even an empty key is valid: below a namespace, Redis may have a key that consists of the namespace alone.
impl AsKey for FoundKey {
    fn as_key(&self) -> Result<&[u8]> {
        Ok(&self.0)
    }

    fn is_found(&self) -> bool {
        true
    }
}

impl fmt::Display for FoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.0))
    }
}

impl fmt::Debug for FoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The matching keys, up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyList {
    /// The keys, each once, in no order.
    pub keys: Vec<FoundKey>,
    /// Whether there are more keys than these.
    pub is_truncated: bool,
}

impl KeyList {
    pub(crate) fn new(keys: Vec<FoundKey>, is_truncated: bool) -> Self {
        Self { keys, is_truncated }
    }
}

/// The progress of a long deletion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteProgress {
    /// How many matching keys were found; a key that Redis returns twice counts twice.
    pub found: u64,
    /// How many of them Redis deleted.
    pub deleted: u64,
}

/// The position of a walk over the keys.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    glob: Vec<u8>,
    /// The server's cursor, as the server wrote it.
    place: Vec<u8>,
}

impl Cursor {
    pub(crate) fn new(glob: Vec<u8>) -> Self {
        Self { glob, place: b"0".to_vec() }
    }

    /// Returns the command that requests the next page.
    pub(crate) fn command(&self) -> Command {
        let command = Command::new("SCAN").arg(&self.place[..]).arg("MATCH").arg(&self.glob[..]);
        command.arg("COUNT").arg(SCAN_COUNT)
    }

    /// Returns the keys of a page, as Redis stores them, and the next position; `None` after the last page.
    /// Only the server's cursor marks the last page: any page may be empty.
    ///
    /// # Errors
    ///
    /// `Protocol` if the reply is not one to SCAN.
    pub(crate) fn read(self, reply: Reply) -> Result<(Vec<Vec<u8>>, Option<Self>)> {
        let mut parts = reply.into_array()?.into_iter();
        let (Some(place), Some(keys), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::unexpected_reply("a cursor and keys", "something else"));
        };
        let place = bytes(place)?;
        let keys = keys.into_array()?.into_iter().map(bytes).collect::<Result<Vec<_>>>()?;
        let next = (place != b"0").then_some(Self { glob: self.glob, place });
        Ok((keys, next))
    }
}

fn bytes(reply: Reply) -> Result<Vec<u8>> {
    reply.into_bytes()?.ok_or_else(|| Error::unexpected_reply("a key", "nil"))
}

/// Returns the keys of a page below the namespace.
pub(crate) fn found(page: Vec<Vec<u8>>, namespace: &Namespace) -> Vec<FoundKey> {
    let prefix = namespace.prefix().len();
    let below = |mut key: Vec<u8>| {
        // The glob matches only keys that start with the namespace.
        key.drain(..prefix.min(key.len()));
        FoundKey(key)
    };
    page.into_iter().map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cursor_zero_ends_a_walk() {
        let read = |wire| Cursor::new(b"*".to_vec()).read(Reply::of(wire).unwrap());
        let (keys, next) = read("*2\r\n$2\r\n17\r\n*0\r\n").unwrap();
        assert!(keys.is_empty());
        let words: Vec<_> = next.unwrap().command().words().map(<[u8]>::to_vec).collect();
        assert_eq!(words, [&b"SCAN"[..], b"17", b"MATCH", b"*", b"COUNT", b"1000"]);
        let (keys, next) = read("*2\r\n$1\r\n0\r\n*1\r\n$1\r\n\u{7f}\r\n").unwrap();
        assert!(keys == [b"\x7f"] && next.is_none());
        for wire in ["*1\r\n$1\r\n0\r\n", "*2\r\n$1\r\n0\r\n*1\r\n$-1\r\n", ":1\r\n"] {
            assert!(read(wire).is_err(), "{wire}");
        }
    }

    #[test]
    fn found_keys_are_shown_escaped_and_used_as_they_are() {
        let key = FoundKey(b"a\xff\n".to_vec());
        assert_eq!((key.to_str(), key.as_key().unwrap()), (None, &b"a\xff\n"[..]));
        assert_eq!(key.to_string_lossy(), "a\u{fffd}\n");
        assert!(!format!("{key} {key:?}").contains('\n'));
    }
}
