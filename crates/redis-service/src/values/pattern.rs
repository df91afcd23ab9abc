use std::fmt;

use crate::{
    error::{Result, Shown},
    values::{AsKey, Key},
};

/// A glob over keys, in Redis' syntax: `*`, `?`, `[a-z]`, `[^a]`, and `\` to take the next character
/// literally.
///
/// ```
/// use redis_service::{Key, values::Pattern};
///
/// assert_eq!(Pattern::new("user:*").as_bytes(), b"user:*");
/// assert_eq!(Pattern::starts_with("50*").as_bytes(), br"50\**");
/// let below = Pattern::below(&Key::new("user").part("a*b"))?;
/// assert_eq!(below.as_bytes(), br"user:a\*b:*");
/// # Ok::<(), redis_service::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Vec<u8>);

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&Shown(&self.0)).finish()
    }
}

impl Pattern {
    /// A glob, taken as it is.
    pub fn new(glob: impl AsRef<[u8]>) -> Self {
        Self(glob.as_ref().to_vec())
    }

    /// Matches `text` only: its glob characters are literal.
    pub fn literal(text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut glob = Vec::with_capacity(text.len() + 8);
        for &byte in text {
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'^' | b'-' | b'\\') {
                glob.push(b'\\');
            }
            glob.push(byte);
        }
        Self(glob)
    }

    /// Matches every key that starts with `prefix`, whose glob characters are literal.
    pub fn starts_with(prefix: impl AsRef<[u8]>) -> Self {
        let mut pattern = Self::literal(prefix);
        pattern.0.push(b'*');
        pattern
    }

    /// Matches every key that continues `key` with a further part.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the key is empty or has an empty part.
    pub fn below(key: &Key) -> Result<Self> {
        let mut pattern = Self::literal(key.as_key()?);
        pattern.0.extend_from_slice(b":*");
        Ok(pattern)
    }

    /// Returns the glob.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<&str> for Pattern {
    fn from(glob: &str) -> Self {
        Self::new(glob)
    }
}

impl From<String> for Pattern {
    fn from(glob: String) -> Self {
        Self(glob.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn debug_shows_the_glob_as_text() {
        let shown = format!("{:?}", Pattern::new("user:*\n"));
        assert_eq!(shown, r#"Pattern("user:*\n")"#);
        assert_eq!(format!("{:?}", Pattern::new(b"\xFF*")), "Pattern(\"\u{fffd}*\")");
    }

    proptest! {
        /// The scenarios check against a server how Redis matches it.
        #[test]
        fn taking_the_backslashes_off_gives_the_text_back(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let glob = Pattern::literal(&text).into_bytes();
            let mut bytes = glob.iter().copied();
            let mut back = Vec::new();
            while let Some(byte) = bytes.next() {
                match byte {
                    b'\\' => back.push(bytes.next().unwrap()),
                    special => {
                        prop_assert!(!b"*?[]".contains(&special));
                        back.push(special);
                    }
                }
            }
            prop_assert_eq!(back, text);
        }
    }
}
