use std::{fmt, str, vec};

use crate::{
    error::{Result, StoreError},
    version::{Digest, Version},
};

/// Reads a script's reply word by word: each of our scripts answers with a flat list of strings.
///
/// `what` names the expected word in the error, `Integrity`.
pub struct ReplyReader(vec::IntoIter<Vec<u8>>);

impl ReplyReader {
    /// A reader of these words.
    #[must_use]
    pub fn new(words: Vec<Vec<u8>>) -> Self {
        Self(words.into_iter())
    }

    /// Whether every word was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Reads the next word.
    ///
    /// # Errors
    ///
    /// `Integrity` if there is none.
    pub fn bytes(&mut self, what: &'static str) -> Result<Vec<u8>> {
        self.0.next().ok_or_else(|| StoreError::unexpected_reply(what))
    }

    /// Reads the next word as text.
    ///
    /// # Errors
    ///
    /// `Integrity` if there is none, or it is not UTF-8.
    pub fn text(&mut self, what: &'static str) -> Result<String> {
        String::from_utf8(self.bytes(what)?).map_err(|_| StoreError::unexpected_reply(what))
    }

    /// Reads the next word as a number.
    ///
    /// # Errors
    ///
    /// `Integrity` if there is none, or it is not a number.
    pub fn number(&mut self, what: &'static str) -> Result<u64> {
        self.text(what)?.parse().map_err(|_| StoreError::unexpected_reply(what))
    }

    /// Reads the next word as a digest.
    ///
    /// # Errors
    ///
    /// `Integrity` if there is none, or it is not a digest.
    pub fn digest(&mut self, what: &'static str) -> Result<Digest> {
        Digest::parse(&self.text(what)?).ok_or_else(|| StoreError::unexpected_reply(what))
    }
}

impl fmt::Debug for ReplyReader {
    /// Shows no word: it may be a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyReader").field("left", &self.0.len()).finish()
    }
}

/// `<version> <live> <digest> <revision>`, as the commit script summarizes a key.
pub(crate) struct Summary {
    pub(crate) version: Version,
    pub(crate) is_live: bool,
}

impl Summary {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let number = parts.next()?.parse().ok()?;
        let is_live = parts.next()? == "1";
        // A key that is deleted before it ever existed has none.
        let digest = match parts.next()? {
            "" => Digest::parse(EMPTY)?,
            digest => Digest::parse(digest)?,
        };
        let revision = parts.next()?.parse().ok()?;
        Some(Self { version: Version { number, revision, digest }, is_live })
    }
}

const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// The text that bytes are, if they are UTF-8.
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}
