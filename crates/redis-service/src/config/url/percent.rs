//! Percent-decoding.

use std::borrow::Cow;

use super::super::text::Problem;

/// Decodes `%41` to `A`. A percent sign without two hexadecimal digits after it stands for itself, as in all
/// other readers of Redis URLs; so does a plus sign.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, Problem> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, after @ ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|pair| (pair, after)),
            _ => None,
        };
        let byte;
        (byte, rest) = match escaped {
            Some(((high, low), after)) => ((high << 4) | low, after),
            None => (*first, tail),
        };
        decoded.push(byte);
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| "is not UTF-8 once it is percent-decoded")
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_what_only_looks_like_one() {
        for (text, decoded) in [
            ("plain+text", "plain+text"),
            ("%41%3a%2F", "A:/"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%+1", "%zz%+1"),
            ("%%41", "%A"),
        ] {
            assert_eq!(decode(text).unwrap(), decoded, "{text}");
        }
        assert!(decode("%ff").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_byte_by_byte_comes_back(text in ".*") {
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decode(&escaped).unwrap(), text);
        }
    }
}
