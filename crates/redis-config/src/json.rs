//! JSON as text: nothing here changes a number, or the order of members.

use serde::Serialize;
use serde_json::{error::Category, value::RawValue};

/// How deep a value is laid out, and compared: below that, it is one line.
pub(crate) const DEEPEST: usize = 64;

/// The text as JSON; `None` if it is none, or has anything around it.
pub(crate) fn exactly(bytes: &[u8]) -> Option<&RawValue> {
    let value: &RawValue = serde_json::from_slice(bytes).ok()?;
    (value.get().len() == bytes.len()).then_some(value)
}

/// Text as a JSON string.
pub(crate) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// As JSON in one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    // What we serialize has text for keys, and fails in no other way.
    serde_json::to_string(value).unwrap_or_default()
}

/// Why a text is not JSON, and where. Shows nothing of the text.
pub(crate) fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match error.classify() {
        // Its own words for these are fixed: "expected value at line 1 column 2".
        Category::Syntax | Category::Eof => text,
        Category::Data | Category::Io => {
            format!("unexpected at line {} column {}", error.line(), error.column())
        }
    }
}

/// Without the white space between its parts.
pub(crate) fn compact(json: &str) -> String {
    parts(json).collect()
}

/// A value in one line, for people: JSON, or text.
pub(crate) fn in_a_line(value: &[u8]) -> String {
    match exactly(value) {
        Some(value) => compact(value.get()),
        None => String::from_utf8_lossy(value).into_owned(),
    }
}

/// Laid out for people.
pub(crate) fn pretty(json: &str) -> String {
    let mut laid_out = String::new();
    let mut depth = 0_usize;
    let mut parts = parts(json).peekable();
    while let Some(part) = parts.next() {
        let is_empty = matches!((part, parts.peek()), ("{", Some(&"}")) | ("[", Some(&"]")));
        match part {
            "{" | "[" => {
                depth += 1;
                laid_out.push_str(part);
                if !is_empty {
                    begin_line(&mut laid_out, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                if !laid_out.ends_with(['{', '[']) {
                    begin_line_after(&mut laid_out, depth);
                }
                laid_out.push_str(part);
            }
            "," => {
                laid_out.push(',');
                begin_line(&mut laid_out, depth);
            }
            ":" => laid_out.push_str(": "),
            part => laid_out.push_str(part),
        }
    }
    laid_out
}

fn begin_line(laid_out: &mut String, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    laid_out.push('\n');
    laid_out.push_str(&"  ".repeat(depth));
}

/// Before what ends a level that is one deeper.
fn begin_line_after(laid_out: &mut String, depth: usize) {
    if depth < DEEPEST {
        begin_line(laid_out, depth);
    }
}

/// Strings, numbers and words, and each of `{}[],:`, of a text that is JSON.
fn parts(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let length = match rest.bytes().next()? {
            b'"' => string_length(rest),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => rest.find(|c: char| c.is_ascii_whitespace() || "{}[],:\"".contains(c)).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at(length);
        rest = after;
        Some(part)
    })
}

fn string_length(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_changes_nothing_but_white_space() {
        let json =
            r#" {"b": 1.0, "a":[ 1e400, 123456789012345678901234567890, {}, [ ]],"s": "a \" : {\\" } "#;
        let short = r#"{"b":1.0,"a":[1e400,123456789012345678901234567890,{},[]],"s":"a \" : {\\"}"#;
        assert_eq!(compact(json), short);
        let long = pretty(json);
        assert_eq!(compact(&long), short);
        assert_eq!(
            long,
            "{\n  \"b\": 1.0,\n  \"a\": [\n    1e400,\n    123456789012345678901234567890,\n    {},\n    []\n  ],\n  \
             \"s\": \"a \\\" : {\\\\\"\n}"
        );
    }

    #[test]
    fn what_is_deep_neither_overflows_nor_grows() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let long = pretty(&deep);
        assert_eq!(compact(&long), deep);
        assert!(long.len() < 2 * deep.len());
        assert!(exactly(deep.as_bytes()).is_some());
    }

    #[test]
    fn only_json_and_nothing_around_it_is_json() {
        assert!(exactly(b"{\"a\": 1.0}").is_some());
        for other in [&b" 1"[..], b"1\n", b"", b"{", b"text", b"1 2", b"\xff"] {
            assert!(exactly(other).is_none(), "{other:?}");
        }
    }
}
