//! Percent-decoding.

use std::borrow::Cow;

use super::super::text::Problem;

/// Decodes `%41` to `A`. A plus sign stands for itself.
///
/// A percent sign without two hexadecimal digits after it is refused, though other readers of Redis URLs take it
/// as it is: a password with one that happens to be followed by two digits would be changed without a word.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, Problem> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            decoded.push(*first);
            rest = tail;
            continue;
        }
        let [high, low, after @ ..] = tail else { return Err(UNESCAPED) };
        let (high, low) = hex(*high).zip(hex(*low)).ok_or(UNESCAPED)?;
        decoded.push((high << 4) | low);
        rest = after;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| "is not UTF-8 once it is percent-decoded")
}

const UNESCAPED: Problem = "has a '%' that is not followed by two hexadecimal digits: write %25 for '%'";

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_decoded_and_a_bare_percent_sign_is_refused() {
        for (text, decoded) in [
            ("plain+text", "plain+text"),
            ("%41%3a%2F", "A:/"),
            ("%C3%A9", "é"),
            ("100%25", "100%"),
            ("%2541", "%41"),
        ] {
            assert_eq!(decode(text).unwrap(), decoded, "{text}");
        }
        assert!(decode("%ff").is_err());
        for bare in ["100%", "%4", "p%ss", "%zz", "%+1", "%%41", "%é", "%4%31"] {
            assert_eq!(decode(bare), Err(UNESCAPED), "{bare}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_byte_by_byte_comes_back(text in ".*") {
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decode(&escaped).unwrap(), text);
        }
    }
}
