use std::sync::Arc;

/// The text of a server's error. It is no part of what an error shows.
#[derive(Clone)]
pub(super) struct ServerText(Arc<str>);

/// The longest text that is kept, in bytes.
const MAX_BYTES: usize = 1024;

impl ServerText {
    /// The text of an error whose first word is `code`, with what follows it.
    pub(super) fn new(code: &str, detail: Option<&str>) -> Self {
        let length = code.len() + detail.map_or(0, |detail| detail.len() + 1);
        let mut text = String::with_capacity(length.min(MAX_BYTES));
        push_within(&mut text, code);
        if let Some(detail) = detail {
            push_within(&mut text, " ");
            push_within(&mut text, detail);
        }
        Self(text.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Appends as many whole characters as there is room for.
fn push_within(text: &mut String, more: &str) {
    let mut end = more.len().min(MAX_BYTES - text.len());
    while !more.is_char_boundary(end) {
        end -= 1;
    }
    text.push_str(&more[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_the_server_cut_between_characters() {
        for (code, detail, text) in [
            ("ERR", Some("a\u{1b}[31m b"), "ERR a\u{1b}[31m b"),
            ("ERR", None, "ERR"),
            ("", Some(" x"), "  x"),
        ] {
            assert_eq!(ServerText::new(code, detail).as_str(), text);
        }
        let long = ServerText::new("ERR", Some(&"ä".repeat(2_000)));
        assert_eq!(long.as_str().len(), MAX_BYTES);
        let odd = ServerText::new("ERRO", Some(&"ä".repeat(2_000)));
        assert_eq!(odd.as_str().len(), MAX_BYTES - 1);
        assert_eq!(ServerText::new(&"ä".repeat(2_000), Some("x")).as_str(), "ä".repeat(512));
    }
}
