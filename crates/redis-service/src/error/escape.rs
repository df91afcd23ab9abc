use std::fmt;

const MAX_SHOWN: usize = 128;

/// Escapes bytes for messages and logs: one line, printable, of bounded length.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Bytes whose `Debug` is escaped text in quotes.
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl<'a> Shown<'a> {
    pub(crate) fn all(list: &'a [Vec<u8>]) -> Vec<Self> {
        list.iter().map(|bytes| Self(bytes)).collect()
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", escape(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_text() {
        assert_eq!(format!("{:?}", Shown::all(&[b"a:\n\"*".to_vec()])), r#"["a:\n\"*"]"#);
    }

    #[test]
    fn control_characters_quotes_and_broken_utf8_are_escaped() {
        assert_eq!(escape(b"a\r\nb\0\"\xff"), "a\\r\\nb\\0\\\"\u{fffd}");
    }

    #[test]
    fn long_keys_are_cut() {
        assert_eq!(escape("ä".repeat(128).as_bytes()).chars().count(), 128);
        assert_eq!(escape("ä".repeat(129).as_bytes()).chars().count(), 129);
        assert!(escape(&[b'x'; 1 << 20]).ends_with("x…"));
    }
}
