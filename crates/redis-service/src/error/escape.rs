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

#[cfg(test)]
mod tests {
    use super::*;

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
